"""Arithmetic with one number per channel: sums over all else, and images scaled and shifted channel by channel.

Letters: A, B of shape (N, ..., C), the channels last; m = A.size / C numbers a channel; a, c of shape (C,).
    channel_sum    Σ A, (C,)
    channel_sums   Σ A and Σ A B, (C,) each
    centred        D = A - near, by centred_sums with Σ D and Σ D²
    affine         c + Σ_k a_k A_k, of the A_k's shape; as an Affine, for some examples and then for some more

How they are made fast, with the same numbers added or multiplied:
    wide rows     the array is read as (m / p, p C), p pixels a row, for NumPy starts each row anew: 8,192 numbers cost
                  little more than 32. A row of C channels is repeated p times; a sum over wide rows is one over p more.
    products      a sum over rows is a product with ones, which the BLAS library does quicker than NumPy adds.
    blocks        some rows at a time: what one operation wrote is still in the cache when the next one reads it.
    digits        a float32 sum over 65,536 rows loses three digits. The BLOCK_ROWS rows of a block are added as they
                  are, which loses none to speak of, and the sums of the blocks in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from scratch_nn.parallel import by_examples

WIDE = 8192  # numbers in a row, at most
BLOCK_ROWS = 64  # two megabytes of float32
FEW_ROWS = 4  # so few NumPy adds in less time than BLAS takes to begin
SMALL = 1 << 15  # so few numbers NumPy adds in float64 in less time than all this takes to begin
SAMPLE, FEW = 1024, 128  # pixels


def channel_sum(A: np.ndarray) -> np.ndarray:
    """Σ A over every axis but the last, (C,), in float64."""
    if A.size <= SMALL:
        return A.reshape(-1, A.shape[-1]).sum(axis=0, dtype=np.float64)
    return sum(by_examples(lambda some: _folded([[_sum(rows)] for (rows,) in _wide_blocks(A[some])], A), A))[0]


def channel_sums(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Σ A and Σ A B over every axis but the last, (2, C), in float64; the products in the arrays' type."""
    return _folded([[_sum(a), _dot(a, b)] for a, b in _wide_blocks(A, B)], A)


def sample_moments(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """About the mean and the variance of each channel, (C,): of some of A, of all where there is little."""
    pixels = A.reshape(-1, A.shape[-1])
    some = pixels if len(pixels) <= SAMPLE else pixels[_spread(len(pixels), SAMPLE)]
    mean = some.mean(axis=0, dtype=np.float64)
    deviations = some[:: max(1, len(some) // FEW)] - mean
    return mean, _dot(deviations, deviations) / len(deviations)


def _spread(length: int, count: int) -> np.ndarray:
    """`count` places of `length`, one in each of as many equal parts. The golden ratio puts it elsewhere in each:
    places in step with the rows might all lie on the black border of a picture."""
    parts = np.arange(count)
    return ((parts + parts * (math.sqrt(5) - 1) / 2 % 1) * (length / count)).astype(np.intp)


class Row:
    """One number per channel, and the wide rows made of it."""

    def __init__(self, values: np.ndarray, dtype: np.dtype) -> None:
        self._values, self._wide = np.ravel(values).astype(dtype), {}

    def like(self, A: np.ndarray) -> np.ndarray:
        """Repeated for the pixels of a wide row of A."""
        p, C = _pixels_a_row(A), len(self._values)
        if p not in self._wide:
            rows = np.empty((p, C), self._values.dtype)
            rows[...] = self._values
            self._wide[p] = rows.reshape(p * C)
        return self._wide[p]


def centred(A: np.ndarray, near: Row, D: np.ndarray) -> None:
    """Write A - near to D."""
    for rows, out in _wide_blocks(A, D):
        np.subtract(rows, near.like(A), out=out)


def centred_sums(A: np.ndarray, near: Row | None, D: np.ndarray) -> np.ndarray:
    """Write A - near to D, which is A where there is no near; Σ D and Σ D² over every axis but the last, (2, C), in
    float64."""
    sums = []
    for rows, out in _wide_blocks(A, D):
        if near is not None:
            np.subtract(rows, near.like(A), out=out)
        sums.append([_sum(out), _dot(out, out)])
    return _folded(sums, A)


class Affine:
    """c + Σ a A, for one c or none and as many a per channel as arrays are given, in the type `dtype`."""

    def __init__(self, c: np.ndarray | None, *scales: np.ndarray, dtype: np.dtype) -> None:
        self._shift = None if c is None else Row(c, dtype)
        self._scales = [Row(row, dtype) for row in scales]

    def __call__(self, *arrays: np.ndarray, out: np.ndarray) -> None:
        """Write the result for the arrays A to `out`, which may be the first of them."""
        shift, scales = self._shift and self._shift.like(out), [row.like(out) for row in self._scales]
        for total, *blocks in _wide_blocks(out, *arrays):
            np.multiply(blocks[0], scales[0], out=total)
            for rows, scale in zip(blocks[1:], scales[1:], strict=True):
                total += rows * scale
            if shift is not None:
                total += shift


def affine(c: np.ndarray, *terms: tuple[np.ndarray, np.ndarray], out: np.ndarray | None = None) -> np.ndarray:
    """c + Σ a A over the terms (a, A), in the arrays' type: a new array or `out`, which may be the first A itself."""
    first = terms[0][1]
    formula = Affine(c, *(a for a, _ in terms), dtype=first.dtype)
    out = np.empty(first.shape, first.dtype) if out is None else out
    by_examples(lambda some: formula(*(A[some] for _, A in terms), out=out[some]), out)
    return out


def _pixels_a_row(A: np.ndarray) -> int:
    """p: the largest divisor of the m pixels that keeps a row within WIDE numbers."""
    m = A.size // A.shape[-1]
    return next(p for p in range(min(m, max(1, WIDE // A.shape[-1])), 0, -1) if m % p == 0)


def _wide_blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The same BLOCK_ROWS wide rows of every array, block after block: views, where an array is contiguous, as one that
    is written to must be."""
    width = _pixels_a_row(arrays[0]) * arrays[0].shape[-1]
    wide = [np.ascontiguousarray(A).reshape(-1, width) for A in arrays]
    for start in range(0, len(wide[0]), BLOCK_ROWS):
        yield [rows[start : start + BLOCK_ROWS] for rows in wide]


def _sum(rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows), rows.dtype) @ rows if len(rows) > FEW_ROWS else rows.sum(axis=0)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Σ a b over the rows; the products are added as they are made."""
    return np.einsum("ij,ij->j", a, b)


def _folded(sums: list[list[np.ndarray]], A: np.ndarray) -> np.ndarray:
    """The blocks' sums, a wide row of each kind, added up over blocks and folded to A's channels, in float64."""
    rows = np.array(sums, np.float64).reshape(len(sums), len(sums[0]), -1, A.shape[-1])
    return (np.ones(rows.shape[2]) @ rows).sum(axis=0)
