"""Wrong formulas, in plain NumPy, by pair: one file a layer, each with its MISTAKES = {pair's name: hypotheses}."""

from __future__ import annotations

from parity_tests.explain.formulas import (
    activations,
    adam,
    batch_norm,
    conv,
    dense,
    dropout,
    flatten,
    initializers,
    losses,
    optimizers,
    pool,
    schedules,
)
from parity_tests.explain.hypothesis import Hypothesis
from parity_tests.pair import Pair

MISTAKES: dict[str, tuple[Hypothesis, ...]] = {
    **activations.MISTAKES,
    **dense.MISTAKES,
    **conv.MISTAKES,
    **pool.MISTAKES,
    **batch_norm.MISTAKES,
    **dropout.MISTAKES,
    **flatten.MISTAKES,
    **losses.MISTAKES,
    **optimizers.MISTAKES,
    **adam.MISTAKES,
    **schedules.MISTAKES,
    **initializers.MISTAKES,
}


def formula_hypotheses(pair: Pair) -> tuple[Hypothesis, ...]:
    """Of this pair; none where it has no formulas (a whole network)."""
    return MISTAKES.get(pair.name, ())
