"""Optimisers over layers.

    update_params(layer)                 over layer.weights and layer.biases, with layer.dweights and layer.dbiases;
                                         and, around all, pre_update_params() and post_update_params()
    Optimizer(model, lr).step()          over W and b of each of model.layers, with dLdW and dLdb, or dW and db, beside

Every parameter has a layer of its own, in which it is the weights and the biases. By turns one of the two is what came
of it, so that a mistake in either shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.pair import Arrays, NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.passes import method_of
from parity_tests.subjects.stranger.rates import set_rate
from parity_tests.subjects.stranger.stand_ins import Layer, Model, as_far_as_they_go

RATES = ("learning_rate", "current_learning_rate", "lr")
PARTS = ("weights", "biases")
MODELS = ("model", "net", "network")
PARTS_OF_A_MODEL, BESIDE_THEM = ("W", "b"), ("dLdW", "dLdb", "dW", "db")


class StrangerLayerOptimizer:
    """An object of a class with update_params."""

    def __init__(self, kind: type, settings: calls.Settings) -> None:
        self._kind, self._settings = kind, settings
        calls.call(kind, settings=settings)  # what it has no place for is not offered

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self.thing = calls.call(self._kind, settings=self._settings)
        self._layers = {n: SimpleNamespace(weights=a.copy(), biases=a.copy()) for n, a in parameters.items()}

    def step(self, gradients: Arrays, lr: float) -> None:
        held = [name for name in RATES if isinstance(getattr(self.thing, name, None), (int, float))]
        if not held:
            raise NotOffered(f"no attribute {', '.join(RATES)} that holds its rate")
        for name in held:
            setattr(self.thing, name, lr)
        self._around("pre_update_params")
        for name, layer in self._layers.items():
            layer.dweights, layer.dbiases = gradients[name].copy(), gradients[name].copy()
            self.thing.update_params(layer)
        self._around("post_update_params")

    def parameters(self) -> dict[str, np.ndarray]:
        return {name: getattr(layer, PARTS[i % 2]) for i, (name, layer) in enumerate(self._layers.items())}

    def _around(self, name: str) -> None:
        if callable(method := getattr(self.thing, name, None)):
            method()


class StrangerModelOptimizer:
    """An object of a class whose first argument is a model. lr: the rate that it is made with."""

    def __init__(self, kind: type, settings: calls.Settings, lr: float) -> None:
        self._kind, self._settings, self._lr = kind, settings, lr
        self._made(())  # what it has no place for is not offered

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._layers = {n: Layer(W=a.copy(), b=a.copy()) for n, a in parameters.items()}
        self.thing = self._made(self._layers.values())

    def step(self, gradients: Arrays, lr: float) -> None:
        set_rate(self.thing, lr, self._lr)
        for name, layer in self._layers.items():
            vars(layer).update({beside: gradients[name].copy() for beside in BESIDE_THEM})
        step = method_of(self.thing, ("step", "update"))
        if step is None or calls.required(step):
            raise NotOffered("no method `step` that is called without arguments")
        with as_far_as_they_go():
            step()

    def parameters(self) -> dict[str, np.ndarray]:
        return {name: getattr(layer, PARTS_OF_A_MODEL[i % 2]) for i, (name, layer) in enumerate(self._layers.items())}

    def _made(self, layers: Iterable[Layer]) -> Any:
        with as_far_as_they_go():
            return calls.call(self._kind, Model(layers=list(layers)), settings=self._settings)
