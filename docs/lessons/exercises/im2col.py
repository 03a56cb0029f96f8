"""Exercises of lesson 7: a convolution as a dense layer on columns.

Grade it:   python -m parity_tests check docs/lessons/exercises/im2col.py --pair Conv2D
"""

import numpy as np


class Conv2D:
    """X (N, H, W, C) to Z (N, OH, OW, M). kernel_shape, stride: an int or a pair; pad: see border."""

    def __init__(self, n_in: int, n_out: int, kernel_shape, stride=1, pad=0) -> None:
        self.kh, self.kw = (kernel_shape, kernel_shape) if isinstance(kernel_shape, int) else kernel_shape
        self.sh, self.sw = (stride, stride) if isinstance(stride, int) else stride
        self.pads = self.border(pad)
        self.parameters = {"W": np.zeros((self.kh, self.kw, n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {}

    # ---- given: the dense layer around the columns

    def border(self, pad) -> tuple:
        """((top, bottom), (left, right)): how many zeros go where, from an int, a pair, four numbers or a word."""
        if pad == "same":
            return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in (self.kh, self.kw))
        sides = 0 if pad == "valid" else pad
        sides = (sides, sides) if isinstance(sides, int) else sides
        return tuple((side, side) if isinstance(side, int) else side for side in sides)

    def forward(self, X: np.ndarray) -> np.ndarray:
        W, b = self.parameters["W"], self.parameters["b"]
        P = np.pad(X, ((0, 0), *self.pads, (0, 0)))
        self.OH, self.OW = (P.shape[1] - self.kh) // self.sh + 1, (P.shape[2] - self.kw) // self.sw + 1
        self.inner_shape, self.padded_shape, self.columns = X.shape, P.shape, self.im2col(P)
        return (self.columns @ W.reshape(-1, W.shape[-1]) + b).reshape(len(X), self.OH, self.OW, -1)

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        W, rows = self.parameters["W"], dLdZ.reshape(-1, dLdZ.shape[-1])
        _, H, Wd, _ = self.inner_shape
        dLdP = self.col2im(rows @ W.reshape(-1, W.shape[-1]).T)
        try:
            db = rows.sum(axis=0, keepdims=True, dtype=np.float64).astype(rows.dtype)
            self.gradients = {"W": self.weight_gradient(rows), "b": db.reshape(self.parameters["b"].shape)}
        except RuntimeError:  # exercise 2 can be graded before exercise 3 is done
            self.gradients = {key: np.zeros_like(array) for key, array in self.parameters.items()}
        (top, _), (left, _) = self.pads
        return dLdP[:, top : top + H, left : left + Wd]

    # ---- yours

    def im2col(self, P: np.ndarray) -> np.ndarray:
        """Exercise 1. Padded images to (N OH OW, kh kw C): one row a window, in the order (i, j, c)."""
        # TODO: fill an array (N, OH, OW, kh, kw, C) place by place of the kernel, then reshape it.
        raise RuntimeError("exercise 1 is not done: im2col")

    def col2im(self, columns: np.ndarray) -> np.ndarray:
        """Exercise 2. (N OH OW, kh kw C) to images of self.padded_shape: the way back, adding up."""
        # TODO: the same loop over i and j; on the left stands what stood on the right.
        raise RuntimeError("exercise 2 is not done: col2im")

    def weight_gradient(self, rows: np.ndarray) -> np.ndarray:
        """Exercise 3. dLdW of W's shape from self.columns and rows, which is dLdZ as (N OH OW, M)."""
        # TODO: lesson 2 has the formula.
        raise RuntimeError("exercise 3 is not done: dLdW")
