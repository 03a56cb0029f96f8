"""The plain style of what has windows: all windows of the batch written out, one a row, in one fresh array (im2col).

Convolution is then one product, maxima are an argmax along the rows, and the way back adds the rows up where windows
overlap (col2im), in a loop over the kh kw taps. This is the usual second version of a course's convolution.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.course.layers import CourseLayer

Pair = tuple[int, int]


def windows_of(X: np.ndarray, kernel: Pair, stride: Pair) -> np.ndarray:
    """A copy (N, OH, OW, kh kw, C) of every window of X (N, H, W, C)."""
    views = sliding_window_view(X, kernel, axis=(1, 2))[:, :: stride[0], :: stride[1]]  # (N, OH, OW, C, kh, kw)
    return views.transpose(0, 1, 2, 4, 5, 3).reshape(*views.shape[:3], -1, X.shape[-1])


def added_up(windows: np.ndarray, shape: tuple[int, ...], kernel: Pair, stride: Pair) -> np.ndarray:
    """What the windows (N, OH, OW, kh kw, C) hold, added to the pixels they lie over: images of `shape`."""
    X = np.zeros(shape, windows.dtype)
    (kh, kw), (sh, sw), (_, OH, OW, _, _) = kernel, stride, windows.shape
    for i in range(kh):
        for j in range(kw):
            X[:, i : i + sh * OH : sh, j : j + sw * OW : sw][:, :OH, :OW] += windows[:, :, :, i * kw + j]
    return X


class Convolution(CourseLayer):
    """W (kh, kw, C, M), b (1, M). pads ((top, bottom), (left, right))."""

    def __init__(self, parameters: Mapping[str, np.ndarray], stride: Pair, pads: tuple[Pair, Pair]) -> None:
        super().__init__(parameters, {})
        self.stride, self.pads = stride, pads
        self.kernel, self.n_out = parameters["W"].shape[:2], parameters["W"].shape[3]

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        padded = np.pad(X, ((0, 0), *self.pads, (0, 0)))
        windows = windows_of(padded, self.kernel, self.stride)
        self.input_shape, self.padded_shape = X.shape, padded.shape
        self.columns = windows.reshape(-1, windows.shape[3] * windows.shape[4])  # (N OH OW, kh kw C)
        Z = self.columns @ self.parameters["W"].reshape(-1, self.n_out) + self.parameters["b"]
        return Z.reshape(*windows.shape[:3], self.n_out)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        W, rows = self.parameters["W"], dLdY.reshape(-1, self.n_out)
        self.gradients = {"W": (self.columns.T @ rows).reshape(W.shape), "b": rows.sum(axis=0, keepdims=True)}
        dcolumns = rows @ W.reshape(-1, self.n_out).T
        dwindows = dcolumns.reshape(*dLdY.shape[:3], -1, W.shape[2])
        dpadded = added_up(dwindows, self.padded_shape, self.kernel, self.stride)
        (top, _), (left, _) = self.pads
        return dpadded[:, top : top + self.input_shape[1], left : left + self.input_shape[2]]


class Pooling(CourseLayer):
    def __init__(self, kernel: Pair, stride: Pair) -> None:
        super().__init__({}, {})
        self.kernel, self.stride = kernel, stride


class MaxPooling(Pooling):
    """The gradient goes to the first maximum of a window, which is the one that argmax finds."""

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        windows = windows_of(X, self.kernel, self.stride)
        self.shape, self.windows_shape = X.shape, windows.shape
        self.winner = windows.argmax(axis=3, keepdims=True)
        return np.take_along_axis(windows, self.winner, axis=3)[:, :, :, 0]

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        dwindows = np.zeros(self.windows_shape, dLdY.dtype)
        np.put_along_axis(dwindows, self.winner, dLdY[:, :, :, None], axis=3)
        return added_up(dwindows, self.shape, self.kernel, self.stride)


class AveragePooling(Pooling):
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.shape = X.shape
        return windows_of(X, self.kernel, self.stride).mean(axis=3)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        taps = self.kernel[0] * self.kernel[1]
        share = np.repeat(dLdY[:, :, :, None] / taps, taps, axis=3)
        return added_up(share, self.shape, self.kernel, self.stride)
