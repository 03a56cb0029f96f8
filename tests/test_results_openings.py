"""How an explanation that is of one quantity is told: where it is comes first, and once."""

from dataclasses import replace

import pytest

from parity_tests.findings import Explanation, Failure, Finding, Rule
from parity_tests.report.findings_text import block

OF_THE_GRADIENT = Explanation("l2_half_sum", "in the gradient, it is half the sum", ("gradient",), 8, 8, 0.0, "")
RULE = Rule("The mean of squares.", "", "")
FAILURES = {kind: (Failure("L2-a-value[float64]", "a", "value", "float64", "worst", kind),)
            for kind in ("numbers", "exception")}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "rule", "says"),
    [
        ("numbers", None, "  In the gradient, it is what you get when it is half the sum: fits"),
        ("numbers", RULE, "  But in the gradient, it is what you get when it is half the sum: fits"),
        ("exception", None, "  Where it does not raise, in the gradient, it is what you get when it is half the sum:"),
    ],
)
def test_it_comes_first_and_once(kind, rule, says):
    told = "\n".join(block(Finding("L2", "loss", 9, FAILURES[kind], (OF_THE_GRADIENT,), rule=rule)))
    assert says in told
    assert told.count("in the gradient") + told.count("In the gradient") == 1


def test_what_says_nothing_of_where_is_told_of_its_quantities():
    everywhere = replace(OF_THE_GRADIENT, says="it is half the sum")
    told = "\n".join(block(Finding("L2", "loss", 9, FAILURES["numbers"], (everywhere,), rule=RULE)))
    assert "  But of gradient, it is what you get when it is half the sum: fits" in told
