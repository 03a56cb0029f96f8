"""Forward and backward of an object, as its methods ask for them and return them.

forward(X)  forward(X, training)  layer(X)            training told by train() and eval(), or an attribute
-> Y  or  (Y, cache)  or  nothing, and Y stands in `output`
backward(dLdY)  backward(dLdY, cache)  backward(Z, dLdY)
-> dX  or  (dX, dW, db)  or  {"dX": ..., "dW": ...}  or  nothing, and dX stands in `dinputs`

The methods may be called forward_pass and backward_pass, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from parity_tests.pair import NotOffered, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import (
    ARRAYS,
    BACKWARDS,
    CACHES,
    EMPTYING,
    EVALUATES,
    FORWARDS,
    TRAINS,
    is_called,
    plain,
)

CARES_ABOUT_TRAINING = ("BatchNorm", "Dropout")
INPUT_NAMES = ("Z", "X", "x", "z", "inputs", "input", "A")
INPUT_KEYS = ("x", "input", "inputs", "a", "z")
FLAGS = ("training", "train", "is_training", "train_mode")
MODES = ("train", "test")
LEFT_IN = {"forward": ("output",), "backward": ("dinputs", "gradInput", "grad_input")}
NO_MODE = "evaluation: no argument `training`, attribute or method eval() that tells it apart from training"


class Passes:
    """returned: the gradients of parameters that the last backward returned, by our names."""

    def __init__(self, thing: Any, pair: Pair) -> None:
        self.thing, self.pair = thing, pair
        self.returned: dict[str, Any] = {}

    def forward(self, theirs: np.ndarray, *, training: bool) -> Any:
        """One call; a cache that is returned beside the output is kept for backward."""
        forward = method_of(self.thing, FORWARDS) or self.thing
        if not callable(forward):
            raise NotOffered("no method `forward`")
        mode = calls.accepts(forward, "training")
        given = {} if mode is None else {mode.name: training}
        if mode is None and not self._told(training) and not training and self.pair.name in CARES_ABOUT_TRAINING:
            raise NotOffered(NO_MODE)
        Y = given_by(self.thing, "forward", forward(theirs, **given))
        self._cache, self._X = (Y[1:] if isinstance(Y, tuple) else None), theirs
        return Y[0] if isinstance(Y, tuple) else Y

    def _told(self, training: bool) -> bool:
        """Tell it by its methods or its attribute; False where it has neither."""
        if (method := method_of(self.thing, TRAINS if training else EVALUATES)) is not None:
            method()
            return True
        for name in FLAGS:
            held = getattr(self.thing, name, None)
            if isinstance(held, (int, np.bool_)) and held in (0, 1):
                setattr(self.thing, name, type(held)(training))
                return True
        if getattr(self.thing, "mode", None) in MODES:
            self.thing.mode = "train" if training else "test"
            return True
        return False

    def backward(self, theirs: np.ndarray) -> Any:
        """dX. Who has a method zero_grad, of whatever name, means to add gradients up until it is called."""
        backward = method_of(self.thing, BACKWARDS)
        if backward is None:
            raise NotOffered("no method `backward`")
        self._zero_grad()
        self.returned = {}
        returned = given_by(self.thing, "backward", backward(*self._arguments(backward, theirs)))
        if isinstance(returned, Mapping):
            return self._from_mapping(returned)
        if not isinstance(returned, (tuple, list)):
            return returned
        keys = [weight.ours for weight in self.pair.weights]
        self.returned = dict(zip(keys, returned[1:], strict=False))
        return returned[0]

    def _zero_grad(self) -> None:
        held = getattr(self.thing, "__dict__", {}).values()
        for one in (self.thing, *held):
            if (zero := method_of(one, EMPTYING)) is not None and not calls.required(zero):
                zero()

    def _arguments(self, backward: Callable, theirs: np.ndarray) -> tuple:
        """(dLdY), (dLdY, cache), (cache, dLdY) or, without a memory of its own, (Z, dLdY)."""
        needed = calls.required(backward)
        if len(needed) < 2:
            return (theirs,)
        first, second = needed[0].name, needed[1].name
        if self._cache is not None:
            cache = self._cache[0] if len(self._cache) == 1 else self._cache
            return (cache, theirs) if is_called(first, CACHES) else (theirs, cache)
        return (theirs, self._X) if second in INPUT_NAMES and first not in INPUT_NAMES else (self._X, theirs)

    def _from_mapping(self, returned: Mapping[str, Any]) -> Any:
        """{"dX": ..., "dW": ..., "db": ...}."""
        by_name = {plain(str(name)).removeprefix("d"): array for name, array in returned.items()}
        for weight in self.pair.weights:
            for name in ARRAYS[weight.ours]:
                if plain(name) in by_name:
                    self.returned[weight.ours] = by_name[plain(name)]
        return next((by_name[name] for name in INPUT_KEYS if name in by_name), None)


def method_of(thing: Any, names: Iterable[str]) -> Callable | None:
    """The first of these methods that it has."""
    methods = (getattr(thing, name, None) for name in names)
    return next((method for method in methods if callable(method)), None)


def given_by(thing: Any, way: str, returned: Any) -> Any:
    """What forward or backward gives: what it returned, or what it left in the attribute for it."""
    left = (getattr(thing, name, None) for name in LEFT_IN[way])
    found = next((array for array in left if array is not None), None) if returned is None else returned
    if found is None:
        raise NotOffered(f"{way} returns nothing, and leaves nothing in `{LEFT_IN[way][0]}`: return it there")
    return found
