"""Slots: where an object keeps an array: in a dict, a list or an attribute, bare or inside an object of its own.

layer.parameters["W"]   layer.params["weight"]   layer.params[0]   layer.W   layer.weight.data
layer.gradients["W"]    layer.grads["dW"]        layer.grads[0]    layer.dW  layer.weight.grad
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping, MutableSequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.pair import Pair
from parity_tests.subjects.stranger.names import ARRAYS, PERHAPS, plain

PARAMETER_HOLDERS = ("parameters", "params", "weights", "param", "_params", "_parameters", "state", "states", "buffers",
                     "_buffers", "running", "running_stats", "stats", "statistics")  # fmt: skip
GRADIENT_HOLDERS = ("gradients", "grads", "grad", "_grads", "_gradients", "dparams", "d", "gradient", "parameters_grad")
COUNT = "num_batches_tracked"  # may be a plain number, and many do without it
BOXES = ("data", "value", "array", "values")
GRADIENT_BOXES = ("grad", "gradient", "g")
# Underscores do not count.
GRADIENT_FORMS = ("d{}", "grad_{}", "{}_grad", "{}_gradient", "gradient_{}", "dL_d{}", "grad_{}_current")


@dataclass(frozen=True)
class Slot:
    """get() reads the array there, set(array) puts another in its place."""

    get: Callable[[], Any]
    set: Callable[[Any], None]


def parameter_slot(thing: Any, key: str, *, number: int | None = None, perhaps: bool = False) -> Slot | None:
    """Where `thing` keeps a parameter or a running statistic; `number` is its place where only places tell.

    perhaps: a statistic that has no name of its own may go by one of names.PERHAPS.
    """
    for known in filter(None, (ARRAYS[key], PERHAPS.get(key) if perhaps else None)):
        for slot in _slots(thing, PARAMETER_HOLDERS, {plain(name) for name in known}, number):
            found = slot.get()
            if _is_parameter(found) or (key == COUNT and isinstance(found, (int, np.integer))):
                return slot
            if (box := _box(found, BOXES)) is not None:
                return box
    return None


def home_of(thing: Any, pair: Pair) -> Any:
    """The object itself; or one that it holds, where all the weights of the pair are there and none in itself: a
    convolution around one of stride 1, say. None where they are nowhere, or not yet."""

    def weights_in(one: Any) -> list[Slot | None]:
        return [parameter_slot(one, weight.ours, number=number) for number, weight in enumerate(pair.weights)]

    if not pair.weights or any(weights_in(thing)):
        return thing
    held = [one for one in getattr(thing, "__dict__", {}).values() if hasattr(one, "__dict__")]
    return next((one for one in held if not isinstance(one, type) and all(weights_in(one))), None)


def is_none_yet(thing: Any, key: str) -> bool:
    """Whether `thing` has a place for it, and nothing there."""
    return any(slot.get() is None for slot in _slots(thing, PARAMETER_HOLDERS, set(map(plain, ARRAYS[key])), None))


def gradient_slot(thing: Any, key: str, *, number: int | None = None) -> Slot | None:
    """Where `thing` keeps the gradient of a parameter."""
    names = {plain(form.format(name)) for name in ARRAYS[key] for form in GRADIENT_FORMS}
    bare = {plain(name) for name in ARRAYS[key]}
    for slot in (*_in_holders(thing, GRADIENT_HOLDERS, names | bare, number), *_in_attributes(thing, names)):
        if isinstance(slot.get(), (np.ndarray, np.generic)):  # a number has the wrong shape, and is told so
            return slot
    return gradient_box(thing, key, number=number)


def gradient_box(thing: Any, key: str, *, number: int | None = None) -> Slot | None:
    """Where the object that holds a parameter keeps its gradient beside it."""
    for slot in _slots(thing, PARAMETER_HOLDERS, {plain(name) for name in ARRAYS[key]}, number):
        if (box := _box(slot.get(), GRADIENT_BOXES)) is not None:
            return box
    return None


def _slots(thing: Any, holders: Iterable[str], names: set[str], number: int | None) -> Iterable[Slot]:
    yield from _in_holders(thing, holders, names, number)
    yield from _in_attributes(thing, names)


def _in_holders(thing: Any, holders: Iterable[str], names: set[str], number: int | None) -> Iterable[Slot]:
    for holder in holders:
        held = getattr(thing, holder, None)
        if callable(held) and not isinstance(held, MutableMapping):
            continue
        if isinstance(held, MutableMapping):
            yield from (_item(thing, holder, key) for key in held if isinstance(key, str) and plain(key) in names)
        elif isinstance(held, MutableSequence) and number is not None and number < len(held):
            yield _item(thing, holder, number)


def _in_attributes(thing: Any, names: set[str]) -> Iterable[Slot]:
    for name in [*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())]:
        if plain(name) in names or (name.startswith("_") and plain(name[1:]) in names):
            yield Slot(
                lambda name=name: getattr(thing, name, None), lambda array, name=name: setattr(thing, name, array)
            )


def _item(thing: Any, holder: str, key: Any) -> Slot:
    """Read through the object each time: a holder may be replaced by a new one on every backward."""

    def get() -> Any:
        held = getattr(thing, holder)
        return held.get(key) if isinstance(held, MutableMapping) else held[key]

    return Slot(get, lambda array: getattr(thing, holder).__setitem__(key, array))


def _box(found: Any, names: Iterable[str]) -> Slot | None:
    """The attribute of a parameter object that holds its array."""
    for name in names:
        if _is_array(getattr(found, name, None)) and not _is_array(found):
            return Slot(lambda name=name: getattr(found, name), lambda array, name=name: setattr(found, name, array))
    return None


def _is_parameter(found: Any) -> bool:
    """No parameter has more axes than an image: what has is the windows of a batch."""
    return _is_array(found) and found.ndim <= 4


def _is_array(found: Any) -> bool:
    return isinstance(found, np.ndarray)
