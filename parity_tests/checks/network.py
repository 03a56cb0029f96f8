"""What is asked of a whole network in each case."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.checks.check import DTYPES, Check, parity
from parity_tests.pair import Case, Pair


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    """Kind by kind, then all in the order of computation, where the message names the first divergent layer."""
    if case.get("steps", 0):
        yield parity(pair, case, "lockstep", "float64", "step*")
        return
    for dtype in DTYPES:
        yield parity(pair, case, "evaluation.output", dtype)
        yield parity(pair, case, "activations", dtype, "forward.*")
        yield parity(pair, case, "loss", dtype)
        yield parity(pair, case, "input_gradients", dtype, "backward.*.input_gradient")
        yield parity(pair, case, "parameter_gradients", dtype, "backward.*.gradient.*")
        yield parity(pair, case, "first_divergent_layer", dtype, "forward.*", "loss", "backward.*")
        if pair.state:
            yield parity(pair, case, "state", dtype, "state.*")
