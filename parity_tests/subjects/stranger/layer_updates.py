"""Optimisers that are given layers: update_params(layer), over layer.weights and layer.biases, with layer.dweights and
layer.dbiases beside them; and, around all layers, pre_update_params() and post_update_params().

Every parameter has a layer of its own, in which it is the weights and the biases. By turns one of the two is what came
of it, so that a mistake in either shows.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from parity_tests.pair import Arrays, NotOffered
from parity_tests.subjects.stranger import calls

RATES = ("learning_rate", "current_learning_rate", "lr")
PARTS = ("weights", "biases")


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
