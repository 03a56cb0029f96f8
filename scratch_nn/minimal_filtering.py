"""A 3 x 3 correlation at stride 1 with 16 multiplications where the formula has 36: Winograd's F(2 x 2, 3 x 3).

In one dimension first. Two neighbouring outputs of three weights g are read off four inputs d with 6 multiplications,
    y0 = d0 g0 + d1 g1 + d2 g2,    y1 = d1 g0 + d2 g1 + d3 g2
and the same two with 4, for what both have in common is multiplied once:
    m0 = (d0 - d2) g0                       y0 = m0 + m1 + m2
    m1 = (d1 + d2) (g0 + g1 + g2) / 2       y1 = m1 - m2 + m3
    m2 = (d2 - d1) (g0 - g1 + g2) / 2       (write it out: all else cancels)
    m3 = (d3 - d1) g2
As matrices: y = A ((G g) * (B d)), the star element by element. Columns, and then rows, make 2 x 2 outputs of a tile of
4 x 4 inputs: Y = A [(G g Gᵀ) * (B D Bᵀ)] Aᵀ. Summed over channels, each of the 16 stars is a matrix product over tiles,
(T, C) by (C, M). It is linear in g still, so the gradient goes back through the same matrices:
    dg = Gᵀ [Σ over tiles (B D Bᵀ) * (Aᵀ dY A)] G

Letters: X (N, H, W, C), W (9 C, M) and Z (N, OH, OW, M) as in correlation.py; i, j the row and column in a tile;
TH x TW tiles cover the outputs of an image, and an odd last row or column of outputs gets a tile that is cut off.

In float32 the error is about that of the formula: sums of C products in place of 9 C, of numbers somewhat larger. But
it is as large as the largest pixel under a tile makes it, not under a window, and an infinity would spread over its
tile: where a result is not finite there is None, and the formula has to say which numbers are.
Source: Lavin and Gray 2016, Fast algorithms for convolutional neural networks, with the signs of row 3 turned over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TypeVar

import numpy as np

from scratch_nn.parallel import blocks, in_runs
from scratch_nn.windows import Windows

R = TypeVar("R")

B = ((np.subtract, 0, 2), (np.add, 1, 2), (np.subtract, 2, 1), (np.subtract, 3, 1))  # (B d)[i] = d[1st] -+ d[2nd]
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
FEWEST_CHANNELS = 32  # with fewer, the sums cost more than the products saved
BLOCK = 3 << 19  # numbers of the 16 (T, C) and (T, M) of a block: near the size of a cache

_chosen: ContextVar[bool] = ContextVar("winograd", default=False)


@contextmanager
def winograd() -> Iterator[None]:
    """Within it, 3 x 3 convolutions at stride 1, with 32 channels or more in and out, are computed by Winograd's form.

    The results differ from the usual ones by rounding.
    """
    token = _chosen.set(True)
    try:
        yield
    finally:
        _chosen.reset(token)


def serves(windows: Windows, C: int, M: int) -> bool:
    """Whether Winograd's form is chosen, and can be taken, and saves time."""
    return _chosen.get() and windows.kernel == (3, 3) and windows.stride == (1, 1) and min(C, M) >= FEWEST_CHANNELS


def where_chosen(fast: Callable) -> Callable:
    """Decorates a formula f(X, W or dLdZ, windows, ...): within `winograd`, `fast` is called in its place where it
    `serves`, and the formula itself only where `fast` gives None."""

    def decorated(formula: Callable) -> Callable:
        @wraps(formula)
        def either(X: np.ndarray, second: np.ndarray, windows: Windows, *others: object) -> object:
            found = None
            if serves(windows, X.shape[-1], second.shape[-1]):
                with np.errstate(invalid="ignore", over="ignore"):  # the formula will say so, where it is so
                    found = fast(X, second, windows, *others)
            return formula(X, second, windows, *others) if found is None else found

        return either

    return decorated


def correlate(X: np.ndarray, W: np.ndarray, windows: Windows, b: np.ndarray | None = None) -> np.ndarray | None:
    """columns(X) W + b, (N, OH, OW, M), a new array; None where it is not finite."""
    b = 0 if b is None else b
    C, M = X.shape[-1], W.shape[1]
    U = (_GG(W.dtype) @ W.reshape(9, -1)).reshape(4, 4, C, M)
    Z = np.empty((len(X), *windows.counts(*X.shape[1:3]), M), X.dtype)

    def of_block(some: slice, tiles: _Tiles) -> bool:
        """Write Z; whether it is finite."""
        rows = tiles.rows_of(X[some])
        upper, lower, m = (np.empty((4, tiles.T, M), X.dtype) for _ in range(3))
        np.matmul(next(rows), U[0], out=upper)  # A from the left: rows of products to rows of outputs
        np.matmul(next(rows), U[1], out=lower)
        upper += lower
        np.matmul(next(rows), U[2], out=m)
        upper += m
        lower -= m
        np.matmul(next(rows), U[3], out=m)
        lower += m
        finite = True
        for a, m in enumerate((upper, lower)):  # Aᵀ from the right, in place
            m[0] += m[1]
            m[0] += m[2]
            m[1] -= m[2]
            m[1] += m[3]
            for c in range(2):
                np.add(tiles.laid_out(m[c], Z[some], a, c), b, out=tiles.outputs(Z[some], a, c))
            finite = finite and np.isfinite(m[:2].sum())
        return finite

    return Z if all(_by_tiles(of_block, X, windows, M)) else None


