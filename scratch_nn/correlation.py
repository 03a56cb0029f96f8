"""The three products of a convolution, a few images at a time.

Letters: X (N, H, W, C) images; W (kh kw C, M) weights, one column an output channel; Z (N, OH, OW, M) outputs.
    correlate        Z = columns(X) W + b
    weight_gradient  dW = columns(X)ᵀ dZ
    input_gradient   dX = col2im(dZ Wᵀ); at stride 1 also columns(dZ) flipped W

All the columns of a batch are kh kw times as large as the images: written to memory and read back, they cost as much
as the product. So they are made for as many images as fill BLOCK_BYTES, multiplied while they lie in the cache, and
written over by those of the next images; backward makes them again, which is cheaper than keeping them. Rows of a
product are independent, and a product that sums over rows is the sum of the blocks' products: nothing else changes.

A row of columns is copied in runs of kw C numbers. Where C is small these are too short to be quick, and the columns
are made standing, as planes (kh kw C, n OH OW): one run is then a whole row of pixels. Columns are planesᵀ, and a
product takes a transposed matrix as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from scratch_nn.windows import Windows

BLOCK_BYTES = 1 << 22  # small enough for a cache, and a product still large enough to share among processors
SHORT_RUN = 16  # numbers; a colour image has runs of 9 under a 3 x 3 kernel


def correlate(X: np.ndarray, W: np.ndarray, windows: Windows, b: np.ndarray | None = None) -> np.ndarray:
    """columns(X) W + b, a new array (N, OH, OW, M)."""
    OH, OW = windows.counts(*X.shape[1:3])
    M = W.shape[1]
    Z = np.empty((len(X), OH, OW, M), X.dtype)
    b_of_a_row = None if b is None else np.tile(b.ravel(), OW)  # added row by row: NumPy likes its inner loop long
    for some, columns in _column_blocks(X, windows):
        np.matmul(columns, W, out=Z[some].reshape(-1, M))
        if b is not None:
            rows = Z[some].reshape(-1, OW * M)
            rows += b_of_a_row
    return Z


def weight_gradient(X: np.ndarray, dLdZ: np.ndarray, windows: Windows) -> np.ndarray:
    """columns(X)ᵀ dLdZ, (kh kw C, M): the product removes n, y and x, block by block."""
    return sum(columns.T @ dLdZ[some].reshape(-1, dLdZ.shape[-1]) for some, columns in _column_blocks(X, windows))


def input_gradient(dLdZ: np.ndarray, W: np.ndarray, windows: Windows, input_shape: tuple[int, ...]) -> np.ndarray:
    """What every pixel gave to the windows over it, (N, H, W, C), a new array.

    Pixel (y, x) is tap (i, j) of the window at (y + top - i, x + left - j). At stride 1 there is such a window for
    every (i, j), so the pixel's gradient is a window of dLdZ read with i and j backwards: a correlation again, with
    the weights flipped and channels in and out swapped. At other strides most taps have none, and col2im adds up.
    """
    (kh, kw), M = windows.kernel, dLdZ.shape[-1]
    around = tuple((k - 1 - low, k - 1 - high) for k, (low, high) in zip(windows.kernel, windows.pads, strict=True))
    if windows.stride == (1, 1) and min(map(min, around)) >= 0:
        flipped = W.reshape(kh, kw, -1, M)[::-1, ::-1].transpose(0, 1, 3, 2).reshape(kh * kw * M, -1)
        return correlate(dLdZ, flipped, Windows(windows.kernel, pads=around))
    dLdX = np.empty(input_shape, dLdZ.dtype)
    for some in _image_blocks(input_shape, windows, dLdZ.itemsize):
        dLdX[some] = windows.images(dLdZ[some].reshape(-1, M) @ W.T, dLdX[some].shape)
    return dLdX


def _image_blocks(shape: tuple[int, ...], windows: Windows, itemsize: int) -> list[slice]:
    """Slices of the batch: as many images, at least one, as have columns of BLOCK_BYTES."""
    N, H, W, C = shape
    (OH, OW), (kh, kw) = windows.counts(H, W), windows.kernel
    n = max(1, BLOCK_BYTES // (OH * OW * kh * kw * C * itemsize))
    return [slice(start, min(start + n, N)) for start in range(0, N, n)]


def _column_blocks(X: np.ndarray, windows: Windows) -> Iterator[tuple[slice, np.ndarray]]:
    """im2col of one block of images after the other, all in the same memory."""
    blocks, (H, W, C) = _image_blocks(X.shape, windows, X.itemsize), X.shape[1:]
    K, standing = math.prod(windows.kernel) * C, windows.kernel[1] * C < SHORT_RUN
    padded = windows.bordered((blocks[0].stop, H, W, C), X.dtype)
    if standing:
        padded = np.ascontiguousarray(padded.transpose(3, 0, 1, 2)).transpose(1, 2, 3, 0)  # a plane for each channel
    inside, views = windows.unpad(padded, H, W), windows.views(padded)  # views (n, OH, OW, kh, kw, C)
    room = np.empty(views.size, X.dtype)
    for some in blocks:
        n = some.stop - some.start
        inside[:n] = X[some]  # the border stays 0
        seen = views[:n].transpose(3, 4, 5, 0, 1, 2) if standing else views[:n]
        columns = room[: seen.size].reshape(seen.shape)
        columns[...] = seen
        yield some, columns.reshape(K, -1).T if standing else columns.reshape(-1, K)
