"""Arithmetic with one number per channel: sums over all else, and images scaled and shifted channel by channel.

Letters: A, B of shape (N, ..., C), the channels last; m = A.size / C numbers a channel; a, c of shape (C,).
    channel_sum    Σ A, (C,)
    channel_dot    Σ A B, (C,)
    centred        A - mean
    affine         c + Σ_k a_k A_k, of the A_k's shape

How they are made fast, with the same numbers added or multiplied:
    wide rows     the array is read as (m / p, p C), p pixels a row, for NumPy starts each row anew: 2,048 numbers cost
                  little more than 32. A row of C channels is repeated p times; a sum over wide rows is one over p more.
    blocks        some rows at a time: what one operation wrote is still in the cache when the next one reads it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

WIDE = 2048  # numbers in a row, at most
BLOCK_ROWS = 128  # a megabyte of float32


def channel_sum(A: np.ndarray) -> np.ndarray:
    """Σ over every axis but the last, (C,), in float64: over 65,536 rows a plain float32 sum loses three digits."""
    return _folded((rows for (rows,) in _wide_blocks(A)), A.shape[-1])


def channel_dot(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Σ A B over every axis but the last, (C,); products in the arrays' type, their sum in float64."""
    return _folded((a * b for a, b in _wide_blocks(A, B)), A.shape[-1])


def centred(A: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A - near, a new array, where near is the mean rounded to A's type; and mean - near, (C,)."""
    near = mean.astype(A.dtype)
    D, row = np.empty(A.shape, A.dtype), _wide_row(near, A)
    for rows, out in _wide_blocks(A, D):
        np.subtract(rows, row, out=out)
    return D, mean - near


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
    """p: the largest power of two that divides the m pixels evenly and keeps a row within WIDE numbers."""
    most = max(1, WIDE // A.shape[-1])
    return math.gcd(A.size // A.shape[-1], 1 << (most.bit_length() - 1))


def _wide_row(row: np.ndarray, A: np.ndarray) -> np.ndarray:
    """A row of C channels in A's type, repeated for the pixels of a wide row."""
    return np.tile(np.ravel(row).astype(A.dtype), _pixels_a_row(A))


def _wide_blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The same BLOCK_ROWS wide rows of every array, block after block: views, where an array is contiguous."""
    width = _pixels_a_row(arrays[0]) * arrays[0].shape[-1]
    wide = [np.ascontiguousarray(A).reshape(-1, width) for A in arrays]
    for start in range(0, len(wide[0]), BLOCK_ROWS):
        yield [rows[start : start + BLOCK_ROWS] for rows in wide]


def _folded(blocks: Iterator[np.ndarray], C: int) -> np.ndarray:
    """The rows of all blocks added up to one wide row, and that folded to C channels."""
    return sum(rows.sum(axis=0, dtype=np.float64) for rows in blocks).reshape(-1, C).sum(axis=0)
