"""What stands in the code of a stranger's functions and classes: the names that it uses, and words. Nothing is run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any


def names_in(thing: Any) -> Iterator[str]:
    """The names that stand in the code of a function, or of a class's methods."""
    for code in _codes(thing):
        yield from code.co_names


def words_in(thing: Any) -> Iterator[str]:
    """The strings there."""
    for code in _codes(thing):
        yield from _words(code.co_consts)


def _codes(thing: Any) -> Iterator[CodeType]:
    for held in vars(thing).values() if inspect.isclass(thing) else (thing,):
        function = getattr(held, "__func__", held)
        if inspect.isfunction(function):
            yield from _with_inner(function.__code__)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _with_inner(inner)


def _words(constants: Any) -> Iterator[str]:
    """Of constants, and of tuples and sets of them."""
    for one in constants:
        if isinstance(one, str):
            yield one
        elif isinstance(one, (tuple, frozenset)):
            yield from _words(one)
