"""Exercises of lesson 6: a convolution, by sums over windows.

Grade it:   python -m parity_tests check docs/lessons/exercises/conv.py --pair Conv2D
            python -m parity_tests check docs/lessons/exercises/conv.py --pair Conv2D --case valid_3x3
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

    # ---- given

    def border(self, pad) -> tuple:
        """((top, bottom), (left, right)): how many zeros go where, from an int, a pair, four numbers or a word."""
        if pad == "same":
            return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in (self.kh, self.kw))
        sides = 0 if pad == "valid" else pad
        sides = (sides, sides) if isinstance(sides, int) else sides
        return tuple((side, side) if isinstance(side, int) else side for side in sides)

    def padded(self, X: np.ndarray) -> np.ndarray:
        """P: X with its border of zeros."""
        return np.pad(X, ((0, 0), *self.pads, (0, 0)))

    def places(self, P: np.ndarray):
        """(y, x, window) of every output pixel; window is a view of P, (N, kh, kw, C), that can be added to."""
        OH, OW = (P.shape[1] - self.kh) // self.sh + 1, (P.shape[2] - self.kw) // self.sw + 1
        for y in range(OH):
            for x in range(OW):
                top, left = y * self.sh, x * self.sw
                yield y, x, P[:, top : top + self.kh, left : left + self.kw]

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        dLdX = self.input_gradient(dLdZ)
        try:
            self.gradients = self.parameter_gradients(dLdZ)
        except RuntimeError:  # exercise 2 can be graded before exercise 3 is done
            self.gradients = {key: np.zeros_like(array) for key, array in self.parameters.items()}
        return dLdX

    # ---- yours

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Exercise 1. Z_nyxm = b_m + sum over i, j, c of P_n,ys+i,xs+j,c W_ijcm. Keep what backward needs."""
        # TODO: for every place, np.tensordot(window, W, axes=3) sums over i, j and c.
        raise RuntimeError("exercise 1 is not done: forward")

    def input_gradient(self, dLdZ: np.ndarray) -> np.ndarray:
        """Exercise 2. Add to every window what its output pixel hands back; then cut the border off."""
        # TODO: start from zeros of the padded shape, and write into the windows of that. self.pads; beware of [1:-0].
        raise RuntimeError("exercise 2 is not done: dLdX")

    def parameter_gradients(self, dLdZ: np.ndarray) -> dict[str, np.ndarray]:
        """Exercise 3. {"W": sum over n, y, x of dLdZ_nyxm P_n,ys+i,xs+j,c, "b": sum over n, y, x of dLdZ_nyxm}."""
        # TODO: again a sum over places; a gradient has the shape and the type of its parameter.
        raise RuntimeError("exercise 3 is not done: dLdW and dLdb")
