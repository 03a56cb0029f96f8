"""What is asked of a layer or an activation in each case."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.checks.calculus import adjoint, autograd_gradcheck, finite_difference
from parity_tests.checks.check import DTYPES, Check, intrinsic, parity
from parity_tests.checks.manners import (
    as_built,
    backward_twice,
    evaluation_state,
    keeps_dtype,
    last_forward,
    leaves_inputs,
    noncontiguous,
    returned_arrays,
    two_objects,
)
from parity_tests.pair import Case, Pair


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    """Parity quantity by quantity in both float types; then what needs no PyTorch, where it applies."""
    quantities = ["output", "input_gradient", *(f"gradient.{weight.ours}" for weight in pair.weights)]
    for dtype in DTYPES:
        for stage in ("training", "evaluation"):
            for quantity in quantities:
                yield parity(pair, case, f"{stage}.{quantity}", dtype)
        for entry in pair.state:
            yield parity(pair, case, f"state.{entry.ours}", dtype)
        yield parity(pair, case, "later_batches", dtype, "second_batch.*", "third_batch.*")
        for function in (keeps_dtype, leaves_inputs, backward_twice):
            yield intrinsic(pair, case, function, dtype)
    for function in (noncontiguous, last_forward, returned_arrays, two_objects):
        yield intrinsic(pair, case, function)
    if pair.state:
        yield intrinsic(pair, case, evaluation_state)
    if pair.fresh is not None:
        yield intrinsic(pair, case, as_built)
    if case.smooth:
        yield intrinsic(pair, case, finite_difference)
        yield intrinsic(pair, case, autograd_gradcheck)
        if pair.linear(case):
            yield intrinsic(pair, case, adjoint)
