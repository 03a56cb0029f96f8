"""A stranger's class as a layer: built as its signature asks, its arrays found by name, all axes in its own order.

Parameters that the class makes on first use are made by one forward of a copy, and then replaced. What forward and
backward return, and where gradients are kept, is told by looking: see slots.py. Arrays go in as in handing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls, settings
from parity_tests.subjects.stranger.chance import steered
from parity_tests.subjects.stranger.handing import lent
from parity_tests.subjects.stranger.names import ACTIVATION_NAMES, ARRAYS, is_called, plain
from parity_tests.subjects.stranger.slots import Slot, gradient_slot, parameter_slot
from parity_tests.subjects.stranger.spelling import Spelling

REFUSALS = (NotImplementedError, TypeError, ValueError, AssertionError, KeyError, IndexError, AttributeError)
CARES_ABOUT_TRAINING = ("BatchNorm", "Dropout")
CACHE_NAMES = ("cache", "ctx", "context", "saved")
INPUT_NAMES = ("Z", "X", "x", "z", "inputs", "input", "A")


class StrangerLayer:
    """One object of a stranger's class, in the spelling that was told by looking."""

    def __init__(self, kind: type, pair: Pair, case: Case, spelling: Spelling, activation: settings.Activation) -> None:
        self.pair, self.case, self.spelling = pair, case, spelling
        self.unusual = settings.unusual(pair, case)
        self.images = axes.IMAGES[spelling.images]
        self.thing = self._refusing(
            lambda: calls.call(kind, settings=settings.of_case(pair, case, spelling, activation))
        )
        self.small_keeps: bool | None = None
        self._given: dict[str, np.ndarray] = {}
        self._started = False
        self._returned: dict[str, Any] = {}

    # ---- the subject

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._given = {**parameters, **state}
        self._started = False
        self._place_all(parameters, state)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        with lent(X, self._order(X)) as theirs:
            if not self._started:
                self._start(theirs, training)
            for mask in masks.values():
                Y = self._forward_with_mask(theirs, training, mask)
                break
            else:
                Y = self._run(theirs, training)
        self._shape = X.shape
        return self._output(Y, X.shape)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        with lent(dLdY, self._order(dLdY)) as theirs:
            dX = self._backward(theirs)
        return axes.taken(dX, self.images) if len(self._shape) == 4 else dX

    def gradients(self) -> dict[str, np.ndarray | Exception]:
        found = {weight.ours: self._gradient(number, weight.ours) for number, weight in enumerate(self.pair.weights)}
        if found and all(gradient is None for gradient in found.values()):
            looked = "a dict `gradients` or `grads`, attributes `dW`, or what backward returns"
            raise NotOffered(f"no gradients of the parameters were found: looked for {looked}")
        return {key: gradient for key, gradient in found.items() if gradient is not None}

    def state(self) -> dict[str, np.ndarray | Exception]:
        found = {}
        for entry in self.pair.state:
            slot = self._slot(entry.ours)
            reason = NotOffered(f"no {entry.ours} was found in it")
            found[entry.ours] = reason if slot is None else self._as_row(entry.ours, np.asarray(slot.get()))
        return found

    # ---- building

    def _refusing(self, act: Callable[[], Any]) -> Any:
        """What a class raises at something out of the ordinary is a refusal: then it is not offered."""
        try:
            return act()
        except REFUSALS as error:
            if not self.unusual or isinstance(error, NotOffered):
                raise
            raise NotOffered(f"{self.unusual}: {type(error).__name__}: {error}") from error

    def _start(self, theirs: np.ndarray, training: bool) -> None:
        """Before the first forward: parameters that are made on first use are made, then replaced by the given ones."""
        self._started = True
        if self._given and any(self._slot(key) is None for key in self._given if key in self._needed()):
            self._refusing(lambda: self._run(theirs.copy(), training))
            self._place_all(self._given, {})
            if missing := [key for key in self._needed() if self._slot(key) is None]:
                raise NotOffered(f"no {' and no '.join(missing)} was found in it: looked in dicts and attributes")

    def _needed(self) -> list[str]:
        """All but the count of batches, which many do without."""
        return [entry.ours for entry in self.pair.carried if entry.ours != "num_batches_tracked"]

    def _place_all(self, parameters: Arrays, state: Arrays) -> None:
        for key, array in {**parameters, **state}.items():
            slot = self._slot(key)
            if slot is not None:
                slot.set(self._placed(key, array, np.shape(slot.get())))

    def _placed(self, key: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The array in its place's shape: a weight in the order told, a row as (n,), (1, n) or (n, 1)."""
        if key == "W" and "W" in self.spelling.orders:
            array = axes.handed(array, self.spelling.orders["W"])
        elif key != "W" and array.size == int(np.prod(shape)):
            array = array.reshape(shape)
        return np.array(array, order="C")

    def _slot(self, key: str) -> Slot | None:
        number = next((n for n, weight in enumerate(self.pair.weights) if weight.ours == key), None)
        return parameter_slot(self.thing, key, number=number)

    # ---- forward

    def _run(self, theirs: np.ndarray, training: bool) -> Any:
        """One call; a cache that is returned beside the output is kept for backward."""
        forward = getattr(self.thing, "forward", None) or self.thing
        mode = calls.accepts(forward, "training") if callable(forward) else None
        given = {} if mode is None else {mode.name: training}
        if mode is None and not self._told(training) and not training and self.pair.name in CARES_ABOUT_TRAINING:
            raise NotOffered("evaluation: no argument, attribute or method that tells it apart from training")
        Y = self._refusing(lambda: forward(theirs, **given))
        self._cache = Y[1:] if isinstance(Y, tuple) else None
        self._X = theirs
        return Y[0] if isinstance(Y, tuple) else Y

    def _told(self, training: bool) -> bool:
        """Tell it by its methods or its attribute; False where it has neither."""
        method = getattr(self.thing, "train" if training else "eval", None)
        if callable(method):
            method()
            return True
        for name in ("training", "train", "is_training", "train_mode"):
            if isinstance(getattr(self.thing, name, None), bool):
                setattr(self.thing, name, training)
                return True
        if isinstance(getattr(self.thing, "mode", None), str):
            self.thing.mode = "train" if training else "test"
            return True
        return False

    def _forward_with_mask(self, theirs: np.ndarray, training: bool, mask: np.ndarray) -> Any:
        kept = axes.handed(mask, self.images) if mask.ndim == 4 else mask
        if self.small_keeps is None:
            self.small_keeps = self._keeps_the_small(theirs.shape, theirs.dtype)
        with steered(self.thing, (kept != self.small_keeps).astype(np.float64)):
            return self._run(theirs, training)

    def _keeps_the_small(self, shape: tuple[int, ...], dtype: np.dtype) -> bool:
        """Whether it keeps where its random number is small. Asked with all 0, and with all 1."""
        self._run(np.ones(shape, dtype), True)  # a generator that is made on first use is a real one
        kept, asked = [], 0
        for number in (0.0, 1.0):
            with steered(self.thing, np.full(shape, number)) as source:
                kept.append(bool(np.any(self._run(np.ones(shape, dtype), True))))
                asked += source.asked
        if not asked and self._differs_from_call_to_call(shape, dtype):
            raise NotOffered("its random numbers cannot be steered: draw them from numpy.random, or an attribute `rng`")
        return kept == [True, False]

    def _differs_from_call_to_call(self, shape: tuple[int, ...], dtype: np.dtype) -> bool:
        first, second = (np.array(self._run(np.ones(shape, dtype), True)) for _ in range(2))
        return not np.array_equal(first, second)

    def _order(self, array: np.ndarray) -> Layout | None:
        return self.images if array.ndim == 4 and self.spelling.images == "NCHW" else None

    def _output(self, Y: Any, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 4 or self.spelling.images == "NHWC":
            return Y
        layout = self.pair.output_layout(shape)
        return layout.to_ours(Y) if isinstance(layout, Layout) and np.ndim(Y) == 2 else axes.taken(Y, self.images)

    # ---- backward

    def _backward(self, theirs: np.ndarray) -> Any:
        backward = getattr(self.thing, "backward", None)
        if not callable(backward):
            raise NotOffered("no method `backward`")
        self._returned = {}
        returned = backward(*self._arguments(backward, theirs))
        if isinstance(returned, Mapping):
            return self._from_mapping(returned)
        if not isinstance(returned, (tuple, list)):
            return returned
        keys = [weight.ours for weight in self.pair.weights]
        self._returned = dict(zip(keys, returned[1:], strict=False))
        return returned[0]

    def _arguments(self, backward: Callable, theirs: np.ndarray) -> tuple:
        """(dLdY), (dLdY, cache), (cache, dLdY) or, without a memory of its own, (Z, dLdY)."""
        needed = calls.required(backward)
        if len(needed) < 2:
            return (theirs,)
        first, second = needed[0].name, needed[1].name
        if self._cache is not None:
            cache = self._cache[0] if len(self._cache) == 1 else self._cache
            return (cache, theirs) if is_called(first, CACHE_NAMES) else (theirs, cache)
        return (theirs, self._X) if second in INPUT_NAMES and first not in INPUT_NAMES else (self._X, theirs)

    def _from_mapping(self, returned: Mapping[str, Any]) -> Any:
        """{"dX": ..., "dW": ..., "db": ...}."""
        by_name = {plain(str(name)).removeprefix("d"): array for name, array in returned.items()}
        for weight in self.pair.weights:
            for name in ARRAYS[weight.ours]:
                if plain(name) in by_name:
                    self._returned[weight.ours] = by_name[plain(name)]
        return next((by_name[name] for name in ("x", "input", "inputs", "a", "z") if name in by_name), None)

    def _gradient(self, number: int, key: str) -> np.ndarray | Exception | None:
        """In our order. A gradient of another shape than its parameter's is an error that says so."""
        found = self._returned.get(key)
        if found is None and (slot := gradient_slot(self.thing, key, number=number)) is not None:
            found = slot.get()
        if found is None:
            return None
        slot = self._slot(key)
        own = np.shape(slot.get()) if slot is not None else np.shape(found)
        if np.shape(found) != own:
            what = f"the gradient of {key} has shape {np.shape(found)}, {key} itself {own}"
            return ValueError(f"{what}: a gradient has its parameter's shape")
        if key == "W" and "W" in self.spelling.orders:
            return axes.taken(np.asarray(found), self.spelling.orders["W"])
        return self._as_row(key, np.asarray(found)) if key != "W" else np.asarray(found)

    def _as_row(self, key: str, array: np.ndarray) -> np.ndarray:
        """A parameter or a statistic in our shape."""
        given = self._given.get(key)
        return array.reshape(given.shape) if given is not None and given.size == array.size else array


def activation_maker(module: Any, spelling: str) -> settings.Activation:
    """What a constructor is given for the activation of a pair's name: its name, an object, or the class."""

    def make(name: str) -> Any:
        if spelling == "name":
            return ACTIVATION_NAMES[name][0]
        found = [thing for key, thing in vars(module).items() if isinstance(thing, type) and is_called(key, [name])]
        if not found and name == "Linear":
            return None
        if not found:
            raise NotOffered(f"no class {name} to give as its activation")
        return found[0] if spelling == "class" else found[0]()

    return make
