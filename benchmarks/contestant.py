"""A case is one piece of work; its contestants do that work each in their own way, and must agree on the answer.

Another way of doing the work (a plain form, a loop over pixels) is another Contestant in the list that a case builds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

OURS = "ours"
TORCH_NCHW = "torch_nchw"
TORCH_CHANNELS_LAST = "torch_channels_last"

# Sums in another order differ by about 1e-6 of the largest element in float32; other work differs by much more.
SAME_ANSWER = 1e-4

Arrays = Mapping[str, np.ndarray]


class DifferentWork(ArithmeticError):
    """Two contestants of a case do not compute the same thing, so their times say nothing about each other."""


@dataclass(frozen=True)
class Contestant:
    """`run` is timed. `answer` is not: what it computes, as arrays in our layout, before anything was run."""

    name: str
    run: Callable[[], object]
    answer: Callable[[], Arrays]


@dataclass(frozen=True)
class Case:
    """`build` makes the contestants, with inputs and weights, when the case's turn comes; `name` is for --case."""

    name: str
    what: str
    build: Callable[[], list[Contestant]]


def require_same_answer(case: str, contestants: Sequence[Contestant]) -> None:
    """Raise DifferentWork unless all answer like the first, within SAME_ANSWER of its largest element."""
    first, *others = contestants
    expected = first.answer()
    for other in others:
        got = other.answer()
        for key, array in expected.items():
            error = relative_difference(array, got[key])
            if not error <= SAME_ANSWER:  # a NaN is no agreement
                raise DifferentWork(
                    f"{case}: {key} of {first.name} and of {other.name} differ by {error:.1e} of the largest element, "
                    f"allowed {SAME_ANSWER:.0e}. They do not do the same work; see python -m parity_tests check"
                )


def relative_difference(expected: np.ndarray, got: np.ndarray) -> float:
    """The worst difference, as a fraction of the largest element; infinite where the shapes or types differ."""
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return np.inf
    scale = max(float(np.abs(expected).max()), np.finfo(np.float32).tiny)
    return float(np.abs(expected - got).max()) / scale
