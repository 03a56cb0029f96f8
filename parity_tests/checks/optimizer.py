"""What is asked of an optimiser in each case."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.checks.check import DTYPES, PASSED, Check, failed, intrinsic, parity
from parity_tests.checks.manners import first_difference
from parity_tests.compare import Comparison
from parity_tests.pair import Case, Pair
from parity_tests.trace import group
from parity_tests.workbench import Workbench


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    for dtype in DTYPES:
        yield parity(pair, case, "first_step", dtype, "step0.*")
        yield parity(pair, case, "same_rate", dtype, "step[123].*")
        yield parity(pair, case, "changed_rate", dtype, "step[456789].*")
        yield intrinsic(pair, case, leaves_inputs, dtype)
        yield intrinsic(pair, case, keeps_dtype, dtype)


def leaves_inputs(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """Gradients and the parameter arrays that were handed in hold the same bits after two steps."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    handed = {name: array.copy() for name, array in batch.items()}
    subject.load(group(handed, "parameter"), {})
    for step in range(2):
        subject.step(group(handed, f"gradient.{step}"), case["lr"])
    return first_difference(handed, batch, "was modified: a caller's array must stay as it is")


def keeps_dtype(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """Parameters keep their float type through ten steps."""
    trace = bench.recording(pair, case, dtype).anything()
    odd = {name: str(array.dtype) for name, array in trace.items() if array.dtype != dtype}
    return failed(f"expected {dtype} throughout, got {odd}") if odd else PASSED
