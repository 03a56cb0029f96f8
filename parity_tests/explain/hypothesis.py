"""Hypotheses: mistakes that predict numbers.

A hypothesis looks at a situation (one case: what went in, what PyTorch gave, what the candidate gave) and says which
arrays this mistake would have given. It is about the mathematics, never about anyone's code: whoever makes the mistake,
in whatever way, gets these numbers.

    situation  ->  predict  ->  {"training.gradient.W": array, ...}

Quantities that are not in the prediction are not spoken of. A formula speaks of the whole layer, so it is refuted where
it predicts something wrong that is right; a transformation ("a factor 2") is judged quantity by quantity.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from parity_tests.explain.source import Reference
from parity_tests.findings import quantity_of
from parity_tests.pair import Case, Pair
from parity_tests.trace import Trace

EXACT = {"float64": 1e-9, "float32": 1e-5}  # of an array's scale: the same formula, whatever the order of its sums
IMPOSSIBLE = (ValueError, IndexError, ZeroDivisionError)  # what a mistake raises that these shapes or settings forbid

STEP = re.compile(r"^step\d+\.")


def whole_of(name: str) -> str:
    """What must be explained as a whole: a quantity in all of its stages, and a parameter at every step of an
    optimiser. What is right for the first step and not for the others is no explanation: "step3.a" is "a"."""
    return STEP.sub("", quantity_of(name))


@dataclass(frozen=True)
class Wrong:
    """One failing case. trace: every array that the candidate recorded in it. quantities: the full names of those that
    are wrong, "training.input_gradient", in the order of computation."""

    case: Case
    trace: Trace
    quantities: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Situation:
    """All that a hypothesis may look at. wrong: full names of the quantities that are wrong here.

    The arrays are float64, and what follows from them is computed so, whatever `dtype` the candidate has computed in:
    a mistake made in float32 is told by what it would give in float64 for the same rounded inputs, but for rounding.
    """

    pair: Pair
    case: Case
    batch: Trace
    expected: Trace
    actual: Trace
    wrong: frozenset[str]
    dtype: str = "float64"

    @property
    def exact(self) -> float:
        """How near is the same, as a fraction of an array's scale."""
        return EXACT[self.dtype]

    @property
    def size(self) -> int:
        return sum(array.size for array in self.batch.values())

    @property
    def kinds(self) -> frozenset[str]:
        """Which quantities are wrong, whatever the stage."""
        return frozenset(map(whole_of, self.wrong))


class Kind(IntEnum):
    """From the most to the least telling: of two that fit alike, the lower one is told."""

    MISTAKE = 0  # a wrong formula that has a name
    MUTANT = 1  # one line of our own code, changed
    FACTOR = 2  # a factor that has a meaning
    RELATION = 3  # another quantity, another call, another order of the same numbers
    PLACE = 4  # wrong in certain places only
    NAMELESS = 5  # a factor without a meaning


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """name, says, rule, convention: as in Explanation. predict: see above; it may raise one of
    IMPOSSIBLE, which predicts nothing. reference: the right line and PyTorch's rule, where they are
    others than those of the quantity. apart: quantities are judged one by one."""

    name: str
    says: str
    predict: Callable[[Situation], Trace]
    kind: Kind = Kind.MISTAKE
    convention: str = ""
    reference: Reference | None = None
    apart: bool = False
