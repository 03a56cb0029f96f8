"""Every pair, family by family: what stands beside what.

A new layer adds its pair file and one line here; parity_tests/test_completeness.py fails while a public name has no
pair.
"""

from __future__ import annotations

from collections.abc import Sequence

from parity_tests.pair import Pair
from parity_tests.pairs import (
    activations,
    batch_norm,
    conv,
    dropout,
    flatten,
    fully_connected,
    initializers,
    losses,
    networks,
    optimizers,
    pool,
    schedules,
)
from parity_tests.wording import suggestion

PAIRS = (
    *fully_connected.PAIRS,
    *conv.PAIRS,
    *pool.PAIRS,
    *batch_norm.PAIRS,
    *dropout.PAIRS,
    *flatten.PAIRS,
    *activations.PAIRS,
    *losses.PAIRS,
    *optimizers.PAIRS,
    *schedules.PAIRS,
    *initializers.PAIRS,
    *networks.PAIRS,
)
BY_NAME = {pair.name: pair for pair in PAIRS}


def selected(names: Sequence[str] | None, families: Sequence[str] | None) -> list[Pair]:
    """The pairs asked for. Raises ValueError, with the closest and all known names, for one that is not there."""
    if unknown := [name for name in names or () if name not in BY_NAME]:
        raise ValueError(f"no pair is called {', '.join(unknown)}. {suggestion(unknown[0], [*BY_NAME])}")
    return [
        pair
        for pair in PAIRS
        if (not names and not families) or pair.name in (names or ()) or pair.family in (families or ())
    ]
