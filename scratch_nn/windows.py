"""Windows of an image batch: where a kernel of (kh, kw) stands, and what lies under it.

Letters: N images of H x W pixels and C channels (NHWC); kernel (kh, kw); stride (sh, sw); OH x OW window positions.

    output size   OH = floor((H + top + bottom - kh) / sh) + 1, likewise OW; rows left over take no part
    tap (i, j)    the pixel at row i, column j of every window at once: one strided slice, (N, OH, OW, C)
    im2col        images -> columns (N OH OW, kh kw C): one row a window, in the order (i, j, c) of the weights
    col2im        columns -> images: the transpose of im2col, so it *adds* where windows overlap

The loops run over the kh kw taps, never over pixels. torch.nn.functional.unfold and fold are the same pair
in the order (c, i, j) and with the windows on the last axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratch_nn.errors import complaint, is_int, require_array

Pads = tuple[tuple[int, int], tuple[int, int]]


def int_pair(who: str, name: str, value: int | tuple[int, int], least: int) -> tuple[int, int]:
    """`value` as (height, width); an int stands for both. Raises ValueError below `least`."""
    both = (value, value) if is_int(value) else value
    is_pair = isinstance(both, (tuple, list)) and len(both) == 2
    if not is_pair or not all(is_int(v) and v >= least for v in both):
        expected = f"{name} to be an int or a pair of ints, each at least {least}"
        raise ValueError(complaint(who, expected, repr(value), f"For example {name}={least or 1} or (1, 2)."))
    return int(both[0]), int(both[1])


@dataclass(frozen=True)
class Windows:
    """How a kernel walks over images. `pads` is ((top, bottom), (left, right))."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pads: Pads = ((0, 0), (0, 0))

    def counts(self, H: int, W: int) -> tuple[int, int]:
        """(OH, OW), below 1 where the padded image is smaller than the kernel."""
        return tuple(
            (size + sum(pads) - k) // s + 1
            for size, pads, k, s in zip((H, W), self.pads, self.kernel, self.stride, strict=True)
        )

    @property
    def has_border(self) -> bool:
        return any(map(any, self.pads))

    def pad(self, X: np.ndarray, value: float = 0) -> np.ndarray:
        """X with its border of `value` (X itself where there is none)."""
        if not self.has_border:
            return X
        padded = self.bordered(X.shape, X.dtype, value)
        self.unpad(padded, *X.shape[1:3])[...] = X
        return padded

    def bordered(self, shape: tuple[int, ...], dtype: np.dtype, value: float = 0) -> np.ndarray:
        """Room for images of `shape` and their border, all of it filled with `value`."""
        return np.full(self.bordered_shape(shape), value, dtype)

    def bordered_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        N, H, W, C = shape
        return N, H + sum(self.pads[0]), W + sum(self.pads[1]), C

    def tile(self, shape: tuple[int, ...]) -> bool:
        """Whether every pixel of the bordered images lies in one window and no more."""
        sizes, counts = self.bordered_shape(shape)[1:3], self.counts(*shape[1:3])
        return self.stride == self.kernel and sizes == tuple(n * k for n, k in zip(counts, self.kernel, strict=True))

    def unpad(self, padded: np.ndarray, H: int, W: int) -> np.ndarray:
        """The H x W pixels inside the border."""
        (top, _), (left, _) = self.pads
        return padded[:, top : top + H, left : left + W]

    def taps(self, padded: np.ndarray, counts: tuple[int, int]) -> Iterator[np.ndarray]:
        """For each (i, j) of the kernel in row-major order, a view of that pixel of every window, (N, OH, OW, C)."""
        (kh, kw), (sh, sw), (OH, OW) = self.kernel, self.stride, counts
        for i in range(kh):
            for j in range(kw):
                yield padded[:, i : i + sh * (OH - 1) + 1 : sh, j : j + sw * (OW - 1) + 1 : sw]

    def columns(self, X: np.ndarray) -> np.ndarray:
        """im2col of X (N, H, W, C) -> (N OH OW, kh kw C)."""
        return self.views(self.pad(X)).reshape(-1, self.kernel[0] * self.kernel[1] * X.shape[-1])

    def views(self, padded: np.ndarray) -> np.ndarray:
        """Every window of padded images, as a view (N, OH, OW, kh, kw, C): nothing is copied yet."""
        sh, sw = self.stride
        views = sliding_window_view(padded, self.kernel, axis=(1, 2))[:, ::sh, ::sw]  # (N, OH, OW, C, kh, kw)
        return views.transpose(0, 1, 2, 4, 5, 3)

    def images(self, columns: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
        """col2im of columns (N OH OW, kh kw C) -> (N, H, W, C): every pixel's share of every window, added up."""
        N, H, W, C = input_shape
        OH, OW = self.counts(H, W)
        standing = columns.flags.f_contiguous and not columns.flags.c_contiguous
        columns = columns.reshape(N, OH, OW, -1, C)
        padded = self.bordered(input_shape, columns.dtype)
        padded = in_planes(padded) if standing else padded
        for t, view in enumerate(self.taps(padded, (OH, OW))):
            view += columns[:, :, :, t]
        return self.unpad(padded, H, W)


def in_planes(A: np.ndarray) -> np.ndarray:
    """A copy of images A (N, H, W, C) with a plane of memory for each channel: a run of it is a row of pixels."""
    return np.ascontiguousarray(A.transpose(3, 0, 1, 2)).transpose(1, 2, 3, 0)


def resolve_pads(who: str, pad: str | int | tuple, kernel: tuple[int, int], stride: tuple[int, int]) -> Pads:
    """((top, bottom), (left, right)) from "same", "valid", an int, a pair (height, width), or the four themselves.

    "same" keeps the size at stride 1; of an even kernel's odd border the extra row and column go to the bottom
    and the right. At a larger stride it is refused, as by PyTorch (TensorFlow gives it another meaning).
    """
    if isinstance(pad, (tuple, list)) and len(pad) == 2 and all(isinstance(side, (tuple, list)) for side in pad):
        return int_pair(who, "pad[0]", pad[0], 0), int_pair(who, "pad[1]", pad[1], 0)
    if not isinstance(pad, str):
        height, width = int_pair(who, "pad", pad, 0)
        return (height, height), (width, width)
    if pad == "valid":
        return (0, 0), (0, 0)
    if pad != "same":
        cure = "Or give an int, a pair, or ((top, bottom), (left, right))."
        raise ValueError(complaint(who, 'pad to be "same" or "valid"', repr(pad), cure))
    if stride != (1, 1):
        cure = "Give the padding in numbers, for example pad=1."
        raise ValueError(complaint(who, 'stride 1 with pad="same"', f"stride {stride}", cure))
    return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in kernel)


