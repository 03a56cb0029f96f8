"""CS231n's optimisers: functions (w, dw, config) -> (w, config), with one config for each parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, Case, NotOffered, Pair

CONFIG_NAMES = {"lr": "learning_rate", "eps": "epsilon"}
KNOWN = ("lr", "eps", "betas", "momentum")
NEUTRAL = {"momentum": 0, "dampening": 0, "nesterov": False, "weight_decay": 0}


def is_neutral(name: str, value: Any) -> bool:
    """What an optimiser without the argument does anyway."""
    return name in NEUTRAL and value == NEUTRAL[name]


class StrangerUpdate:
    """One such function."""

    def __init__(self, function: Callable, pair: Pair, case: Case) -> None:
        odd = [name for name, value in case.arguments.items() if name not in KNOWN and not is_neutral(name, value)]
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
