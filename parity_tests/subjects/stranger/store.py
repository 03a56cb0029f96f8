"""What an object of a stranger's keeps: its parameters and statistics, put in their places, and gradients taken out.

Arrays go in and out in its own shapes: a weight in the order that was told, a row as (n,), (1, n) or (n, 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Arrays, NotOffered, Pair
from parity_tests.subjects.stranger import axes
from parity_tests.subjects.stranger.slots import (
    COUNT,
    Slot,
    gradient_slot,
    home_of,
    is_none_yet,
    parameter_slot,
)

NOTHING: Mapping[str, np.ndarray] = MappingProxyType({})
GRADIENTS = "a dict `gradients` or `grads`, attributes `dW` or `W.grad`, or what backward returns"


class Store:
    """orders: of the axes of weights, by our names. perhaps: running statistics may go by names.PERHAPS too."""

    def __init__(self, thing: Any, pair: Pair, orders: Mapping[str, Layout], *, perhaps: bool = False) -> None:
        self.thing, self.pair, self.orders, self.perhaps = thing, pair, orders, perhaps
        self.given: dict[str, np.ndarray] = {}
        self._found: Any = None

    def put(self, parameters: Arrays, state: Arrays) -> None:
        """Into their places, where those are there already."""
        self.given = {**parameters, **state}
        self.put_again()

    def put_again(self) -> None:
        """What was given last: for an object that made its parameters only now."""
        for key, array in self.given.items():
            if (slot := self._slot(key)) is not None:
                slot.set(self._placed(key, array, np.shape(slot.get())))
                self._turn_gradient(key, array.dtype)

    def _turn_gradient(self, key: str, dtype: np.dtype) -> None:
        """The array beside a parameter, to which gradients are added, was made in the parameter's type, and has it."""
        number = next((n for n, weight in enumerate(self.pair.weights) if weight.ours == key), None)
        slot = None if number is None else gradient_slot(self._home, key, number=number)
        if slot is not None and slot.get().dtype.kind == "f":
            slot.set(slot.get().astype(dtype, copy=False))

    def missing(self) -> list[str]:
        return [e.ours for e in self.pair.carried if e.ours != COUNT and self._slot(e.ours) is None]

    def kept(self) -> dict[str, np.ndarray]:
        """Copies of the parameters as they are now, in its own shapes."""
        slots = {weight.ours: self._slot(weight.ours) for weight in self.pair.weights}
        return {key: np.array(slot.get()) for key, slot in slots.items() if slot is not None}

    def stepped(self, before: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What was taken off each parameter since `before`, which is put back; {} where nothing was."""
        now = self.kept()
        if all(np.array_equal(now[key], before[key], equal_nan=True) for key in before):
            return {}
        for key, array in before.items():
            self._slot(key).set(array)
        return {key: before[key] - now[key] for key in before}

    def lacks_statistics(self) -> bool:
        """Whether they are None, as where the first batch makes them."""
        return any(is_none_yet(self.thing, entry.ours) for entry in self.pair.state)

    def gradients(
        self, returned: Mapping[str, Any], stepped: Mapping[str, np.ndarray] = NOTHING
    ) -> dict[str, np.ndarray | Exception]:
        """Those that backward returned, those that the object keeps, and else what it took off its parameters."""
        found = {}
        for number, weight in enumerate(self.pair.weights):
            gradient = returned.get(weight.ours)
            if gradient is None and (slot := gradient_slot(self._home, weight.ours, number=number)) is not None:
                gradient = slot.get()
            gradient = stepped.get(weight.ours) if gradient is None else gradient
            if gradient is not None:
                found[weight.ours] = self._gradient(weight.ours, gradient)
        if self.pair.weights and not found:
            raise NotOffered(f"no gradients of the parameters were found: looked for {GRADIENTS}")
        return found

    def parameters(self) -> dict[str, np.ndarray]:
        """Those that are there: W in our order, every other as a row (1, n)."""
        slots = {weight.ours: self._slot(weight.ours) for weight in self.pair.weights}
        found = {key: np.asarray(slot.get()) for key, slot in slots.items() if slot is not None}
        return {k: axes.taken(a, self.orders.get(k)) if k == "W" else a.reshape(1, -1) for k, a in found.items()}

    def state(self) -> dict[str, np.ndarray | Exception]:
        found: dict[str, np.ndarray | Exception] = {}
        for entry in self.pair.state:
            slot = self._slot(entry.ours)
            reason = NotOffered(f"no {entry.ours} was found in it")
            found[entry.ours] = reason if slot is None else self._as_row(entry.ours, np.asarray(slot.get()))
        return found

    @property
    def _home(self) -> Any:
        """Where its arrays are looked for; the layer itself as long as there are none."""
        if self._found is None:
            self._found = home_of(self.thing, self.pair)
        return self.thing if self._found is None else self._found

    def _slot(self, key: str) -> Slot | None:
        number = next((n for n, weight in enumerate(self.pair.weights) if weight.ours == key), None)
        return parameter_slot(self._home, key, number=number, perhaps=self.perhaps)

    def _placed(self, key: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if key in self.orders:
            array = axes.handed(array, self.orders[key])
        elif key != "W" and array.size == int(np.prod(shape)):
            array = array.reshape(shape)
        if key == "W" and array.ndim == len(shape) == 2 and sorted(np.subtract(shape, array.shape)) == [0, 1]:
            raise NotOffered("its weight has a row or a column more, where the bias stands: write an adapter")
        if key == "W" and array.shape != shape:
            cure = "Are height and width, or in and out, the wrong way round?"
            raise ValueError(f"the weight that it made has shape {shape}, expected {array.shape}. {cure}")
        return np.array(array, order="C")

    def _gradient(self, key: str, found: Any) -> np.ndarray | Exception:
        """In our order. A gradient of another shape than its parameter's is an error that says so."""
        slot = self._slot(key)
        own = np.shape(slot.get()) if slot is not None else np.shape(found)
        if np.shape(found) != own:
            return wrong_shape(key, found, own)
        if key == "W":
            return axes.inward(found, self.orders.get("W"), "the gradient of W is")
        return self._as_row(key, axes.plain_array(found, f"the gradient of {key} is"))

    def _as_row(self, key: str, array: np.ndarray) -> np.ndarray:
        """A parameter or a statistic in our shape."""
        given = self.given.get(key)
        return array.reshape(given.shape) if given is not None and given.size == array.size else array


def wrong_shape(key: str, gradient: Any, own: tuple[int, ...]) -> ValueError:
    what = f"the gradient of {key} has shape {np.shape(gradient)}, {key} itself {own}"
    return ValueError(f"{what}: a gradient has its parameter's shape")
