"""What a method of a layer or a network can be called with; and the one that empties gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from parity_tests.subjects.stranger.names import EMPTYING
from parity_tests.subjects.stranger.passes import method_of


def takes(function: Callable, name: str) -> bool:
    """Whether it can be called with this keyword."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def positions(function: Callable) -> int:
    """How many arguments it must be given in order."""
    parameters = inspect.signature(function).parameters.values()
    ordered = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in ordered and p.default is p.empty for p in parameters)


def empties(thing) -> bool:
    """Whether it has a zero_grad(), or one of another name, which then is called."""
    zero = method_of(thing, EMPTYING)
    if zero is None or positions(zero):
        return False
    zero()
    return True
