"""Answers to the exercises of lesson 6, for the tests."""

import numpy as np


class Conv2D:
    def __init__(self, n_in: int, n_out: int, kernel_shape, stride=1, pad=0) -> None:
        self.kh, self.kw = (kernel_shape, kernel_shape) if isinstance(kernel_shape, int) else kernel_shape
        self.sh, self.sw = (stride, stride) if isinstance(stride, int) else stride
        self.pads = self.border(pad)
        self.parameters = {"W": np.zeros((self.kh, self.kw, n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {}

    def border(self, pad) -> tuple:
        """((top, bottom), (left, right)): how many zeros go where, from an int, a pair, four numbers or a word."""
        if pad == "same":
            return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in (self.kh, self.kw))
        sides = 0 if pad == "valid" else pad
        sides = (sides, sides) if isinstance(sides, int) else sides
        return tuple((side, side) if isinstance(side, int) else side for side in sides)

    def places(self, P: np.ndarray):
        OH, OW = (P.shape[1] - self.kh) // self.sh + 1, (P.shape[2] - self.kw) // self.sw + 1
        for y in range(OH):
            for x in range(OW):
                top, left = y * self.sh, x * self.sw
                yield y, x, P[:, top : top + self.kh, left : left + self.kw]

    def forward(self, X: np.ndarray) -> np.ndarray:
        W, b = self.parameters["W"], self.parameters["b"]
        self._P = np.pad(X, ((0, 0), *self.pads, (0, 0)))
        self._shape = X.shape
        places = list(self.places(self._P))
        Z = np.empty((len(X), places[-1][0] + 1, places[-1][1] + 1, W.shape[-1]), X.dtype)
        for y, x, window in places:
            Z[:, y, x] = np.tensordot(window, W, axes=3) + b
        return Z

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        _, H, W, _ = self._shape
        dLdP, dW = np.zeros_like(self._P), np.zeros_like(self.parameters["W"])
        for y, x, window in self.places(dLdP):
            window += np.einsum("nm,ijcm->nijc", dLdZ[:, y, x], self.parameters["W"])
        for y, x, window in self.places(self._P):
            dW += np.einsum("nm,nijc->ijcm", dLdZ[:, y, x], window)
        db = dLdZ.sum(axis=(0, 1, 2), dtype=np.float64).astype(dLdZ.dtype)
        self.gradients = {"W": dW.astype(dLdZ.dtype), "b": db.reshape(self.parameters["b"].shape)}
        (top, _), (left, _) = self.pads
        return dLdP[:, top : top + H, left : left + W]
