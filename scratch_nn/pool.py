"""Pooling: the maximum or the average of each window, channel by channel.

Letters: N images, H x W pixels, C channels; kernel (kh, kw); OH x OW windows; n, y, x, c an output element.
    max       y = max over the window; its gradient goes whole to the first maximum in row-major order
    average   y = sum over the window / divisor; its gradient goes to every pixel, divided alike

    forward   X (N, H, W, C)       ->  Y (N, OH, OW, C)
    backward  dLdY (N, OH, OW, C)  ->  dLdX (N, H, W, C), added up where windows overlap

Where PyTorch decides: maximum pooling pads with -inf and NaN wins; averages count the zeros of the padding
(`count_include_pad`) but never what `ceil_mode` adds beyond it; a window must start inside the image or its
left/top padding; padding is at most half the kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from scratch_nn.by_examples import ByExamples
from scratch_nn.errors import complaint
from scratch_nn.masks import kept, passes_relu
from scratch_nn.windows import Windows, int_pair


class Pool2D(ByExamples):
    """torch.nn.MaxPool2d (mode="max") and torch.nn.AvgPool2d (mode="average").

    kernel_shape, stride, pad: int or (height, width); stride None is the kernel's.
    ceil_mode: keep a last window that hangs over the bottom/right edge. count_include_pad: for averages only.
    Raises ValueError for an unknown mode, padding above half the kernel, or X that is not (N, H, W, C) or too small.
    """

    def __init__(
        self,
        kernel_shape: int | tuple[int, int],
        *,
        mode: str = "max",
        stride: int | tuple[int, int] | None = None,
        pad: int | tuple[int, int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        if mode not in ("max", "average"):
            raise ValueError(complaint("Pool2D", 'mode to be "max" or "average"', repr(mode), "Choose one."))
        self.mode, self.ceil_mode, self.count_include_pad = mode, ceil_mode, count_include_pad
        self.kernel = int_pair("Pool2D", "kernel_shape", kernel_shape, 1)
        self.stride = self.kernel if stride is None else int_pair("Pool2D", "stride", stride, 1)
        self.pad = int_pair("Pool2D", "pad", pad, 0)
        if any(p > k // 2 for p, k in zip(self.pad, self.kernel, strict=True)):
            cure = "More would make windows of padding alone."
            expected = f"pad of at most half the kernel {self.kernel}"
            raise ValueError(complaint("Pool2D", expected, str(self.pad), cure))

    def __repr__(self) -> str:
        return f"Pool2D({self.kernel}, mode={self.mode!r}, stride={self.stride}, pad={self.pad})"

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(input_shape) != 3:
            raise self._wrong_input("(N, H, W, C)", input_shape, "Images need four axes; one channel is X[..., None].")
        counts = self._windows(*input_shape[:2])[1]
        if min(counts) < 1:
            cure = f"The padded image is smaller than the {self.kernel} kernel."
            raise self._wrong_input("(N, H, W, C)", input_shape, cure)
        return (*counts, input_shape[2])

    def _windows(self, H: int, W: int) -> tuple[Windows, tuple[int, int]]:
        """The windows over H x W pixels and their counts; `ceil_mode` widens the bottom and right border."""
        counts, pads = [], []
        for size, k, s, p in zip((H, W), self.kernel, self.stride, self.pad, strict=True):
            span = size + 2 * p - k
            count = (span + (s - 1 if self.ceil_mode else 0)) // s + 1
            if self.ceil_mode and (count - 1) * s >= size + p:
                count -= 1  # a window must start inside the image or its left/top padding
            counts.append(count)
            pads.append((p, p + max(0, (count - 1) * s - span)))
        return Windows(self.kernel, self.stride, tuple(pads)), tuple(counts)

    def _starts(self, counts: tuple[int, int]) -> list[np.ndarray]:
        """The first row and the first column of every window; negative inside the padding."""
        return [np.arange(count) * s - p for count, s, p in zip(counts, self.stride, self.pad, strict=True)]

    def _pixels_counted(self, counts: tuple[int, int], H: int, W: int) -> np.ndarray:
        """The divisor of each window's average, (OH, OW, 1)."""
        sides = []
        for start, size, k, p in zip(self._starts(counts), (H, W), self.kernel, self.pad, strict=True):
            low, high = (-p, size + p) if self.count_include_pad else (0, size)
            sides.append(np.minimum(start + k, high) - np.maximum(start, low))
        return np.multiply.outer(*sides)[..., None]

    def _first_inside(self, counts: tuple[int, int]) -> np.ndarray:
        """The number of each window's first tap that is no padding, (OH, OW, 1), or of all of them."""
        rows, columns = (np.maximum(0, -start) for start in self._starts(counts))
        return _one_if_equal((rows[:, None] * self.kernel[1] + columns)[..., None])

    def _first_maximum(self, padded: np.ndarray, Y: np.ndarray, winner: np.ndarray) -> None:
        """PyTorch's scan of each window: the maximum, and the number of the tap where it was first met.

        It starts from -inf at the first pixel that is no padding, moves on for a larger value and for every NaN.
        The tap numbers rise, so the last tap that was moved to is the greatest one: t where it is better, else 0.
        """
        self._scan(padded, np.greater, Y, winner)
        if np.isnan(Y).any():  # rare, and a scan that looks for NaN takes half as long again
            self._scan(padded, lambda x, best: (x > best) | np.isnan(x), Y, winner)

    def _scan(self, padded: np.ndarray, moves_on: Callable, Y: np.ndarray, winner: np.ndarray) -> None:
        first, *taps = self._over.taps(padded, self._counts)
        Y[...], winner[...] = first, self._first_taps
        x = np.empty_like(Y)
        for t, view in enumerate(taps, start=1):
            x[...] = view  # in one piece, which is quicker to compare
            np.maximum(winner, moves_on(x, Y) * winner.dtype.type(t), out=winner)
            np.maximum(Y, x, out=Y)

    def make_room(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        super().make_room(shape, dtype)
        _, H, W, _ = shape
        self._over, self._counts = self._windows(H, W)
        if self.mode == "max":
            self._winner = np.empty(self._output[0], np.min_scalar_type(math.prod(self.kernel)))
            self._first_taps = self._first_inside(self._counts).astype(self._winner.dtype)
            self._positive = np.empty(self._output[0], bool)
        else:
            self._divisor = _one_if_equal(self._pixels_counted(self._counts, H, W).astype(dtype))

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        if self.mode == "max":
            self._first_maximum(self._over.pad(X, -np.inf), Y, self._winner[some])
            self._positive[some] = passes_relu(Y)  # maxima_first.py reads it
        else:
            np.divide(sum(self._over.taps(self._over.pad(X), self._counts)), self._divisor, out=Y)

    def backward_some(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        padded = np.empty(self._over.bordered_shape(dLdX.shape), dLdX.dtype) if self._over.has_border else dLdX
        if not self._over.tile(dLdX.shape):
            padded[...] = 0  # where no window was
        overlap = any(k > s for k, s in zip(self.kernel, self.stride, strict=True))
        share = dLdY / self._divisor if self.mode == "average" else None
        for t, view in enumerate(self._over.taps(padded, self._counts)):
            if self.mode == "max" and not overlap:
                kept(dLdY, self._winner[some] == t, out=view)
            else:
                of_tap = kept(dLdY, self._winner[some] == t) if self.mode == "max" else share
                view[...] = view + of_tap if overlap else of_tap
        if self._over.has_border:
            dLdX[...] = self._over.unpad(padded, *dLdX.shape[1:3])

    def add_to_winners(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        """Add dLdY to dLdX where the maxima were. No window may reach over the border."""
        for t, view in enumerate(self._over.taps(dLdX, self._counts)):
            view += kept(dLdY, self._winner[some] == t)


def _one_if_equal(numbers: np.ndarray) -> np.ndarray:
    """The one number in place of many that are the same: NumPy is faster with it."""
    return numbers if np.ptp(numbers) else numbers.flat[0]