def weight_gradient(X: np.ndarray, dLdZ: np.ndarray, windows: Windows) -> np.ndarray | None:
    """columns(X)ᵀ dLdZ, (9 C, M); None where it is not finite."""
    C, M = X.shape[-1], dLdZ.shape[-1]

    def of_block(some: slice, tiles: _Tiles) -> np.ndarray:
        D = np.zeros((2, 4, tiles.T, M), X.dtype)  # dY A of the tiles' two rows of outputs
        for a, m in enumerate(D):
            for c, place in ((0, m[0]), (1, m[3])):
                tiles.laid_out(place, dLdZ[some], a, c)[...] = tiles.outputs(dLdZ[some], a, c)
            np.add(m[0], m[3], out=m[1])
            np.subtract(m[0], m[3], out=m[2])
        rows = (D[0], D[0] + D[1], D[0] - D[1], D[1])  # Aᵀ from the left
        return np.stack([V.transpose(0, 2, 1) @ row for V, row in zip(tiles.rows_of(X[some]), rows, strict=True)])

    dU = sum(_by_tiles(of_block, X, windows, M))
    return (_GG(X.dtype).T @ dU.reshape(16, -1)).reshape(9 * C, M) if np.isfinite(dU.sum()) else None


def _GG(dtype: np.dtype) -> np.ndarray:
    """g -> G g Gᵀ as one matrix, (16, 9)."""
    return np.kron(G, G).astype(dtype)


def _by_tiles(of_block: Callable[[slice, _Tiles], R], X: np.ndarray, windows: Windows, M: int) -> list[R]:
    """`of_block` of some images and the tiles for as many, block after block."""
    N, H, W, C = X.shape
    TH, TW = _tile_counts(windows, H, W)

    def of_run(run: Sequence[slice]) -> Iterator[R]:
        tiles = None
        for some in run:
            n = some.stop - some.start
            if tiles is None or tiles.n != n:
                tiles = _Tiles((n, H, W, C), windows, X.dtype)
            yield of_block(some, tiles)

    return in_runs(of_run, blocks(N, 16 * N * TH * TW * (C + M), BLOCK))


def _tile_counts(windows: Windows, H: int, W: int) -> tuple[int, int]:
    OH, OW = windows.counts(H, W)
    return (OH + 1) // 2, (OW + 1) // 2


def _inputs(even: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The inputs d0 to d3 of every tile along axis 1: two neighbouring tiles share two of their four."""
    return even[:, :-1], odd[:, :-1], even[:, 1:], odd[:, 1:]


class _Tiles:
    """The T tiles of n images, in an order that makes NumPy's inner loops long: image next to channel."""

    def __init__(self, shape: tuple[int, ...], windows: Windows, dtype: np.dtype) -> None:
        self.n, H, W, C = shape
        self.windows = windows
        self.TH, self.TW = TH, TW = _tile_counts(windows, H, W)
        self.T = TH * TW * self.n
        self.planes = np.zeros((2, 2, TH + 1, TW + 1, self.n, C), dtype)  # pixels by parity; the border stays 0
        self.columns = np.empty((4, 2, TH + 1, TW, self.n, C), dtype)
        self.row = np.empty((4, TH, TW, self.n, C), dtype)

    def rows_of(self, X: np.ndarray) -> Iterator[np.ndarray]:
        """Row i of B D Bᵀ of every tile, (4, T, C), for each i; the next is written over the last."""
        (top, _), (left, _) = self.windows.pads
        pixels = X.transpose(1, 2, 0, 3)
        for a in range(2):
            y = (a - top) % 2
            for c in range(2):
                x = (c - left) % 2
                some = pixels[y::2, x::2]
                first_row, first_column = (y + top) // 2, (x + left) // 2
                rows = self.planes[a, c, first_row : first_row + some.shape[0]]
                rows[:, first_column : first_column + some.shape[1]] = some
        for a, (even, odd) in enumerate(self.planes):
            d = _inputs(even, odd)
            for j, (operation, p, q) in enumerate(B):
                operation(d[p], d[q], out=self.columns[j, a])
        d = _inputs(self.columns[:, 0], self.columns[:, 1])
        for operation, p, q in B:
            operation(d[p], d[q], out=self.row)
            yield self.row.reshape(4, self.T, -1)

    def outputs(self, Z: np.ndarray, a: int, c: int) -> np.ndarray:
        """A view of output (a, c) of every tile in Z, (n, OH, OW, M); those that are cut off are missing."""
        return Z.transpose(1, 2, 0, 3)[a::2, c::2]

    def laid_out(self, m: np.ndarray, Z: np.ndarray, a: int, c: int) -> np.ndarray:
        """m (T, M) as a view that agrees with `outputs`."""
        rows, columns = self.outputs(Z, a, c).shape[:2]
        return m.reshape(self.TH, self.TW, self.n, -1)[:rows, :columns]
