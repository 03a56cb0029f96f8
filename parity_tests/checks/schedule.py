"""What is asked of a schedule in each case."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.checks.check import Check, parity
from parity_tests.pair import Case, Pair


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    yield parity(pair, case, "rates", "float64")
    yield parity(pair, case, "small_rates", "float64", "logarithms")
