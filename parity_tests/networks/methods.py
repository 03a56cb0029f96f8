"""With what a method of a layer, a loss or a network can be called, and what it gives; and who empties gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger.names import EMPTYING
from parity_tests.subjects.stranger.passes import given_by, method_of


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


def outcome(thing: Any, way: str, returned: Any) -> Any:
    """What forward or backward gives, returned or left where passes.py looks. Raises TypeError where there is none."""
    try:
        return given_by(thing, way, returned)
    except NotOffered as nothing:
        raise TypeError(str(nothing)) from None
