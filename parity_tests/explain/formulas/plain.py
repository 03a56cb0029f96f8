"""Plain layers: the right formulas, one step each, and mistakes, which are the same with a step or two replaced.

Letters: X input, Y output, dY upstream gradient, dX input gradient; parameters by their own names, dW their gradients.

    class Dense(PlainLayer):
        quantities = {"output": "Y", "input_gradient": "dX", "gradient.W": "dW", "gradient.b": "db"}
        dW = step(lambda s: s.X.T @ s.dZ)

    mistake(Dense, "bias_gradient_mean", "db is the mean over the batch", db=lambda s: s.dZ.mean(axis=0))

A step is computed once, when it is first read; a replaced step finds the right layer, on the same inputs, in `s.right`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property as step
from typing import ClassVar

import numpy as np

from parity_tests.explain.fit import gives
from parity_tests.explain.hypothesis import IMPOSSIBLE, Hypothesis, Situation
from parity_tests.explain.references import reference_of
from parity_tests.explain.source import Reference
from parity_tests.families.layer import STAGES
from parity_tests.pair import Case
from parity_tests.trace import Trace, group


class PlainLayer:
    """A layer in one stage of one case. state: the running statistics before it; masks: of dropout, if there is any."""

    quantities: ClassVar[dict[str, str]] = {"output": "Y", "input_gradient": "dX"}

    def __init__(
        self, case: Case, X: np.ndarray, dY: np.ndarray, parameters: Trace, state: Trace, masks: Trace, training: bool
    ) -> None:
        self.given = (case, X, dY, parameters, state, masks, training)
        self.case, self.X, self.dY, self.parameters, self.state, self.masks, self.training = self.given

    @property
    def N(self) -> int:
        return len(self.X)

    @property
    def state_after(self) -> Trace:
        return self.state

    def arrays(self) -> Trace:
        """All that comes out. Behind an output of another shape there is no backward; a step that these shapes make
        impossible gives nothing."""
        names = dict(self.quantities) if np.shape(self._of("Y")) == self.dY.shape else {"output": "Y"}
        found = {name: self._of(attribute) for name, attribute in names.items()}
        return {name: array for name, array in found.items() if array is not None}

    def _of(self, attribute: str) -> np.ndarray | None:
        try:
            return getattr(self, attribute)
        except IMPOSSIBLE:
            return None


def trace_of(layer: type[PlainLayer], situation: Situation) -> Trace:
    """What it gives stage after stage, named as the family records it. Evaluation goes on from the statistics that the
    candidate kept, where it kept some: what is wrong with them is a mistake of its own, and so is what only follows."""
    batch, trace, of_another = situation.batch, {}, False
    parameters, state = group(batch, "parameter"), group(batch, "state")
    for stage, training in STAGES:
        if not training:
            trace |= {f"state.{name}": array for name, array in state.items()}
            of_another = kept_by_another(situation, trace)
            kept = {name: situation.actual.get(f"state.{name}") for name in state}
            state |= {name: array for name, array in kept.items() if np.shape(array) == np.shape(state[name])}
        X, dY, masks = batch[f"{stage}.X"], batch[f"{stage}.dLdY"], group(batch, f"{stage}.mask")
        plain = layer(situation.case, X, dY, parameters, state, masks, training)
        arrays = its_own(plain) if of_another else plain.arrays()
        trace |= {f"{stage}.{name}": array for name, array in arrays.items()}
        state = plain.state_after
    return trace


def kept_by_another(situation: Situation, trace: Trace) -> bool:
    """Whether the statistics that the candidate kept are wrong, and none of them is wrong as it is predicted here."""
    found = situation.wrong & situation.actual.keys() & trace.keys()
    wrong = [name for name in found if name.startswith("state.")]
    return bool(wrong) and all(gives(trace, situation, name) is None for name in wrong)


def its_own(plain: PlainLayer) -> Trace:
    """Of what comes out, what the right layer does not give from the same statistics."""
    right = plain.right.arrays() if hasattr(plain, "right") else plain.arrays()
    given = plain.arrays().items()
    return {n: a for n, a in given if n not in right or not np.array_equal(a, right[n], equal_nan=True)}


def with_steps(plain: type, name: str, steps: dict[str, Callable]) -> type:
    """The plain class with steps replaced. Raises TypeError for a step that it does not have."""
    if unknown := [label for label in steps if not hasattr(plain, label)]:
        raise TypeError(f"{plain.__name__}: expected steps of its own to replace, got {unknown} for {name}")
    replaced = {label: step(formula) for label, formula in steps.items()} | {"right": step(lambda s: plain(*s.given))}
    return type(name, (plain,), replaced)


@dataclass(frozen=True, eq=False)
class Mistake(Hypothesis):
    """plain: the class with the wrong step, so that a layer that holds this one can be wrong in the same way."""

    plain: type[PlainLayer] = PlainLayer


def mistake(
    plain: type[PlainLayer],
    name: str,
    says: str,
    *,
    convention: str = "",
    applies: Callable[[Case], bool] = lambda case: True,
    reference_as: tuple[str, str] | None = None,
    reference: Reference | None = None,
    **steps: Callable,
) -> Mistake:
    """The hypothesis that these steps, and nothing else, are other than they should be.

    applies: to which cases; of others nothing is predicted.
    reference_as: the (pair, quantity) whose right line it is to be compared with, where that is not its own.
    reference: a right line and a rule of its own, where those of the quantity say nothing of this mistake.
    """
    wrong = with_steps(plain, name, steps)
    reference = reference_of(*reference_as) if reference_as else reference
    predict = lambda s: trace_of(wrong, s) if applies(s.case) else {}  # noqa: E731
    return Mistake(name, says, predict, convention=convention, reference=reference, plain=wrong)
