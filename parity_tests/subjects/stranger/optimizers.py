"""A stranger's optimiser: step(parameters, gradients) over dicts, update(parameter, gradient, name), or CS231n's
functions adam(w, dw, config) -> (w, config). Its rate is set by the attribute that holds it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered, Pair
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import CLASSES
from parity_tests.subjects.stranger.offers import named

RATE_ATTRIBUTES = ("lr", "learning_rate", "eta", "alpha", "step_size")
CONFIG_NAMES = {"lr": "learning_rate", "eps": "epsilon"}


class StrangerOptimizer:
    """An object of a class."""

    def __init__(self, kind: type, pair: Pair, case: Case) -> None:
        values = dict(case.arguments)
        settings = {name: value for name, value in values.items() if name not in ("lr", "betas")}
        if "betas" in values:
            by_one = calls.accepts(kind, "betas") is not None
            both = dict(zip(("beta1", "beta2"), values["betas"], strict=True))
            settings |= {"betas": values["betas"]} if by_one else both
        needed = {"lr": values["lr"], **{n: v for n, v in settings.items() if not _is_neutral(n, v, pair)}}
        neutral = {name: value for name, value in settings.items() if name not in needed}
        self.thing = calls.call(kind, settings=calls.Settings(needed, neutral=neutral))
        self._rate = values["lr"]

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}

    def step(self, gradients: Arrays, lr: float) -> None:
        self._set_rate(lr)
        given = {name: array if array.flags.writeable else array.copy() for name, array in gradients.items()}
        for name in ("step", "update"):
            method = getattr(self.thing, name, None)
            if callable(method):
                self._call(method, given)
                return
        raise NotOffered("no method `step` or `update`")

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters

    def _set_rate(self, lr: float) -> None:
        if lr == self._rate:
            return
        for name in RATE_ATTRIBUTES:
            if isinstance(getattr(self.thing, name, None), (int, float)):
                setattr(self.thing, name, lr)
                self._rate = lr
                return
        raise NotOffered(f"no attribute {', '.join(RATE_ATTRIBUTES)} by which its rate can be changed")

    def _call(self, method: Callable, gradients: Mapping[str, np.ndarray]) -> None:
        """Over all at once; one by one where it asks for a name, or for no name after the two arrays."""
        first = [p.name.lower() for p in calls.parameters(method)]
        by_one = len(first) >= 3 or (first and first[0] in ("param", "w", "parameter", "theta", "x"))
        if not by_one:
            returned = method(self._parameters, gradients)
            if isinstance(returned, Mapping):
                self._parameters = dict(returned)
            return
        for name, array in self._parameters.items():
            returned = method(*(array, gradients[name], name)[: max(2, min(3, len(first)))])
            self._parameters[name] = array if returned is None else returned


class StrangerUpdate:
    """A function (w, dw, config) -> (w, config), one config for each parameter."""

    def __init__(self, function: Callable, pair: Pair, case: Case) -> None:
        odd = [n for n, v in case.arguments.items() if n not in (*_KNOWN, "lr") and not _is_neutral(n, v, pair)]
        if odd:
            raise NotOffered(f"{function.__name__} has no {', '.join(odd)}")
        self.function, self._values = function, dict(case.arguments)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = {name: array.copy() for name, array in parameters.items()}
        self._configs: dict[str, dict[str, Any]] = {name: self._config() for name in parameters}

    def _config(self) -> dict[str, Any]:
        values = {CONFIG_NAMES.get(n, n): v for n, v in self._values.items() if n in ("eps", "momentum", "lr")}
        beta1, beta2 = self._values.get("betas", (0.9, 0.999))
        return {"beta1": beta1, "beta2": beta2, **values}

    def step(self, gradients: Arrays, lr: float) -> None:
        for name, array in self._parameters.items():
            config = self._configs[name] | {"learning_rate": lr}
            self._parameters[name], self._configs[name] = self.function(array, gradients[name].copy(), config)

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters


_KNOWN = ("eps", "betas", "momentum")


def _is_neutral(name: str, value: Any, pair: Pair) -> bool:
    """What an optimiser without the argument does anyway."""
    return (name, value) in (("momentum", 0), ("dampening", 0), ("nesterov", False)) or (
        name == "weight_decay" and value == 0
    )


def find(module: ModuleType, pair: Pair, case: Case) -> Any:
    """The optimiser of the case. Raises NotOffered where the module has none."""
    for kind in named(module, CLASSES[pair.name], inspect.isclass):
        return StrangerOptimizer(kind, pair, case)
    names = ("sgd_momentum",) if pair.name == "SGD" and case.get("momentum", 0) else (pair.name.lower(),)
    for function in named(module, names, inspect.isroutine):
        if len(calls.parameters(function)) >= 3:
            return StrangerUpdate(function, pair, case)
    raise NotOffered(f"nothing in it is called {pair.name}")
