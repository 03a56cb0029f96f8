"""Calling a stranger's class or function by the names of its arguments.

What it asks for is given, what it can do without keeps its own default. An argument that it needs and that nobody knows
is NotOffered, and so is a setting that a case needs and for which it has no argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger.names import canonical

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
NAMED = (*POSITIONAL, inspect.Parameter.KEYWORD_ONLY)


def parameters(function: Callable) -> list[inspect.Parameter]:
    """The named arguments of a function, or of a class's constructor; none where they cannot be read."""
    bound = isinstance(function, MethodType)
    source = function.__func__ if bound else function
    if not isinstance(source, FunctionType):
        return _named(function)
    found = _named_once(source)
    return found[1:] if bound and found and found[0].kind in POSITIONAL else found


def _named(function: Callable) -> list[inspect.Parameter]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [parameter for parameter in found if parameter.kind in NAMED]


# Of functions, which are asked for at every call; a bound method is another object each time.
_named_once = lru_cache(maxsize=256)(_named)


def required(function: Callable) -> list[inspect.Parameter]:
    return [parameter for parameter in parameters(function) if parameter.default is parameter.empty]


def takes_any(function: Callable) -> bool:
    """Whether it takes arguments, be they *arguments; of what cannot be read, that is taken for granted."""
    try:
        return bool(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return True


def accepts(function: Callable, argument: str) -> inspect.Parameter | None:
    """The parameter that goes by the canonical name `argument`; None where there is none."""
    return next((p for p in parameters(function) if canonical(p.name, [argument])), None)


@dataclass(frozen=True)
class Settings:
    """Canonical arguments and their values.

    needed: without a place for it, the case is not offered. useful: given only where it is required. neutral: given
    where there is a place; it means nothing special, so that code without such an argument does the same. unnamed: for
    the required arguments that no name tells, in their order, where there are as many.
    """

    needed: Mapping[str, Any] = field(default_factory=dict)
    useful: Mapping[str, Any] = field(default_factory=dict)
    neutral: Mapping[str, Any] = field(default_factory=dict)
    unnamed: tuple[Any, ...] = ()


def call(function: Callable, *first: Any, settings: Settings) -> Any:
    """function(*first, ...) with the settings that it has a place for.

    Raises NotOffered where a needed argument has no place, or a required one has no value.
    """
    needed, neutral, useful = settings.needed, settings.neutral, settings.useful
    known, given, odd = [*needed, *neutral, *useful], {}, []
    for parameter in parameters(function)[len(first) :]:
        argument = canonical(parameter.name, [name for name in known if name not in given])
        is_required = parameter.default is parameter.empty
        if argument in needed or argument in neutral or (argument is not None and is_required):
            given[argument] = parameter
        elif is_required:
            odd.append(parameter)
    in_order = dict(zip((p.name for p in odd), settings.unnamed, strict=False))
    if len(odd) == len(settings.unnamed):
        given, odd = given | {p.name: p for p in odd}, []
    name = getattr(function, "__name__", str(function))
    if odd:
        names = ", ".join(parameter.name for parameter in odd)
        raise NotOffered(f"{name} needs {names}, which this suite has no value for: write an adapter")
    if missing := [argument for argument in needed if argument not in given]:
        raise NotOffered(f"{name} has no {', '.join(missing)}")
    return _called(function, first, given, {**useful, **neutral, **needed, **in_order})


def _called(function: Callable, first: tuple, given: Mapping[str, inspect.Parameter], values: Mapping) -> Any:
    """By name; what can only be given by place goes by place."""
    spelt = {argument: as_default(values[argument], p.default) for argument, p in given.items()}
    by_place = [spelt[a] for a, p in given.items() if p.kind is inspect.Parameter.POSITIONAL_ONLY]
    by_name = {p.name: spelt[a] for a, p in given.items() if p.kind is not inspect.Parameter.POSITIONAL_ONLY}
    return function(*first, *by_place, **by_name)


def as_default(value: Any, default: Any) -> Any:
    """A number as a pair of numbers, where the argument's default is a pair: strides=(1, 1)."""
    is_pair = isinstance(default, tuple) and len(default) == 2
    return (value, value) if is_pair and isinstance(value, int) and not isinstance(value, bool) else value
