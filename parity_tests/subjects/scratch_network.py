"""A whole NeuralNetwork of scratch_nn as a subject: its own forward, backward and update, with spies on its layers.

In training steps, of which only the loss and the parameters are compared, there are no spies: nobody looks at what
passes between the layers, and several may do their work together, as they do when a network is trained.

Layers are named by place and class, `03.Pool2D`; their parameters as in PyTorch's map, `layers.3.W`.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from parity_tests.pair import Arrays, Case, Pair
from parity_tests.subjects.masks import ReplayedMask


class Spy:
    """Stands in a network in the place of a layer, passes every call on, and remembers what came back."""

    def __init__(self, layer) -> None:
        self.layer = layer

    def __getattr__(self, name: str):
        return getattr(self.layer, name)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.output = self.layer.forward(X, training=training)
        return self.output

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self.input_gradient = self.layer.backward(dLdY)
        return self.input_gradient


class ScratchNetwork:
    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.network = pair.ours(library, case)
        self.network.build(case.shape[1:], dtype=np.dtype(dtype))
        self.layers = self.network.layers
        self.spies = [Spy(layer) for layer in self.layers]
        self.names = [f"{i:02}.{type(layer).__name__}" for i, layer in enumerate(self.layers)]

    def load(self, parameters: Arrays, state: Arrays) -> None:
        for i, layer in enumerate(self.layers):
            for kind, arrays in (("parameters", parameters), ("state", state)):
                start = f"layers.{i}."
                mine = {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
                setattr(layer, kind, mine)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        self.network.layers = self.spies
        return self._forward(X, training, masks)

    def _forward(self, X: np.ndarray, training: bool, masks: Arrays) -> np.ndarray:
        for name, mask in masks.items():
            self.layers[int(name.split(".")[1])].rng = ReplayedMask(mask)
        self._output = self.network.forward(X, training=training)
        return self._output

    def outputs(self) -> dict[str, np.ndarray]:
        return {f"{n}.output": spy.output for n, spy in zip(self.names, self.spies, strict=True)}

    def backward(self, target: np.ndarray) -> float:
        return self.network.backward(target, self._output)

    def layer_gradients(self) -> dict[str, np.ndarray]:
        """From the last layer to the first: its parameters' gradients, then its input's."""
        found = {}
        for name, spy in reversed(list(zip(self.names, self.spies, strict=True))):
            found |= {f"{name}.gradient.{key}": array for key, array in spy.layer.gradients.items()}
            found[f"{name}.input_gradient"] = spy.input_gradient
        return found

    def train_step(self, X: np.ndarray, target: np.ndarray, *, masks: Arrays) -> float:
        self.network.layers = self.layers
        self._forward(X, True, masks)
        loss = self.backward(target)
        self.network.update()
        return loss

    def parameters(self) -> dict[str, np.ndarray]:
        return self._named("parameters")

    def state(self) -> dict[str, np.ndarray]:
        return self._named("state")

    def _named(self, kind: str) -> dict[str, np.ndarray]:
        layers = enumerate(self.layers)
        return {f"layers.{i}.{key}": array for i, layer in layers for key, array in getattr(layer, kind).items()}
