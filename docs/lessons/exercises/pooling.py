"""Exercises of lesson 8: maximum and average pooling.

Grade it:   python -m parity_tests check docs/lessons/exercises/pooling.py --pair Pool2D --case 2x2
            python -m parity_tests check docs/lessons/exercises/pooling.py --pair Pool2D
"""

import numpy as np


class Pooling:
    """Given: sizes, and the windows one after the other. X (N, H, W, C) to Y (N, OH, OW, C)."""

    def __init__(self, kernel_shape, stride=None) -> None:
        self.kh, self.kw = (kernel_shape, kernel_shape) if isinstance(kernel_shape, int) else kernel_shape
        stride = (self.kh, self.kw) if stride is None else stride
        self.sh, self.sw = (stride, stride) if isinstance(stride, int) else stride

    def sizes(self, X: np.ndarray) -> tuple[int, int, int, int]:
        """(N, OH, OW, C)"""
        N, H, W, C = X.shape
        return N, (H - self.kh) // self.sh + 1, (W - self.kw) // self.sw + 1, C

    def places(self, X: np.ndarray):
        """(y, x, window) of every output; window is a view of X, (N, kh, kw, C), that can be added to."""
        _, OH, OW, _ = self.sizes(X)
        for y in range(OH):
            for x in range(OW):
                yield y, x, X[:, y * self.sh : y * self.sh + self.kh, x * self.sw : x * self.sw + self.kw]


class MaxPool2D(Pooling):
    def forward(self, X: np.ndarray) -> np.ndarray:
        """Exercise 1. The maximum of each window, channel by channel."""
        # TODO: keep X, or which pixel won.
        raise RuntimeError("exercise 1 is not done: maxima")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """Exercise 2. The gradient goes whole to the first maximum in row-major order, and adds up."""
        # TODO: np.argmax of a flattened window finds the first.
        raise RuntimeError("exercise 2 is not done: their gradient")


class AvgPool2D(Pooling):
    """Exercise 3. Forward and backward."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: keep the shape of X.
        raise RuntimeError("exercise 3 is not done: averages")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        # TODO: everybody gets the same share.
        raise RuntimeError("exercise 3 is not done: their gradient")