def _windows(who: str, kernel_shape, stride, pad, images_shape: tuple[int, ...]) -> Windows:
    kernel = int_pair(who, "kernel_shape", kernel_shape, 1)
    stride = int_pair(who, "stride", stride, 1)
    windows = Windows(kernel, stride, resolve_pads(who, pad, kernel, stride))
    if 0 in images_shape:
        cure = "An axis of length 0 leaves nothing to work on."
        raise ValueError(complaint(who, "at least one image, pixel and channel", f"shape {images_shape}", cure))
    if len(images_shape) != 4 or min(windows.counts(*images_shape[1:3])) < 1:
        cure = "Use a smaller kernel or more padding."
        raise ValueError(complaint(who, f"images (N, H, W, C) that hold a {kernel} window", str(images_shape), cure))
    return windows


def im2col(X: np.ndarray, kernel_shape, *, stride=1, pad=0) -> np.ndarray:
    """Images (N, H, W, C) -> columns (N OH OW, kh kw C), one row a window in the order (i, j, c).

    kernel_shape, stride: int or pair; pad: as Conv2D takes it. Raises ValueError where no window fits.
    """
    require_array("im2col", "X", X)
    columns = _windows("im2col", kernel_shape, stride, pad, X.shape).columns(X)
    return columns if columns.flags.writeable else columns.copy()  # NumPy gives a view of X where it can


def col2im(columns: np.ndarray, input_shape: tuple[int, ...], kernel_shape, *, stride=1, pad=0) -> np.ndarray:
    """Columns (N OH OW, kh kw C) -> images of `input_shape`: the transpose of im2col, adding where windows overlap.

    Raises ValueError where the columns are not those of such images.
    """
    require_array("col2im", "columns", columns)
    windows = _windows("col2im", kernel_shape, stride, pad, tuple(input_shape))
    N, H, W, C = input_shape
    OH, OW = windows.counts(H, W)
    expected = (N * OH * OW, windows.kernel[0] * windows.kernel[1] * C)
    if columns.shape != expected:
        cure = "They are what im2col gives for images of input_shape."
        raise ValueError(complaint("col2im", f"columns of shape {expected}", str(columns.shape), cure))
    return windows.images(columns, tuple(input_shape))
