"""Answers to the exercises of lesson 8, for the tests."""

import numpy as np


class Pooling:
    def __init__(self, kernel_shape, stride=None) -> None:
        self.kh, self.kw = (kernel_shape, kernel_shape) if isinstance(kernel_shape, int) else kernel_shape
        stride = (self.kh, self.kw) if stride is None else stride
        self.sh, self.sw = (stride, stride) if isinstance(stride, int) else stride

    def sizes(self, X: np.ndarray) -> tuple[int, int, int, int]:
        N, H, W, C = X.shape
        return N, (H - self.kh) // self.sh + 1, (W - self.kw) // self.sw + 1, C

    def places(self, X: np.ndarray):
        _, OH, OW, _ = self.sizes(X)
        for y in range(OH):
            for x in range(OW):
                yield y, x, X[:, y * self.sh : y * self.sh + self.kh, x * self.sw : x * self.sw + self.kw]

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._X, Y = X, np.empty(self.sizes(X), X.dtype)
        for y, x, window in self.places(X):
            Y[:, y, x] = self.of_window(window)
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        dLdX = np.zeros_like(self._X, dtype=dLdY.dtype, order="C")
        for (y, x, window), (_, _, share) in zip(self.places(self._X), self.places(dLdX), strict=True):
            share += self.weights(window) * dLdY[:, y, x][:, None, None]
        return dLdX


class MaxPool2D(Pooling):
    def of_window(self, window: np.ndarray) -> np.ndarray:
        return window.max(axis=(1, 2))

    def weights(self, window: np.ndarray) -> np.ndarray:
        N, kh, kw, C = window.shape
        first = window.reshape(N, kh * kw, C).argmax(axis=1)
        return (np.arange(kh * kw)[None, :, None] == first[:, None]).reshape(window.shape)


class AvgPool2D(Pooling):
    def of_window(self, window: np.ndarray) -> np.ndarray:
        return window.mean(axis=(1, 2))

    def weights(self, window: np.ndarray) -> np.ndarray:
        return np.full_like(window, 1 / (self.kh * self.kw))
