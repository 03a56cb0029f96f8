"""All that is said about pytest: checks as parameters, one test id each."""

from __future__ import annotations

import pytest

from parity_tests.checks import Check, checks
from parity_tests.pairs import PAIRS
from parity_tests.workbench import Workbench


def parametrize(*families: str) -> pytest.MarkDecorator:
    """`@parametrize("loss")` over `def test(check, bench)`: every check of every pair of these families."""
    found = [check for pair in PAIRS if pair.family in families for check in checks(pair)]
    return pytest.mark.parametrize("check", [pytest.param(check, id=check.id) for check in found])


def assert_agrees(check: Check, bench: Workbench) -> None:
    """Fail with the check's message: where, how much, how much was allowed."""
    found = check.outcome(bench)
    assert found.ok, found.message
