"""Arithmetic with one number per channel: sums over all else, and images scaled and shifted channel by channel.

Letters: A, B of shape (N, ..., C), the channels last; m = A.size / C numbers a channel; a, c of shape (C,).
    channel_sum    Σ A, (C,)
    channel_sums   Σ A and Σ A B, (C,) each
    centred        D = A - near, by centred_sums with Σ D and Σ D²
    affine         c + Σ_k a_k A_k, of the A_k's shape

How they are made fast, with the same numbers added or multiplied:
    wide rows     the array is read as (m / p, p C), p pixels a row, for NumPy starts each row anew: 8,192 numbers cost
                  little more than 32. A row of C channels is repeated p times; a sum over wide rows is one over p more.
    blocks        some rows at a time: what one operation wrote is still in the cache when the next one reads it.
    digits        a float32 sum over 65,536 rows loses three digits. The BLOCK_ROWS rows of a block are added as they
                  are, which loses none to speak of, and the sums of the blocks in float64.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

WIDE = 8192  # numbers in a row, at most
BLOCK_ROWS = 32  # a megabyte of float32
SAMPLE = 1024  # pixels, or a few more


def channel_sum(A: np.ndarray) -> np.ndarray:
    """Σ A over every axis but the last, (C,), in float64."""
    return _folded([[rows.sum(axis=0)] for (rows,) in _wide_blocks(A)], A.shape[-1])[0]


def channel_sums(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Σ A and Σ A B over every axis but the last, (2, C), in float64; the products in the arrays' type."""
    return _folded([(a.sum(axis=0), _dot(a, b)) for a, b in _wide_blocks(A, B)], A.shape[-1])


def sample_mean(A: np.ndarray) -> np.ndarray:
    """A number close to each channel's mean, (C,), in A's type: the mean of some of A, of all where there is little."""
    pixels = A.reshape(-1, A.shape[-1])
    return pixels[:: max(1, len(pixels) // SAMPLE)].mean(axis=0, dtype=np.float64).astype(A.dtype)


def centred(A: np.ndarray, near: np.ndarray) -> np.ndarray:
    """D = A - near, a new array."""
    D = np.empty(A.shape, A.dtype)
    for _ in _centred_blocks(A, near, D):
        pass
    return D


def centred_sums(A: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """D = A - near, a new array; and Σ D and Σ D² over every axis but the last, (C,) each, in float64."""
    D = np.empty(A.shape, A.dtype)
    sums = [(block.sum(axis=0), _dot(block, block)) for block in _centred_blocks(A, near, D)]
    return D, *_folded(sums, A.shape[-1])


def affine(c: np.ndarray, *terms: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """c + Σ a A over the terms (a, A), in the arrays' type, a new array."""
    first = terms[0][1]
    out = np.empty(first.shape, first.dtype)
    shift, *scales = (_wide_row(row, first) for row in (c, *(a for a, _ in terms)))
    for total, *blocks in _wide_blocks(out, *(A for _, A in terms)):
        np.multiply(blocks[0], scales[0], out=total)
        for rows, scale in zip(blocks[1:], scales[1:], strict=True):
            total += rows * scale
        total += shift
    return out


def _pixels_a_row(A: np.ndarray) -> int:
    """p: the largest divisor of the m pixels that keeps a row within WIDE numbers."""
    m = A.size // A.shape[-1]
    return next(p for p in range(min(m, max(1, WIDE // A.shape[-1])), 0, -1) if m % p == 0)


def _wide_row(row: np.ndarray, A: np.ndarray) -> np.ndarray:
    """A row of C channels in A's type, repeated for the pixels of a wide row."""
    return np.tile(np.ravel(row).astype(A.dtype), _pixels_a_row(A))


def _wide_blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The same BLOCK_ROWS wide rows of every array, block after block: views, where an array is contiguous."""
    width = _pixels_a_row(arrays[0]) * arrays[0].shape[-1]
    wide = [np.ascontiguousarray(A).reshape(-1, width) for A in arrays]
    for start in range(0, len(wide[0]), BLOCK_ROWS):
        yield [rows[start : start + BLOCK_ROWS] for rows in wide]


def _centred_blocks(A: np.ndarray, near: np.ndarray, D: np.ndarray) -> Iterator[np.ndarray]:
    """Write A - near to D, and hand out each block of it while it is in the cache."""
    row = _wide_row(near, A)
    for rows, out in _wide_blocks(A, D):
        yield np.subtract(rows, row, out=out)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Σ a b over the rows; the products are added as they are made."""
    return np.einsum("ij,ij->j", a, b)


def _folded(sums: list[Sequence[np.ndarray]], C: int) -> np.ndarray:
    """The blocks' sums, of every kind, added up to one wide row each, and that folded to C channels."""
    return np.sum(sums, axis=0, dtype=np.float64).reshape(len(sums[0]), -1, C).sum(axis=1)
