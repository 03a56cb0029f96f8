"""Masks: the numbers of an array where a mask says so, and exact zeros elsewhere.

`np.where(mask, A, 0)` decides number by number, and where the mask is as good as random a processor guesses wrong half
of the time. A * mask needs no decision but spoils what is not finite: inf * 0 is NaN, and one bad gradient would leak
into places that it must not reach. So the *bits* of A are multiplied, as an integer by 1 or 0: every number comes
through as it was, NaN and infinities among them, and the others become the integer 0, whose bits are those of 0.0.
"""

from __future__ import annotations

import numpy as np

BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def kept(A: np.ndarray, mask: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """A where the mask is True, else 0, in `out` or a new array of A's type: float32 or float64. All of one shape."""
    bits = BITS[A.dtype]
    out = np.empty_like(A) if out is None else out
    np.multiply(A.view(bits), mask, out=out.view(bits), dtype=bits)
    return out


def passes_relu(X: np.ndarray) -> np.ndarray:
    """Where a ReLU lets x through: where it is above zero, or NaN."""
    return ~(X <= 0)
