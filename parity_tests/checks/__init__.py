"""The one generator of checks. pytest, the command line and the report all read it."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.checks import initializer, layer, loss, network, optimizer, schedule
from parity_tests.checks.check import Check as Check
from parity_tests.checks.refusal import refusal_check
from parity_tests.pair import Pair

GENERATORS = {
    "layer": layer.checks,
    "loss": loss.checks,
    "optimizer": optimizer.checks,
    "schedule": schedule.checks,
    "initializer": initializer.checks,
    "network": network.checks,
}


def checks(pair: Pair, only: str | None = None) -> Iterator[Check]:
    """Every check of every case of a pair, one id each; then its refusals. `only`: of one case, or refusal."""
    for case in pair.cases:
        if only in (None, case.name):
            yield from GENERATORS[pair.family](pair, case)
    for refusal in pair.refusals:
        if only in (None, refusal.name):
            yield refusal_check(pair, refusal)
