"""A case is one piece of work; its contestants do that work each in their own way, and must agree on the answer.

    ours                 scratch_nn as it comes
    ours_every_option    with its options switched on; variants.py
    torch_nchw, torch_channels_last    PyTorch's two memory layouts; torch_side.py
    plain, per_pixel     as a course writes it; course/

Another way of doing the work is another Contestant in the list that a case builds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np

OURS = "ours"
EVERY_OPTION = "ours_every_option"
TORCH_NCHW = "torch_nchw"
TORCH_CHANNELS_LAST = "torch_channels_last"

# Of the largest element. Sums in another order differ by about 1e-6 of it in float32 and by 1e-14 in float64; other
# work differs by much more.
SAME_ANSWER = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}

Arrays = Mapping[str, np.ndarray]


class DifferentWork(ArithmeticError):
    """Two contestants of a case do not compute the same thing, so their times say nothing about each other."""


@dataclass(frozen=True)
class Contestant:
    """`run` is timed. `answer` is not: what it computes, as float arrays in our layout, before anything was run.

    `options` is a context manager to run in. `counted`: Python can tell its memory, as it can NumPy's.
    """

    name: str
    run: Callable[[], object]
    answer: Callable[[], Arrays]
    options: Callable[[], AbstractContextManager] = nullcontext
    counted: bool = True


@dataclass(frozen=True)
class Case:
    """`build` makes the contestants, with inputs and weights, when the case's turn comes; `name` is for --case.

    `quick`: --quick has it too.
    """

    name: str
    what: str
    build: Callable[[], list[Contestant]]
    quick: bool = True


def require_same_answer(case: str, contestants: Sequence[Contestant]) -> None:
    """Raise DifferentWork unless all answer like the first, within SAME_ANSWER of its largest element."""
    first, *others = contestants
    expected = answer_of(first)
    for other in others:
        got = answer_of(other)
        for key, array in expected.items():
            error, allowed = relative_difference(array, got[key]), SAME_ANSWER[array.dtype]
            if not error <= allowed:  # a NaN is no agreement
                raise DifferentWork(
                    f"{case}: {key} of {first.name} and of {other.name} differ by {error:.1e} of the largest element, "
                    f"allowed {allowed:.0e}. They do not do the same work; see python -m parity_tests check"
                )


def answer_of(contestant: Contestant) -> Arrays:
    """Its answer, worked out with its options; copies, which no later call writes over."""
    with contestant.options():
        return {key: np.array(array) for key, array in contestant.answer().items()}


def relative_difference(expected: np.ndarray, got: np.ndarray) -> float:
    """The worst difference, as a fraction of the largest element; infinite where the shapes or types differ."""
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return np.inf
    scale = max(float(np.abs(expected).max()), np.finfo(np.float32).tiny)
    return float(np.abs(expected - got).max()) / scale
