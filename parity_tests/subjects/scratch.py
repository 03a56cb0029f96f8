"""Subjects of scratch_nn, or of any module whose classes have the same names and the same calls.

The adapters add nothing and copy nothing: what a layer does to the arrays it is given is part of what is checked.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from parity_tests.pair import Arrays, Case, Pair
from parity_tests.subjects.masks import ReplayedMask
from parity_tests.subjects.scratch_network import ScratchNetwork


class ScratchLayer:
    """A layer or activation."""

    builds_itself = True

    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.layer = pair.ours(library, case)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self.layer.parameters, self.layer.state = dict(parameters), dict(state)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        for mask in masks.values():
            self.layer.rng = ReplayedMask(mask)
        Y = self.layer.forward(X, training=training)
        for mask in masks.values():
            self.layer.rng = ReplayedMask(~mask)  # for whoever draws again, in backward
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return self.layer.backward(dLdY)

    def gradients(self) -> dict[str, np.ndarray]:
        return self.layer.gradients

    def state(self) -> dict[str, np.ndarray]:
        return self.layer.state


class ScratchLoss:
    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.loss = pair.ours(library, case)

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        return self.loss.forward(Y, Y_hat)

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        return self.loss.backward(Y, Y_hat)


class ScratchOptimizer:
    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.optimizer = pair.ours(library, case)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self._parameters = dict(parameters)

    def step(self, gradients: Arrays, lr: float) -> None:
        self.optimizer.lr = lr
        self.optimizer.step(self._parameters, gradients)

    def parameters(self) -> dict[str, np.ndarray]:
        return self._parameters


class ScratchSchedule:
    """Read through an optimiser, as training does: start_epoch sets the rate."""

    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.optimizer = library.SGD(pair.ours(library, case))

    def rates(self, epochs: int) -> list[float]:
        rates = []
        for epoch in range(epochs):
            self.optimizer.start_epoch(epoch)
            rates.append(self.optimizer.lr)
        return rates


class ScratchInitializer:
    """`ours(library, case)` gives the initialiser; a bias is drawn by the layer that has one."""

    def __init__(self, library: ModuleType, pair: Pair, case: Case, dtype: str) -> None:
        self.library, self.case, self.initializer = library, case, pair.ours(library, case)

    def draws(self, shape: tuple[int, ...], seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        draw = self.initializer(shape, np.random.default_rng(seed))
        drawn = {"weight": (draw, standard_draw(self.case["kind"], np.random.default_rng(seed), shape))}
        return drawn | ({"bias": self.bias(shape, seed)} if "bias" in self.case["parts"] else {})

    def bias(self, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
        """A layer draws its weight first and its bias second, from one stream."""
        dense = len(shape) == 2
        make = self.library.FullyConnected if dense else self.library.Conv2D
        layer = make(shape[-1], *(() if dense else (shape[:2],)), weight_init=self.initializer)
        layer.build((shape[0],) if dense else (*shape[:2], shape[2]), np.random.default_rng(seed))
        rng, kind = np.random.default_rng(seed), self.case["kind"]
        standard_draw(kind, rng, shape)
        return layer.parameters["b"], standard_draw(kind, rng, (1, shape[-1]))


def standard_draw(kind: str, rng, shape: tuple[int, ...]) -> np.ndarray:
    """rng: a Generator, or numpy.random, whose global stream some draw from."""
    draws = {
        "ones": lambda: np.ones(shape),
        "normal": lambda: rng.normal(size=shape),
        "uniform": lambda: rng.uniform(-1, 1, size=shape),
    }
    return draws[kind]()


class ScratchSide:
    """The candidate's side of a workbench. `library` is a module that has the names of scratch_nn."""

    def __init__(self, library: ModuleType) -> None:
        self.library = library

    def __call__(self, pair: Pair, case: Case, dtype: str):
        kinds = {
            "layer": ScratchLayer,
            "loss": ScratchLoss,
            "optimizer": ScratchOptimizer,
            "schedule": ScratchSchedule,
            "initializer": ScratchInitializer,
            "network": ScratchNetwork,
        }
        return kinds[pair.family](self.library, pair, case, dtype)
