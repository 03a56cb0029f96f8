"""The per-pixel style of what has windows: a Python loop over the output pixels, each with its window of all images.

It is the formula with y and x as loops and the sums over the window as an einsum, as most courses write it first. At
each of the OH OW pixels NumPy works on little, so most of the time goes into getting it started.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.course.columns import Pair, Pooling
from benchmarks.course.layers import CourseLayer

Place = tuple[int, int, slice, slice]


def places(shape: tuple[int, ...], kernel: Pair, stride: Pair) -> Iterator[Place]:
    """(y, x, rows, columns): each output pixel, and what of images of `shape` lies under its window."""
    (kh, kw), (sh, sw) = kernel, stride
    OH, OW = counts(shape, kernel, stride)
    for y in range(OH):
        for x in range(OW):
            yield y, x, slice(y * sh, y * sh + kh), slice(x * sw, x * sw + kw)


def counts(shape: tuple[int, ...], kernel: Pair, stride: Pair) -> Pair:
    """(OH, OW)."""
    return tuple((size - k) // s + 1 for size, k, s in zip(shape[1:3], kernel, stride, strict=True))


class Convolution(CourseLayer):
    """W (kh, kw, C, M), b (1, M). pads ((top, bottom), (left, right))."""

    def __init__(self, parameters: Mapping[str, np.ndarray], stride: Pair, pads: tuple[Pair, Pair]) -> None:
        super().__init__(parameters, {})
        self.stride, self.pads, self.kernel = stride, pads, parameters["W"].shape[:2]

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        W, b = self.parameters["W"], self.parameters["b"]
        self.input_shape, self.padded = X.shape, np.pad(X, ((0, 0), *self.pads, (0, 0)))
        Z = np.zeros((len(X), *counts(self.padded.shape, self.kernel, self.stride), W.shape[3]), X.dtype)
        for y, x, rows, columns in places(self.padded.shape, self.kernel, self.stride):
            Z[:, y, x] = np.einsum("nijc,ijcm->nm", self.padded[:, rows, columns], W) + b
        return Z

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        W = self.parameters["W"]
        dW, dpadded = np.zeros_like(W), np.zeros_like(self.padded)
        for y, x, rows, columns in places(self.padded.shape, self.kernel, self.stride):
            dW += np.einsum("nijc,nm->ijcm", self.padded[:, rows, columns], dLdY[:, y, x])
            dpadded[:, rows, columns] += np.einsum("nm,ijcm->nijc", dLdY[:, y, x], W)
        self.gradients = {"W": dW, "b": dLdY.sum(axis=(0, 1, 2))[None]}
        (top, _), (left, _) = self.pads
        return dpadded[:, top : top + self.input_shape[1], left : left + self.input_shape[2]]


class MaxPooling(Pooling):
    """The gradient goes to the first maximum of a window."""

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.X = X
        Y = np.zeros((len(X), *counts(X.shape, self.kernel, self.stride), X.shape[3]), X.dtype)
        for y, x, rows, columns in places(X.shape, self.kernel, self.stride):
            Y[:, y, x] = X[:, rows, columns].max(axis=(1, 2))
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        dX = np.zeros_like(self.X)
        for y, x, rows, columns in places(self.X.shape, self.kernel, self.stride):
            window = self.X[:, rows, columns]
            flat = window.reshape(len(window), -1, window.shape[3])  # (N, kh kw, C)
            first = flat.argmax(axis=1)[:, None] == np.arange(flat.shape[1])[:, None]
            dX[:, rows, columns] += (first * dLdY[:, y, x][:, None]).reshape(window.shape)
        return dX


class AveragePooling(Pooling):
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.shape = X.shape
        Y = np.zeros((len(X), *counts(X.shape, self.kernel, self.stride), X.shape[3]), X.dtype)
        for y, x, rows, columns in places(X.shape, self.kernel, self.stride):
            Y[:, y, x] = X[:, rows, columns].mean(axis=(1, 2))
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        dX = np.zeros(self.shape, dLdY.dtype)
        for y, x, rows, columns in places(self.shape, self.kernel, self.stride):
            dX[:, rows, columns] += dLdY[:, y, x][:, None, None] / (self.kernel[0] * self.kernel[1])
        return dX
