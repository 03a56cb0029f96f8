"""Optimisers that are functions, with their settings in a dict; and objects that are for one parameter.

adam(w, dw, config) -> (w, config)                    CS231n's: one parameter at a time, and a config for each
adam(variables, gradients, config, state)             all parameters at once, changed in place: lists of arrays, or
                                                      for each layer a list of its arrays
Adam(lr).calculate_update(w, dw) -> w                 an object for each parameter, which remembers what it must
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.bags import is_bag
from parity_tests.subjects.stranger.rates import set_rate

ALL = ("params", "parameters", "variables")  # what all parameters are called
CONFIG_NAMES = {"lr": "learning_rate", "eps": "epsilon"}
KNOWN = ("lr", "eps", "betas", "momentum")
NEUTRAL = {"momentum": 0, "dampening": 0, "nesterov": False, "weight_decay": 0}
PROBE = {"a": (2, 3), "b": (3,)}


def is_neutral(name: str, value: Any) -> bool:
    """What an optimiser without the argument does anyway."""
    return name in NEUTRAL and value == NEUTRAL[name]


def of_function(function: Callable, case: Case) -> StrangerUpdate | StrangerUpdateOfAll:
    """Raises NotOffered for one that keeps what it must remember elsewhere than in a dict."""
    asked = calls.parameters(function)
    required = calls.required(function)
    at_once, said = asked[0].name in ALL, f"{function.__name__}({', '.join(p.name for p in asked)})"
    with_state = len(asked) > 3 and _is_state(asked[3])
    if not is_bag(asked[2]) or len(required) > 3 + with_state or (with_state and not at_once):
        what = "takes all parameters at once" if at_once else "is no function of (w, dw, config)"
        raise NotOffered(f"{said} {what}: write an adapter")
    config = _config(function, case)
    if at_once:  # these look all their settings up
        return StrangerUpdateOfAll(function, {"epsilon": 1e-8, **config}, with_state)
    return StrangerUpdate(function, config)


def _is_state(parameter: inspect.Parameter) -> bool:
    return parameter.name in ("state", "states", "cache")


def _config(function: Callable, case: Case) -> dict[str, Any]:
    odd = [name for name, value in case.arguments.items() if name not in KNOWN and not is_neutral(name, value)]
    if odd:
        raise NotOffered(f"{function.__name__} has no {', '.join(odd)}")
    values = {CONFIG_NAMES.get(n, n): v for n, v in case.arguments.items() if n in ("eps", "momentum", "lr")}
    beta1, beta2 = case.get("betas", (0.9, 0.999))
    return {"beta1": beta1, "beta2": beta2, **values}


class StrangerUpdate:
    """One parameter at a time."""

    def __init__(self, function: Callable, config: Mapping[str, Any]) -> None:
        self.function, self._config = function, config

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}
        self._configs: dict[str, dict[str, Any]] = {name: dict(self._config) for name in parameters}

    def step(self, gradients: Arrays, lr: float) -> None:
        for name, array in self._parameters.items():
            config = self._configs[name] | {"learning_rate": lr}
            self._parameters[name], self._configs[name] = self.function(array, gradients[name].copy(), config)

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters


class StrangerUpdateOfAll:
    """All at once. with_state: whether a dict for what it remembers is its fourth argument."""

    def __init__(self, function: Callable, config: Mapping[str, Any], with_state: bool) -> None:
        self.function, self._config, self._with_state = function, config, with_state
        self._by_layer = self._takes_layers()

    def _takes_layers(self) -> bool:
        """Whether it gets through with a list of arrays for each layer; an array alone could be taken row by row."""
        self._by_layer = True
        try:
            self.load({name: np.ones(shape) for name, shape in PROBE.items()}, {})
            self.step({name: np.ones(shape) for name, shape in PROBE.items()}, 0.1)
        except Exception:
            return False
        return True

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}
        self._given, self._state = dict(self._config), {}

    def step(self, gradients: Arrays, lr: float) -> None:
        self._given["learning_rate"] = lr
        both = list(self._parameters.values()), [gradients[name].copy() for name in self._parameters]
        given = [[arrays] for arrays in both] if self._by_layer else both
        self.function(*given, self._given, *([self._state] if self._with_state else []))

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters


class StrangerUpdateOfOne:
    """An object for each parameter. way: the method that is given it and its gradient. lr: the rate that it is made
    with."""

    def __init__(self, kind: type, way: str, settings: calls.Settings, lr: float) -> None:
        self._kind, self._way, self._settings, self._lr = kind, way, settings, lr
        calls.call(kind, settings=settings)  # what it has no place for is not offered

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}
        self._things = {name: calls.call(self._kind, settings=self._settings) for name in parameters}

    def step(self, gradients: Arrays, lr: float) -> None:
        for name, thing in self._things.items():
            set_rate(thing, lr, self._lr)
            given = gradients[name] if gradients[name].flags.writeable else gradients[name].copy()
            returned = getattr(thing, self._way)(self._parameters[name], given)
            self._parameters[name] = self._parameters[name] if returned is None else returned

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters
