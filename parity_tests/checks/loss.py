"""What is asked of a loss in each case."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_tests.checks.calculus import FINITE_DIFFERENCE, central_differences
from parity_tests.checks.check import DTYPES, PASSED, Check, failed, intrinsic, parity, recorded
from parity_tests.checks.manners import first_difference
from parity_tests.compare import Comparison
from parity_tests.pair import Case, Pair
from parity_tests.workbench import Workbench


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    for dtype in DTYPES:
        yield parity(pair, case, "value", dtype)
        yield parity(pair, case, "gradient", dtype)
        yield intrinsic(pair, case, leaves_inputs, dtype)
        yield intrinsic(pair, case, keeps_dtype, dtype)
    yield intrinsic(pair, case, order_of_calls)
    yield intrinsic(pair, case, backward_twice)
    if case.smooth:
        yield intrinsic(pair, case, finite_difference)


def leaves_inputs(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """The arrays that were handed in hold the same bits afterwards."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    handed = {name: array.copy() for name, array in batch.items()}
    subject.value(handed["Y"], handed["Y_hat"])
    subject.gradient(handed["Y"], handed["Y_hat"])
    return first_difference(handed, batch, "was modified: a caller's array must stay as it is")


def keeps_dtype(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """The gradient has the output's type."""
    got = recorded(bench, pair, case, dtype, "gradient").dtype
    return PASSED if got == dtype else failed(f"expected a gradient of type {dtype}, got {got}")


def order_of_calls(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """backward alone, and after the forward of another batch, gives the same bits: a loss keeps nothing."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    alone = subject.gradient(batch["Y"], batch["Y_hat"]).copy()
    subject.value(batch["Y"][::-1], 0.5 * batch["Y_hat"][::-1])
    after = subject.gradient(batch["Y"], batch["Y_hat"])
    return first_difference({"gradient": after}, {"gradient": alone}, "depends on the forward before it")


def backward_twice(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """A second backward gives the same bits: of an adapter that calls forward before each, without one in between."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    subject.value(batch["Y"], batch["Y_hat"])
    first = subject.gradient(batch["Y"], batch["Y_hat"]).copy()
    second = getattr(subject, "gradient_again", subject.gradient)(batch["Y"], batch["Y_hat"])
    return first_difference({"gradient": second}, {"gradient": first}, "differs at the second backward")


def finite_difference(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """The gradient against central differences of the value."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    numerical = central_differences(lambda Y_hat: subject.value(batch["Y"], Y_hat), batch["Y_hat"])
    error = np.abs(subject.gradient(batch["Y"], batch["Y_hat"]) - numerical).max()
    if error <= FINITE_DIFFERENCE * max(np.abs(numerical).max(), 1e-3):
        return PASSED
    return failed(f"gradient is off by {error:.1e} from central differences")
