"""A check: one named statement about one pair in one case and one float type, and the two kinds there are.

`parity` compares what the candidate recorded with what PyTorch recorded. `intrinsic` is a function of the workbench
that runs the candidate itself, and needs no recorded PyTorch (see calculus.py and manners.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from parity_tests.compare import Comparison, InvalidCheck, compare, compare32
from parity_tests.pair import Case, Pair
from parity_tests.workbench import Workbench

DTYPES = ("float64", "float32")
Run = Callable[[Workbench], Comparison]


def matches(quantity: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(quantity, pattern) for pattern in patterns)


@dataclass(frozen=True, eq=False)
class Check:
    """Its id, `Conv2D-even_kernel-training.output[float64]`, names pair, case, check and type.

    patterns: the recorded quantities that it looks at (fnmatch); none if it runs the subject itself.
    """

    pair: Pair
    case: str
    name: str
    dtype: str
    run: Run
    patterns: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.pair.name}-{self.case}-{self.name}[{self.dtype}]"

    def looks_at(self, quantity: str) -> bool:
        return matches(quantity, self.patterns)

    def outcome(self, bench: Workbench) -> Comparison:
        """What `run` found, its message headed by the id. Exceptions pass through: they have a traceback to show."""
        try:
            found = self.run(bench)
        except InvalidCheck as invalid:
            raise InvalidCheck(f"{self.id}: {invalid}") from None
        return found if found.ok else replace(found, message=f"{self.id}: {found.message}")


PASSED = Comparison(True, float("nan"))  # of a check that measures no difference from PyTorch


def failed(message: str) -> Comparison:
    """A failure of such a check."""
    return Comparison(False, float("nan"), message=message)


def intrinsic(pair: Pair, case: Case, function: Callable, dtype: str = "float64") -> Check:
    """The check that is `function(bench, pair, case, dtype)`, under the function's name."""
    return Check(pair, case.name, function.__name__, dtype, lambda bench: function(bench, pair, case, dtype))


def recorded(bench: Workbench, pair: Pair, case: Case, dtype: str, quantity: str) -> np.ndarray:
    """An array that the candidate gave; raises what it raised instead."""
    actual = bench.actual(pair, case, dtype)
    return actual[quantity] if quantity in actual else bench.recording(pair, case, dtype).require(quantity)


def compared(actual: np.ndarray, expected: np.ndarray, case: Case, quantity: str) -> Comparison:
    """The float64 verdict on a quantity of a case, which says what vanishes there or is not finite."""
    vanishing, not_finite = (matches(quantity, patterns) for patterns in (case.vanishing, case.not_finite))
    return compare(actual, expected, vanishing=vanishing, not_finite=not_finite)


def verdict(bench: Workbench, pair: Pair, case: Case, dtype: str, quantity: str, actual: np.ndarray) -> Comparison:
    """One recorded array against PyTorch's, by the rule of its float type."""
    expected = bench.expected(pair, case, dtype)[quantity]
    if dtype == "float64":
        try:
            return compared(actual, expected, case, quantity)
        except InvalidCheck as invalid:
            raise InvalidCheck(f"{quantity}: {invalid}") from None
    truth, absolute = bench.truth(pair, case)[quantity], bench.absolute(pair, case)[quantity]
    return compare32(actual, expected, truth, absolute)


def parity(pair: Pair, case: Case, name: str, dtype: str, *patterns: str) -> Check:
    """Every recorded quantity that matches a pattern (without any: the one called `name`) agrees with PyTorch's.

    Quantities are taken in the order in which they were computed, so the first one to diverge, which the message
    names, is the cause.
    """
    patterns = patterns or (name,)

    def run(bench: Workbench) -> Comparison:
        if (refusal := bench.recording(pair, case, dtype).refusal) is not None:
            raise refusal
        expected, actual = (trace(pair, case, dtype) for trace in (bench.expected, bench.actual))
        names = [n for n in expected if matches(n, patterns)]
        if not names:
            raise InvalidCheck(f"nothing recorded matches {patterns}: {sorted(expected)}")
        worst = Comparison(True, 0.0, 0.0 if dtype == "float32" else float("nan"))
        for n in names:
            if n not in actual and bench.recording(pair, case, dtype).reason(n) is None:
                return Comparison(False, float("inf"), message=f"{n} is missing; there is {sorted(actual)}")
            found = verdict(bench, pair, case, dtype, n, recorded(bench, pair, case, dtype, n))
            if not found.ok:
                return replace(found, message=found.message if n == name else f"{n}: {found.message}")
            worst = Comparison(True, max(worst.error, found.error), max(worst.multiple, found.multiple))
        return worst

    return Check(pair, case.name, name, dtype, run, patterns)
