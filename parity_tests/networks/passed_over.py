"""What looks like a network at the top of a module and cannot be judged as one, and why.

An object with `layers`, or with a forward, a predict or a backward and arrays inside, that is no layer; a class that
speaks of `layers`, or is called a net or a model, of which no object stands there; a function make_network() that asks
for arguments. They are named, so that nobody takes them for checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Container, Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from parity_tests.networks.discover import BUILDERS, MAKERS, is_torch_module, required
from parity_tests.subjects.stranger.affixes import name_of
from parity_tests.subjects.stranger.names import BACKWARDS, FORWARDS
from parity_tests.subjects.stranger.passes import method_of
from parity_tests.subjects.stranger.unknown import OF_CLASSES, is_of
from parity_tests.subjects.stranger.written import methods_of, names_in

RUNS = (*FORWARDS, *BACKWARDS, "predict", "feedforward", "feed_forward", "loss")
WORDS = ("net", "model", "mlp", "perceptron", "sequential")
ADAPTER = "An adapter can have it checked (docs/networks.md)."
NO_LAYERS = f"it has no .layers, a list of objects with forward and backward. {ADAPTER}"
OF_TORCH = "neither it nor its .layers is a torch.nn.Sequential"
A_CLASS = "a class: make an object of it at the top of the file, or in a function make_network()"


def passed_over(module: ModuleType, found: Container[str]) -> dict[str, str]:
    """found: the names of the networks that are judged."""
    there = {name: thing for name, thing in vars(module).items() if not name.startswith("_") and name not in found}
    return {name: why for name, thing in there.items() if (why := _why_not(name, thing, module))}


def _why_not(name: str, thing: Any, module: ModuleType) -> str:
    if inspect.isclass(thing):
        return _of_class(name, thing, module)
    if isinstance(thing, FunctionType):
        asked = required(thing) if name in MAKERS else []
        return f"it asks for {', '.join(asked)}: without arguments it would be called" if asked else ""
    return "" if isinstance(thing, ModuleType) else _of_object(thing, module)


def _of_object(thing: Any, module: ModuleType) -> str:
    if is_torch_module(thing):
        return OF_TORCH if type(thing).forward.__module__ == module.__name__ else ""
    layers = getattr(thing, "layers", None)
    if layers is None:
        return NO_LAYERS if method_of(thing, RUNS) and _has_arrays(thing) and not _is_known(type(thing)) else ""
    if not isinstance(layers, (list, tuple)):
        return f"its .layers is of type {type(layers).__name__}, where a list was expected. {ADAPTER}"
    return "it has no forward" if layers else "its .layers is empty"


def _has_arrays(thing: Any) -> bool:
    """In its attributes, or in lists and dicts there."""
    held = list(getattr(thing, "__dict__", {}).values())
    inner = [*(v for h in held if isinstance(h, (list, tuple)) for v in h), *_values(held)]
    return any(isinstance(value, np.ndarray) for value in (*held, *inner))


def _values(held: list[Any]) -> Iterator[Any]:
    return (value for holder in held if isinstance(holder, dict) for value in holder.values())


def _is_known(kind: type) -> bool:
    """A layer, a loss, an optimiser: these are checked by themselves."""
    return any(name_of(base.__name__, base) in OF_CLASSES for base in kind.__mro__)


def _of_class(name: str, kind: type, module: ModuleType) -> str:
    if not is_of(module, kind) or _is_known(kind) or _is_used(kind, module):
        return ""
    if methods_of(kind).keys().isdisjoint(RUNS):
        return ""
    has_layers = any("layers" in names_in(base) for base in kind.__mro__[:-1])
    if not has_layers and not any(word in name.lower() for word in WORDS):
        return ""
    return A_CLASS if has_layers else NO_LAYERS


def _is_used(kind: type, module: ModuleType) -> bool:
    """An object of it stands there, another class inherits from it, or a function that makes networks names it."""
    there = vars(module).values()
    makers = [vars(module)[name] for name in (*MAKERS, *BUILDERS) if inspect.isfunction(vars(module).get(name))]
    named = any(kind.__name__ in names_in(maker) for maker in makers)
    heirs = any(inspect.isclass(other) and kind in other.__mro__[1:] for other in there)
    return named or heirs or any(isinstance(thing, kind) for thing in there)
