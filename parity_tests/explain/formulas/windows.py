"""Windows over padded images, plainly: what a convolution and a pooling share.

Letters: kernel (kh, kw), stride (sh, sw), pads ((top, bottom), (left, right)); OH x OW windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Two = tuple[int, int]


def two(value) -> Two:
    """An int stands for both axes."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


@dataclass(frozen=True)
class Windows:
    kernel: Two
    stride: Two
    pads: tuple[Two, Two]

    def padded(self, X: np.ndarray, value: float = 0.0) -> np.ndarray:
        return np.pad(X, ((0, 0), *self.pads, (0, 0)), constant_values=value)

    def of(self, padded: np.ndarray) -> np.ndarray:
        """(N, OH, OW, kh, kw, C). Raises ValueError where no window fits."""
        views = sliding_window_view(padded, self.kernel, axis=(1, 2))
        return views[:, :: self.stride[0], :: self.stride[1]].transpose(0, 1, 2, 4, 5, 3)

    def added(self, parts: np.ndarray, padded_shape: tuple[int, ...], offset: Two = (0, 0)) -> np.ndarray:
        """The transpose of `of`: parts (N, OH, OW, kh, kw, C) added up where windows overlap."""
        total = np.zeros(padded_shape)
        for i, j in np.ndindex(self.kernel):
            self._tap(total, parts.shape, i + offset[0], j + offset[1])[...] += parts[:, :, :, i, j]
        return total

    def assigned_by_tap(self, parts: np.ndarray, padded_shape: tuple[int, ...]) -> np.ndarray:
        """Where windows overlap, the last place (i, j) in the kernel wins."""
        total = np.zeros(padded_shape)
        for i, j in np.ndindex(self.kernel):
            self._tap(total, parts.shape, i, j)[...] = parts[:, :, :, i, j]
        return total

    def assigned_by_window(self, parts: np.ndarray, padded_shape: tuple[int, ...]) -> np.ndarray:
        """Where windows overlap, the last window wins."""
        total, (kh, kw), (sh, sw) = np.zeros(padded_shape), self.kernel, self.stride
        for y, x in np.ndindex(parts.shape[1:3]):
            total[:, y * sh : y * sh + kh, x * sw : x * sw + kw] = parts[:, y, x]
        return total

    def _tap(self, padded: np.ndarray, parts_shape: tuple[int, ...], i: int, j: int) -> np.ndarray:
        (sh, sw), (OH, OW) = self.stride, parts_shape[1:3]
        return padded[:, i : i + sh * (OH - 1) + 1 : sh, j : j + sw * (OW - 1) + 1 : sw]

    def cut(self, padded: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The image inside its border."""
        (top, _), (left, _) = self.pads
        return padded[:, top : top + shape[1], left : left + shape[2]]

    def left_over(self, size: Two) -> Two:
        """Rows and columns at the bottom and right that no window reaches."""
        spans = (n + sum(p) - k for n, p, k in zip(size, self.pads, self.kernel, strict=True))
        return tuple(span % s for span, s in zip(spans, self.stride, strict=True))
