"""The mode of pooling: one that a name tells, max_pool_forward, or an argument, pool_forward(x, hparameters, mode)."""

from __future__ import annotations

from collections.abc import Callable

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger.calls import accepts
from parity_tests.subjects.stranger.names import POOL_FUNCTIONS
from parity_tests.subjects.stranger.written import words_in

MODES = {"max": ("max", "MAX"), "average": ("average", "avg", "mean", "AVG")}


def mode_of(forward: Callable, pair: Pair, case: Case) -> dict[str, str]:
    """{"mode": the word that a function has for the case's}; {} where it has no such argument."""
    if pair.name != "Pool2D":
        return {}
    mode, name = case.get("mode", "max"), forward.__name__
    if accepts(forward, "mode") is not None:
        return {"mode": word_for(mode, forward)}
    if mode != "max" and not name.startswith(POOL_FUNCTIONS[mode]):
        raise NotOffered(f"{name} has one mode of pooling only: give it an argument `mode`")
    return {}


def word_for(mode: str, forward: Callable) -> str:
    """The one that stands in its code; the likeliest, where it compares its mode with none of them."""
    words = set(words_in(forward))
    return next((word for word in MODES[mode] if word in words), MODES[mode][0])
