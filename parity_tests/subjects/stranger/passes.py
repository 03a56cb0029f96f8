"""Forward and backward of an object, as its methods ask for them and return them.

forward(X)  forward(X, training)  layer(X)            training told by train() and eval(), or an attribute
-> Y  or  (Y, cache)  or  nothing, and Y stands in `output`
backward(dLdY)  backward(dLdY, cache)  backward(Z, dLdY)  backward(dLdY, rate), which takes a step: stepping.py
-> dX  or  (dX, dW, db)  or  {"dX": ..., "dW": ...}  or  nothing, and dX stands in `dinputs`
backward()  derivative()  gradient(x)                 of an activation: f'(x), which is multiplied by dLdY

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
from parity_tests.subjects.stranger.roles import INPUT, KEPT, OUTPUT, UPSTREAM, role_of, times
from parity_tests.subjects.stranger.stepping import GIVEN, RATE, rate_of

CARES_ABOUT_TRAINING = ("BatchNorm", "Dropout")
INPUT_NAMES = ("Z", "X", "x", "z", "inputs", "input", "A")
INPUT_KEYS = ("x", "input", "inputs", "a", "z")
ELEMENTWISE = ("Linear", "ReLU", "LeakyReLU", "Sigmoid", "Tanh")
DERIVATIVES = ("derivative", "gradient", "grad", "prime", "deriv")
FLAGS = {"training": True, "train": True, "is_training": True, "train_mode": True, "testing_phase": False,
         "testing": False, "is_testing": False}  # fmt: skip
MODES = ("train", "test")
LEFT_IN = {"forward": ("output",), "backward": ("dinputs", "gradInput", "grad_input")}
DERIVATIVE = "its {} is taken for the derivative of its output by its input, and multiplied by the upstream gradient"
NO_MODE = "evaluation: no argument `training`, attribute or method eval() that tells it apart from training"


class Passes:
    """returned: the gradients of parameters that the last backward returned, by our names. derivative: the method that
    gives f'(x), where there is none that is given dLdY."""

    def __init__(self, thing: Any, pair: Pair) -> None:
        self.thing, self.pair = thing, pair
        self.derivative = derivative_of(thing) if pair.name in ELEMENTWISE else None
        self.returned: dict[str, Any] = {}

    def forward(self, theirs: np.ndarray, *, training: bool) -> Any:
        """One call; a cache that is returned beside the output is kept for backward."""
        forward = method_of(self.thing, FORWARDS) or self.thing
        if not callable(forward):
            raise NotOffered("no method `forward`")
        mode, opposite = calls.accepts(forward, "training"), calls.accepts(forward, "evaluating")
        given = {one.name: value for one, value in ((mode, training), (opposite, not training)) if one is not None}
        if not given and not self._told(training) and not training and self.pair.name in CARES_ABOUT_TRAINING:
            raise NotOffered(NO_MODE)
        Y = given_by(self.thing, "forward", forward(theirs, **given))
        self._cache, self._X = (Y[1:] if isinstance(Y, tuple) else None), theirs
        self._Y = Y[0] if isinstance(Y, tuple) else Y
        return self._Y

    def _told(self, training: bool) -> bool:
        """Tell it by its methods or its attribute; False where it has neither."""
        if (method := method_of(self.thing, TRAINS if training else EVALUATES)) is not None:
            method()
            return True
        for name, means_training in FLAGS.items():
            held = getattr(self.thing, name, None)
            if isinstance(held, (int, np.bool_)) and held in (0, 1):
                setattr(self.thing, name, type(held)(training == means_training))
                return True
        for name in ("mode", "phase"):
            if getattr(self.thing, name, None) in MODES:
                setattr(self.thing, name, "train" if training else "test")
                return True
        return False

    def backward(self, theirs: np.ndarray) -> Any:
        """dX. Who has a method zero_grad, of whatever name, means to add gradients up until it is called."""
        if self.derivative is not None:
            return times(theirs, self.derivative(*self._arguments(self.derivative, theirs)))
        backward = method_of(self.thing, BACKWARDS)
        if backward is None:
            raise NotOffered("no method `backward`")
        self._zero_grad()
        self.returned = {}
        rate = rate_of(backward)
        given = {} if rate is None else {rate.name: RATE}
        returned = given_by(self.thing, "backward", backward(*self._arguments(backward, theirs), **given))
        if isinstance(returned, Mapping):
            return self._from_mapping(returned)
        if not isinstance(returned, (tuple, list)):
            return returned
        keys = [weight.ours for weight in self.pair.weights]
        self.returned = dict(zip(keys, returned[1:], strict=False))
        return returned[0]

    @property
    def note(self) -> str:
        """What is translated; '' where nothing is."""
        return "" if self.derivative is None else DERIVATIVE.format(self.derivative.__name__)

    @property
    def asks_for_a_rate(self) -> bool:
        """Whether its backward does, of a step."""
        backward = method_of(self.thing, BACKWARDS)
        return backward is not None and rate_of(backward) is not None

    def _zero_grad(self) -> None:
        held = getattr(self.thing, "__dict__", {}).values()
        for one in (self.thing, *held):
            if (zero := method_of(one, EMPTYING)) is not None and not calls.required(zero):
                zero()

    def _arguments(self, backward: Callable, theirs: np.ndarray) -> tuple:
        """(dLdY), (dLdY, cache), (cache, dLdY) or, without a memory of its own, (Z, dLdY): by names, if these tell."""
        names = [p.name for p in calls.required(backward) if not is_called(p.name, GIVEN)]
        if self.derivative is not None:
            return tuple(self._Y if role_of(name) == OUTPUT else self._X for name in names)
        if len(names) < 2:
            return (theirs,)
        roles = [INPUT if name in INPUT_NAMES else role_of(name) for name in names]
        cache = self._cache and (self._cache[0] if len(self._cache) == 1 else self._cache)
        is_told = roles.count(UPSTREAM) == 1 and len(set(roles)) == len(roles)
        if is_told and (self._cache is None or KEPT in roles):
            kept = self._X if self._cache is None else cache
            known = {UPSTREAM: theirs, INPUT: self._X, OUTPUT: self._Y, KEPT: kept}
            return tuple(known[role] for role in roles)
        if len(names) > 2:
            raise NotOffered(f"backward needs {', '.join(names)}, and what they are cannot be told: write an adapter")
        first, second = names
        if self._cache is not None:
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


def derivative_of(thing: Any) -> Callable | None:
    """The method of an activation that gives f'(x), where there is none that is given dLdY."""
    backward = method_of(thing, BACKWARDS)
    found = backward or method_of(thing, DERIVATIVES)
    if found is None or (backward is not None and calls.takes_any(backward)):
        return None
    asked = [role_of(parameter.name) for parameter in calls.required(found)]
    return found if len(asked) < 2 and UPSTREAM not in asked else None


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
