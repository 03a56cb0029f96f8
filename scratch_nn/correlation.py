"""The three products of a convolution, a few images at a time.

Letters: X (N, H, W, C) images; W (kh kw C, M) weights, one column an output channel; Z (N, OH, OW, M) outputs.
    correlate        Z = columns(X) W + b
    weight_gradient  dW = columns(X)ᵀ dZ
    input_gradient   dX = col2im(dZ Wᵀ); at stride 1 also columns(dZ) flipped W
    gradients        dW and dX, both from columns(dZ) where they can be

All the columns of a batch are kh kw times as large as the images: written to memory and read back, they cost as much
as the product. So they are made for as many images as fill BLOCK_BYTES with their columns and outputs, multiplied while
they lie in the cache, and written over by those of the next images; backward makes them again, which is cheaper than
keeping them. Rows of a product are independent, and a product that sums over rows is the sum of the blocks' products:
nothing else changes.

A row of columns is copied in runs of kw C numbers. Where C is small these are too short to be quick, and the columns
are made standing, as planes (kh kw C, n OH OW): one run is then a whole row of pixels. Columns are planesᵀ, and a
product takes a transposed matrix as it is. These products are narrow, and quicker one image after the other: BLAS
multiplies small matrices where they lie, and copies large ones first. One plane more, of ones, makes b one more row of
W, and saves a pass over Z, which is large where images are. (It could make db one more row of dW. But a product adds up
in float32, and where the terms of db nearly cancel, PyTorch is more exact than that.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import TypeVar

import numpy as np

from scratch_nn import minimal_filtering
from scratch_nn.minimal_filtering import where_chosen
from scratch_nn.parallel import blocks, in_blocks, in_runs, within_threads
from scratch_nn.windows import Windows, in_planes

R = TypeVar("R")

BLOCK_BYTES = 1 << 22  # small enough for a cache, and a product still large enough to share among processors
SHORT_RUN = 16  # numbers; a colour image has runs of 9 under a 3 x 3 kernel


@where_chosen(minimal_filtering.correlate)
def correlate(X: np.ndarray, W: np.ndarray, windows: Windows, b: np.ndarray | None = None) -> np.ndarray:
    """columns(X) W + b, a new array (N, OH, OW, M)."""
    (OH, OW), M = windows.counts(*X.shape[1:3]), W.shape[1]
    Z, ones = np.empty((len(X), OH, OW, M), X.dtype), b is not None and _stand(windows, X.shape)
    if ones:
        W, b = np.concatenate([W, b.reshape(1, M)]), None
    b_of_a_row = None if b is None else np.tile(b.ravel(), OW)  # added row by row: NumPy likes its inner loop long

    def product(some: slice, columns: np.ndarray) -> None:
        np.matmul(columns, W, out=Z[some].reshape(*columns.shape[:2], M))
        if b is not None:
            rows = Z[some].reshape(-1, OW * M)
            rows += b_of_a_row

    _by_columns(product, X, windows, M, ones=ones)
    return Z


@where_chosen(minimal_filtering.weight_gradient)
def weight_gradient(X: np.ndarray, dLdZ: np.ndarray, windows: Windows) -> np.ndarray:
    """columns(X)ᵀ dLdZ, (kh kw C, M): the product removes n, y and x, block by block."""
    return sum(_by_columns(lambda some, columns: _over_rows(columns, dLdZ[some]), X, windows, dLdZ.shape[-1]))


def input_gradient(dLdZ: np.ndarray, W: np.ndarray, windows: Windows, input_shape: tuple[int, ...]) -> np.ndarray:
    """What every pixel gave to the windows over it, (N, H, W, C), a new array.

    Pixel (y, x) is tap (i, j) of the window at (y + top - i, x + left - j). At stride 1 there is such a window for
    every (i, j), so the pixel's gradient is a window of dLdZ read with i and j backwards: a correlation again, with
    the weights flipped, C and M swapped. At other strides most taps have none, and col2im adds up; so it does where C
    is small, for then its columns are: kh kw C numbers a pixel, and those of the correlation are kh kw M.
    """
    M = dLdZ.shape[-1]
    if _gathers(windows, input_shape, W):
        return correlate(dLdZ, _flipped(W, windows, M), _around(windows))
    dLdX = np.empty(input_shape, dLdZ.dtype)

    def add_up(some: slice) -> None:
        dZ = np.ascontiguousarray(dLdZ[some]).reshape(-1, M)
        columns = np.matmul(dZ, W.T, order="F" if _stand(windows, input_shape) else "C")
        dLdX[some] = windows.images(columns, dLdX[some].shape)

    in_blocks(add_up, _image_blocks(input_shape, windows, M, dLdZ.itemsize))
    return dLdX


def gradients(X: np.ndarray, dLdZ: np.ndarray, W: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """dW (kh kw C, M) and dX (N, H, W, C): `weight_gradient` and `input_gradient`, with one set of columns for both.

    Where dX is a correlation of dLdZ, the row of columns(dLdZ) for a pixel holds dz of every window over it. dW sums
    pixel times dz over all windows and their taps; over all pixels and the windows above them, that is
    columns(dLdZ)ᵀ X, flipped. The padding zeros of dLdZ are multiplied by pixels too; where a pixel is inf or NaN that
    gives NaN, so dW is then summed over windows.
    """
    C, M = X.shape[-1], dLdZ.shape[-1]
    if minimal_filtering.serves(windows, C, M) or not _gathers(windows, X.shape, W):
        return weight_gradient(X, dLdZ, windows), input_gradient(dLdZ, W, windows, X.shape)
    flipped, dLdX = _flipped(W, windows, M), np.empty(X.shape, X.dtype)

    def products(some: slice, columns: np.ndarray) -> np.ndarray:
        np.matmul(columns, flipped, out=dLdX[some].reshape(*columns.shape[:2], C))
        with np.errstate(invalid="ignore"):
            return _over_rows(columns, X[some])

    dW = _flipped(sum(_by_columns(products, dLdZ, _around(windows), C)), windows, C)
    return dW if np.isfinite(dW).all() else weight_gradient(X, dLdZ, windows), dLdX


def _over_rows(columns: np.ndarray, A: np.ndarray) -> np.ndarray:
    """columnsᵀ A, of the columns as `_by_columns` gives them and A (n, OH, OW, M): (kh kw C, M)."""
    A = np.ascontiguousarray(A)  # BLAS adds up a matrix that lies transposed in another order
    return (columns.transpose(0, 2, 1) @ A.reshape(*columns.shape[:2], -1)).sum(axis=0)


def _gathers(windows: Windows, input_shape: tuple[int, ...], W: np.ndarray) -> bool:
    """Whether `input_gradient` gathers what windows give to a pixel, and does not add it up window by window.

    Gathered, weights are multiplied by the zeros around dLdZ too: one that is not finite would make NaN of them.
    """
    if windows.stride != (1, 1) or min(map(min, _around(windows).pads)) < 0 or _stand(windows, input_shape):
        return False
    return bool(np.isfinite(W).all())


def _around(windows: Windows) -> Windows:
    """The windows of dLdZ that the pixels gather from, at stride 1."""
    pads = tuple((k - 1 - low, k - 1 - high) for k, (low, high) in zip(windows.kernel, windows.pads, strict=True))
    return Windows(windows.kernel, pads=pads)


def _flipped(W: np.ndarray, windows: Windows, M: int) -> np.ndarray:
    """Weights (kh kw C, M) with i and j backwards, C and M swapped: (kh kw M, C). Twice, it is W again."""
    kh, kw = windows.kernel
    return W.reshape(kh, kw, -1, M)[::-1, ::-1].transpose(0, 1, 3, 2).reshape(kh * kw * M, -1)


def _stand(windows: Windows, shape: tuple[int, ...]) -> bool:
    """Whether columns of images of `shape` are made standing."""
    return windows.kernel[1] * shape[-1] < SHORT_RUN


def _rows_as_elements(A: np.ndarray) -> np.ndarray:
    """Windows (n, OH, OW, kh, kw, C) whose axis OW lies in one piece, as (kh, kw, C, n, OH, 1): each element all bytes
    of a row. NumPy copies these in long loops, and begins anew for each row of numbers, which takes as long as they do.
    """
    rows = A.transpose(3, 4, 5, 0, 1, 2)
    return rows.view((np.void, rows.shape[-1] * A.itemsize))


def _image_blocks(shape: tuple[int, ...], windows: Windows, M: int, itemsize: int) -> list[slice]:
    """Slices of the batch: as many images, at least one, as have columns and outputs of BLOCK_BYTES at most."""
    N, H, W, C = shape
    (OH, OW), (kh, kw) = windows.counts(H, W), windows.kernel
    return blocks(N, N * OH * OW * (kh * kw * C + M) * itemsize, BLOCK_BYTES)


def _by_columns(
    of_block: Callable[[slice, np.ndarray], R], X: np.ndarray, windows: Windows, M: int, *, ones: bool = False
) -> list[R]:
    """`of_block` of some images and their columns, block after block, written over those of the block before.

    Their shape is (1, n OH OW, kh kw C), where they stand (n, OH OW, kh kw C): a product for each image. With `ones`
    there is one column more, of ones.

    Where BLAS shares out a product, another processor has just read the columns and holds them in its cache, and to
    write over them takes half as long again. So they are written over those of the block before the last.
    """
    H, W, C = X.shape[1:]
    OH, OW = windows.counts(H, W)
    K, standing = math.prod(windows.kernel) * C, _stand(windows, X.shape)
    count = 1 if standing or within_threads() else 2

    def of_run(run: Sequence[slice]) -> Iterator[R]:
        most = max(some.stop - some.start for some in run)
        padded = windows.bordered((most, H, W, C), X.dtype)
        if standing:
            padded = in_planes(padded)
        inside, views = windows.unpad(padded, H, W), windows.views(padded)  # views (n, OH, OW, kh, kw, C)
        shape, order = (most * OH * OW, K + ones), "F" if standing else "C"
        memory = [np.empty(shape, X.dtype, order) for _ in run[:count]]
        for columns in memory:
            columns[:, K:] = 1
        for some, columns in zip(run, cycle(memory)):
            n = some.stop - some.start
            inside[:n] = X[some]  # the border stays 0
            rows = columns[: n * OH * OW]
            into, found = rows[:, :K].reshape(views[:n].shape), views[:n]
            if standing and windows.stride[1] == 1:
                into, found = _rows_as_elements(into), _rows_as_elements(found)
            into[...] = found
            yield of_block(some, rows.reshape(n if standing else 1, -1, K + ones))

    return in_runs(of_run, _image_blocks(X.shape, windows, M, X.itemsize))
