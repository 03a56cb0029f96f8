"""Cells: one recorded array of one case, with all that stands around it; and hypotheses that speak of each by itself.

A transformation is a function of a cell that gives an array, or None where it has nothing to say. It speaks of those
names only that are wrong somewhere, so "in evaluation" and "in training" are part of what is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.families.layer import STAGE_NAMES
from parity_tests.findings import quantity_of
from parity_tests.trace import Trace, group


@dataclass(frozen=True, eq=False)
class Cell:
    """name: "training.input_gradient"."""

    situation: Situation
    name: str

    @property
    def expected(self) -> np.ndarray:
        return self.situation.expected[self.name]

    @property
    def actual(self) -> np.ndarray | None:
        return self.situation.actual.get(self.name)

    @property
    def wrong(self) -> bool:
        return self.name in self.situation.wrong and self.actual is not None

    @property
    def stage(self) -> str:
        """ "training"; "" where the family has no stages."""
        first = self.name.split(".")[0]
        return first if first in STAGE_NAMES else ""

    @property
    def given(self) -> Trace:
        """What went in at this stage: X, dLdY; or the whole batch."""
        return group(self.situation.batch, self.stage) if self.stage else self.situation.batch

    @property
    def beside(self) -> Trace:
        """The expected arrays of the same stage."""
        return group(self.situation.expected, self.stage) if self.stage else self.situation.expected

    def at(self, stage: str) -> np.ndarray | None:
        """What is expected of this quantity at another stage."""
        return self.situation.expected.get(f"{stage}.{quantity_of(self.name)}")


Transform = Callable[[Cell], "np.ndarray | None"]


def cells(situations: Sequence[Situation]) -> list[Cell]:
    """The wrong ones."""
    found = [Cell(situation, name) for situation in situations for name in situation.expected]
    return [cell for cell in found if cell.wrong]


def each(
    situations: Sequence[Situation],
    name: str,
    says: str,
    transform: Transform,
    kind: Kind,
    *,
    quantity: str | None = None,
) -> Hypothesis:
    """The hypothesis that this happened to the arrays that are wrong (of one quantity, if it is named)."""
    names = {cell.name for cell in cells(situations) if quantity in (None, quantity_of(cell.name))}

    def predict(situation: Situation) -> Trace:
        spoken = (Cell(situation, one) for one in situation.expected if one in names)
        found = {cell.name: transform(cell) for cell in spoken}
        return {one: array for one, array in found.items() if array is not None}

    return Hypothesis(name, says + when(names), predict, kind, apart=True)


def when(names: set[str]) -> str:
    """ ", in evaluation" where nothing else is wrong; ", in training" likewise."""
    stages = {name.split(".")[0] for name in names}
    if stages == {"evaluation"}:
        return ", in evaluation"
    return ", in training" if stages and stages < set(STAGE_NAMES) and "evaluation" not in stages else ""
