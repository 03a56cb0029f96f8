"""Comparison: one array against the one that was expected, and what to say of it.

float64, the verdict: the same operations with sums in another order, so every element lies within 1e-10 of the
expected one, measured on the tensor's scale (its largest finite |value|).

float32, earned and not tuned: against a float64 truth, our error may be at most twice PyTorch's own float32 error plus
a few units in the last place of the sum of absolute terms (|X| @ |W| for a product; |value| where there is no sum):

    multiple = max_i |ours_i - truth_i| / (max |torch - truth| + 2 ulp S_i)  <=  2

A fixed relative tolerance would either cry wolf (right products are off by 6e-3 near zero) or be blind.
Other shapes, other types, NaN or infinity in other places are failures, whatever the numbers say. Nothing is broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RELATIVE_64 = 1e-10  # of the tensor's scale: sums in another order
ABOUT_ZERO = 1e-7  # inputs and upstream gradients are of order one; a smaller "expected" proves nothing
MOST_32 = 2.0  # times PyTorch's own float32 error
ULP_32 = float(np.finfo(np.float32).eps)


class InvalidCheck(Exception):
    """The check itself cannot tell right from wrong, so it must not pass."""


@dataclass(frozen=True)
class Comparison:
    """ok; error: worst difference as a fraction of the tensor's scale; multiple: of PyTorch's own float32 error (NaN
    in float64); message: empty if ok, else where, how much and how much was allowed."""

    ok: bool
    error: float
    multiple: float = float("nan")
    message: str = ""


def misfit(actual: np.ndarray, expected: np.ndarray) -> str:
    """Why the two cannot be compared number by number, or ''."""
    if not isinstance(actual, np.ndarray):
        return f"expected an array, got {type(actual).__name__}"
    if actual.shape != expected.shape:
        return f"expected shape {expected.shape}, got {actual.shape}"
    if actual.dtype != expected.dtype:
        return f"expected type {expected.dtype}, got {actual.dtype}"
    if expected.dtype.kind != "f":
        return "" if np.array_equal(actual, expected) else f"expected {expected.tolist()}, got {actual.tolist()}"
    for kind, where in (("NaN", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        odd = np.argwhere(where(actual) != where(expected))
        if len(odd):
            place, more = tuple(map(int, odd[0])), f", and {len(odd) - 1} more" if len(odd) > 1 else ""
            got, right = (f"{array[place]:.6g}" for array in (actual, expected))
            if not expected.ndim:
                return f"{got}, where PyTorch has {right}"
            return f"{kind} in other places: {got} where PyTorch has {right} at {place}{more}"
    return ""


def _scale(expected: np.ndarray, *, vanishing: bool, not_finite: bool) -> float:
    """The largest finite |value|. Raises InvalidCheck where it is about zero, or missing, and that was not declared,
    and the other way round."""
    finite = np.abs(expected[np.isfinite(expected)])
    if (finite.size == 0) != not_finite:
        raise InvalidCheck(f"the expected array holds {finite.size} finite numbers" + " as declared none" * not_finite)
    scale = float(finite.max(initial=0))
    if not_finite or vanishing == (scale < ABOUT_ZERO):
        return 1.0 if vanishing or not_finite else scale
    declared = "is declared to vanish but its" if vanishing else "proves nothing: its"
    raise InvalidCheck(f"the quantity {declared} largest expected value is {scale:.1e}")


def absolute_difference(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """|actual - expected| in float64, 0 where both are the same infinity or NaN."""
    finite = np.isfinite(expected)
    difference = np.zeros(expected.shape)
    difference[finite] = np.abs(actual[finite].astype(np.float64) - expected[finite].astype(np.float64))
    return difference


def _where(difference: np.ndarray, allowed: np.ndarray) -> str:
    outside = difference > allowed
    excess = np.where(outside, difference - allowed, -1)
    place = tuple(map(int, np.unravel_index(np.argmax(excess), difference.shape)))
    worst, limit, total = difference[place], np.broadcast_to(allowed, difference.shape)[place], difference.size
    return (
        f"worst |ours - torch| {worst:.1e} at {place}, allowed {limit:.1e}; "
        f"{np.count_nonzero(outside)} of {total} elements outside"
    )


def compare(
    actual: np.ndarray, expected: np.ndarray, *, vanishing: bool = False, not_finite: bool = False
) -> Comparison:
    """The float64 verdict. `vanishing`: the quantity is zero in exact arithmetic, and must be zero on both sides;
    `not_finite`: it holds no finite number, and must hold the same others.

    Raises InvalidCheck where the expected array is about zero or not finite and was not declared so, and vice versa.
    """
    if odd := misfit(actual, expected):
        return Comparison(False, float("inf"), message=odd)
    if expected.dtype.kind != "f":
        return Comparison(True, 0.0)
    scale = _scale(expected, vanishing=vanishing, not_finite=not_finite)
    allowed = np.asarray(RELATIVE_64 * scale)
    difference = absolute_difference(actual, expected)
    error = float(difference.max() / scale)
    if np.all(difference <= allowed):
        return Comparison(True, error)
    return Comparison(False, error, message=_where(difference, allowed))


def compare32(actual: np.ndarray, theirs: np.ndarray, truth: np.ndarray, absolute: np.ndarray) -> Comparison:
    """The float32 verdict: our error and PyTorch's, both against the float64 truth for the same float32 inputs.

    absolute: the sum of the absolute terms of each element, float64.
    """
    if odd := misfit(actual, theirs):
        return Comparison(False, float("inf"), float("inf"), odd)
    if truth.dtype.kind != "f":
        return Comparison(True, 0.0, 0.0)
    difference = absolute_difference(actual, truth)
    absolute = np.where(np.isfinite(absolute), absolute, 0)
    unit = absolute_difference(theirs, truth).max() + 2 * ULP_32 * absolute
    ratio = np.divide(difference, unit, out=np.where(difference > 0, np.inf, 0.0), where=unit > 0)
    multiple, scale = float(ratio.max()), float(np.abs(truth[np.isfinite(truth)]).max(initial=ABOUT_ZERO))
    if multiple <= MOST_32:
        return Comparison(True, float(difference.max() / scale), multiple)
    message = f"{_where(difference, MOST_32 * unit)}; {multiple:.1f} times PyTorch's own float32 error"
    return Comparison(False, float(difference.max() / scale), multiple, message)
