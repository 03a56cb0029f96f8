"""What stands in the code of a stranger's functions and classes: the names that it uses, and words. Nothing is run."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any


def imported_by(function: Any) -> set[str]:
    """The libraries that its file has imported, or something of them."""
    held = getattr(function, "__globals__", {}).values()
    names = (thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "") for thing in held)
    return {str(name).split(".")[0] for name in names}


def methods_of(kind: type) -> dict[str, Any]:
    """What stands in a class and, behind that, in its bases, `object` apart, by name: of two the one that is called."""
    found: dict[str, Any] = {}
    for base in kind.__mro__[:-1]:
        for name, held in vars(base).items():
            found.setdefault(name, held)
    return found


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
