"""Figures: what a run measured, pair by pair and quantity by quantity. Fed by results, and by nothing else.

    Figure    of one quantity of one pair: worst float64 error, worst multiple of PyTorch's float32 error, counts
    figures   results -> {pair: {quantity: Figure}}, quantities in the order of computation
    cases     results -> {pair: {case: Figure}}

A quantity is known by the name that quantity_of gives it: "input_gradient" of training and of evaluation are one. What
a layer does beside its numbers (its manners, its own calculus, what it refuses) is the quantity BESIDE, which counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from parity_tests.findings import quantity_of
from parity_tests.run import Result

BESIDE = "beside"


@dataclass(frozen=True)
class Figure:
    """error, multiple: NaN where none was measured. checks: how many were asked; failed, noted: of them."""

    error: float = float("nan")
    multiple: float = float("nan")
    checks: int = 0
    failed: int = 0
    noted: int = 0
    not_offered: int = 0

    @property
    def beyond(self) -> str:
        """The CSS class of what is beyond the allowed: "bad", or "noted" where that may be no mistake."""
        return "noted" if self.noted and not self.failed else "bad"

    @property
    def differ(self) -> int:
        """How many fail; where none does, how many are noted."""
        return self.failed or self.noted

    def and_(self, result: Result) -> Figure:
        """With one result more."""
        if not result.offered:
            return replace(self, not_offered=self.not_offered + 1)
        of_64 = result.check.dtype == "float64"
        return Figure(
            float(np.fmax(self.error, result.found.error)) if of_64 else self.error,
            float(np.fmax(self.multiple, result.found.multiple)),
            self.checks + 1,
            self.failed + result.failed,
            self.noted + bool(result.noted),
            self.not_offered,
        )


Figures = Mapping[str, Mapping[str, Figure]]


def quantity(result: Result) -> str:
    """The column in which a result is told."""
    return quantity_of(result.check.name) if result.check.patterns else BESIDE


def figures(results: Iterable[Result]) -> Figures:
    """{pair: {quantity: its figure}}."""
    return _collected(results, quantity)


def cases(results: Iterable[Result]) -> Figures:
    """{pair: {case or refusal: its figure}}."""
    return _collected(results, lambda result: result.check.case)


def _collected(results: Iterable[Result], key) -> Figures:
    found: dict[str, dict[str, Figure]] = {}
    for result in results:
        of_pair = found.setdefault(result.check.pair.name, {})
        of_pair[key(result)] = of_pair.get(key(result), Figure()).and_(result)
    return found
