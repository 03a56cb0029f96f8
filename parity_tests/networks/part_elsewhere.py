"""The subject of a layer whose weights stand elsewhere (elsewhere.py), run as the suite on single layers runs one.

    dense         its W, in either order, and its b
    batch norm    its scale and shift; not its statistics: what their momentum means the suite on single layers tells
    convolution   not offered: the order of its axes, and of an image's, is not told here

While it is checked the layer holds copies of its arrays, at each load those of the beginning, gradients among them.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from parity_tests.networks.elsewhere import LOOKED, given_back, order_of, put, same
from parity_tests.networks.link import LAYERS
from parity_tests.networks.methods import empties
from parity_tests.pair import Arrays, NotOffered
from parity_tests.subjects.stranger.names import EMPTYING
from parity_tests.subjects.stranger.passes import Passes, method_of
from parity_tests.subjects.stranger.slots import BOXES, parameter_slot
from parity_tests.subjects.stranger.store import Store

OF_A_CONVOLUTION = 'its W does not stand in a dict `parameters`, as "W": elsewhere, the order of its axes is not told'


class PartElsewhere:
    """LayerSubject. network: who else may empty its gradients. Raises NotOffered where its weights are not all found,
    or cannot be put in."""

    def __init__(self, layer: Any, kind: str, network: Any = None) -> None:
        if kind == "Conv2D" or not hasattr(layer, "__dict__"):
            raise NotOffered(OF_A_CONVOLUTION if kind == "Conv2D" else "its weights stand in slots, not in attributes")
        self.layer, self.network, self._pair = layer, network, LAYERS[kind]
        orders = {"W": order_of(layer)} if kind == "FullyConnected" else {}
        self._store, self._passes = Store(layer, self._pair, orders), Passes(layer, self._pair)
        self._start = _copied(vars(layer), {})
        with given_back(layer):
            self._try()

    def _try(self) -> None:
        """Where one is not found, it is looked for in what the layer gives: a bias of another name is no bias of 0."""
        given = {name: array + 1 for name, array in self.parameters().items()}
        self.load(given, {})
        found = self.parameters()
        if not all(np.array_equal(found[name], array) for name, array in given.items()):
            raise NotOffered(f"its {' and its '.join(given)} cannot be replaced by others: {LOOKED}")
        lost = [weight.ours for weight in self._pair.weights if weight.ours not in given]
        if lost == ["b"]:
            self.load({"W": np.zeros(given["W"].shape)}, {})
            Y = self._passes.forward(np.zeros((1, len(given["W"]))), training=True)
            lost = lost if np.ptp(Y) else []
        if lost:
            raise NotOffered(f"no {' and no '.join(lost)} was found in it: {LOOKED}")

    def forget(self) -> None:
        """Its weights, so that all that is put into it is seen."""
        self.load({name: np.full(array.shape, np.nan) for name, array in self.parameters().items()}, {})

    def load(self, parameters: Arrays, state: Arrays) -> None:
        vars(self.layer).clear()
        vars(self.layer).update(_copied(self._start, {}))
        slots = [parameter_slot(self.layer, weight.ours, number=n) for n, weight in enumerate(self._pair.weights)]
        places = [(slot, list(same(self.layer, slot.get()))) for slot in slots if slot is not None]
        self._store.put(parameters, state)
        for slot, others in places:
            put(others, slot.get())

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        return self._passes.forward(X, training=training)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        if method_of(self.layer, EMPTYING) is None:
            empties(self.network)
        return self._passes.backward(dLdY)

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        return self._store.gradients(self._passes.returned)

    def parameters(self) -> dict[str, np.ndarray]:
        return self._store.parameters()

    def state(self) -> dict[str, np.ndarray]:
        return {}


def _copied(held: Any, known: dict[int, Any]) -> Any:
    """Arrays, and the dicts, lists and boxes that hold them; one that stands in two places is one in the copy too."""
    if id(held) not in known:
        known[id(held)] = _copy(held, known)
    return known[id(held)]


def _copy(held: Any, known: dict[int, Any]) -> Any:
    if isinstance(held, np.ndarray):
        return held.copy()
    if isinstance(held, (dict, list)):
        new = copy.copy(held)
        for key in held if isinstance(held, dict) else range(len(held)):
            new[key] = _copied(held[key], known)
        return new
    if any(isinstance(getattr(held, name, None), np.ndarray) for name in BOXES) and hasattr(held, "__dict__"):
        new = copy.copy(held)
        vars(new).update({name: _copied(it, known) for name, it in vars(held).items()})
        return new
    return held
