"""Weights that stand elsewhere than under our names in a dict `parameters`: in `params`, in a list, in attributes `W`
and `dW`; slots.py knows where. Which way round a dense W is, (D, M) or (M, D), its own forward tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

import numpy as np

from parity_tests.layout import Layout
from parity_tests.networks.link import LAYERS
from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger.axes import DENSE
from parity_tests.subjects.stranger.names import ARRAYS
from parity_tests.subjects.stranger.passes import Passes
from parity_tests.subjects.stranger.slots import Slot, parameter_slot

PLACES = "in dicts and lists `parameters`, `params` and `weights`, and in attributes"
LOOKED = f"looked for {', '.join(ARRAYS['W'])}, b, bias, ... {PLACES}"


def settable(layer: object, name: str) -> bool:
    """Whether it has the attribute, and another can be put in its place."""
    made = getattr(type(layer), name, None)
    return hasattr(layer, name) and not (isinstance(made, property) and made.fset is None)


def replaceable(layer: object, name: str) -> bool:
    """Whether there is a dict of that name, and another can be put in its place."""
    return settable(layer, name) and isinstance(getattr(layer, name), Mapping)


def stands_elsewhere(layer: object, kind: str) -> bool:
    """Whether a weight of a layer of this kind is found, and not where ours stand."""
    ours = layer.parameters if replaceable(layer, "parameters") else {}
    keys = [weight.ours for weight in LAYERS[kind].weights]
    return any(k not in ours and parameter_slot(layer, k, number=n) is not None for n, k in enumerate(keys))


def dense_shape(layer: object) -> tuple[int, ...]:
    """(D, M). Raises NotOffered."""
    slot, order = parameter_slot(layer, "W", number=0), order_of(layer)
    return np.shape(slot.get())[:: 1 if order is DENSE[0] else -1]


@contextmanager
def given_back(layer: object) -> Iterator[None]:
    """Afterwards its attributes are the very same as before."""
    attributes = getattr(layer, "__dict__", {})
    before = dict(attributes)
    try:
        yield
    finally:
        attributes.clear()
        attributes.update(before)


def order_of(layer: object) -> Layout:
    """Of the axes of its W. In one that is 0 but for the end of its first row, the first input alone sees anything, or,
    where it is (M, D), the last. Raises NotOffered."""
    slot = parameter_slot(layer, "W", number=0)
    if slot is None or slot.get().ndim != 2:
        what = "no W was found in it" if slot is None else f"its W has shape {slot.get().shape}, not (D, M)"
        raise NotOffered(f"{what}: {LOOKED}")
    W = slot.get()
    places, probe = [slot, *same(layer, W)], np.zeros(W.shape)
    probe[0, -1] = 1
    try:
        put(places, probe)
        with given_back(layer):
            for order, (D, M), i in zip(DENSE, (W.shape, W.shape[::-1]), (0, -1), strict=True):
                one, other = np.eye(D)[[i]], np.eye(D)[[-1 - i]]
                if _sees(layer, one, M) and (D == 1 or not _sees(layer, other, M)):
                    return order
    finally:
        put(places, W)
    cure = "Are examples columns, (features, N)? An adapter can turn them round (docs/networks.md)."
    raise NotOffered(f"what was found as its W, of shape {W.shape}, does not act on rows as X W or X W.T does. {cure}")


def _sees(layer: object, one: np.ndarray, M: int) -> bool:
    """Whether its output for this row is another than for a row of zeros."""
    passes = Passes(layer, LAYERS["FullyConnected"])
    with suppress(Exception):
        Y, of_nothing = (np.array(passes.forward(X, training=True)) for X in (one, np.zeros(one.shape)))
        return Y.shape == (1, M) and not np.array_equal(Y, of_nothing)
    return False


def same(layer: object, array: np.ndarray) -> Iterator[Slot]:
    """Where else the very same array stands: self.params = {"W": self.W}."""
    attributes = getattr(layer, "__dict__", {})
    for held in (attributes, *attributes.values()):
        keys = list(held) if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
        yield from (_item(held, key) for key in keys if held[key] is array)


def _item(held: dict | list, key: object) -> Slot:
    return Slot(lambda: held[key], lambda array: held.__setitem__(key, array))


def put(places: Iterable[Slot], array: np.ndarray) -> None:
    for place in places:
        place.set(array)
