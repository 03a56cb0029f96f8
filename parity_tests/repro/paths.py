"""Paths: what stands in an object, and how to write it: layer.parameters["W"], layer.weight.grad, cache[0]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

DEEPEST, MOST = 3, 200  # steps into an object; entries of one container
CLOSED = (type, FunctionType, MethodType, ModuleType, np.ndarray, np.generic, np.random.Generator, str, bytes)


def inside(thing: Any, text: str, depth: int = DEEPEST) -> Iterator[tuple[str, Any]]:
    """The thing itself and everything in it, each with the text by which it is reached."""
    yield text, thing
    if depth and not isinstance(thing, CLOSED):
        for step, held in list(_steps(thing))[:MOST]:
            yield from inside(held, text + step, depth - 1)


def _steps(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        yield from ((f"[{quoted(key)}]", thing[key]) for key in list(thing) if isinstance(key, (str, int)))
    elif isinstance(thing, (list, tuple)):
        yield from ((f"[{i}]", held) for i, held in enumerate(thing))
    else:
        slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())]
        held = {name: getattr(thing, name) for name in slots if isinstance(name, str) and hasattr(thing, name)}
        yield from ((f".{name}", value) for name, value in {**held, **getattr(thing, "__dict__", {})}.items())


def quoted(value: str | int) -> str:
    """repr with double quotes, as most people write them."""
    return f'"{value}"' if isinstance(value, str) and repr(value) == f"'{value}'" else repr(value)
