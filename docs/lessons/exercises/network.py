"""Exercises of lesson 15: a network of given layers, its passes, and the step that trains it.

Grade it:   python -m parity_tests check docs/lessons/exercises/network.py
            python -m parity_tests check docs/lessons/exercises/network.py --pair SGD --case plain
"""

import numpy as np

# ---- given: layers and a loss, as in the lessons before


class FullyConnected:
    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator | None = None) -> None:
        rng = rng if rng is not None else np.random.default_rng(0)
        self.n_out, self.gradients = n_out, {}
        self.parameters = {"W": rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in), "b": np.zeros((1, n_out))}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        self.gradients = {"W": self._X.T @ dLdZ, "b": dLdZ.sum(axis=0, keepdims=True)}
        return dLdZ @ self.parameters["W"].T


class ReLU:
    def __init__(self) -> None:
        self.parameters, self.gradients = {}, {}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._on = ~(X <= 0)
        return np.maximum(X, 0)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return np.where(self._on, dLdY, 0).astype(dLdY.dtype)


class SoftmaxCrossEntropy:
    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        Z = Y_hat - Y_hat.max(axis=1, keepdims=True)
        return float(-(Y * (Z - np.log(np.exp(Z).sum(axis=1, keepdims=True)))).sum() / len(Y))

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        e = np.exp(Y_hat - Y_hat.max(axis=1, keepdims=True))
        return (e / e.sum(axis=1, keepdims=True) * Y.sum(axis=1, keepdims=True) - Y) / len(Y)


# ---- yours


class Network:
    """layers: objects with forward, backward, parameters and gradients. loss: one with forward and backward."""

    def __init__(self, layers: list, loss: SoftmaxCrossEntropy) -> None:
        self.layers, self.loss = layers, loss

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Exercise 1. The output of the last layer."""
        # TODO
        raise RuntimeError("exercise 1 is not done: forward")

    def backward(self, target: np.ndarray, out: np.ndarray) -> float:
        """Exercise 2. Leaves the gradients in every layer; returns the loss. `out` is what forward returned."""
        # TODO: where does the first gradient come from, and which layer takes it?
        raise RuntimeError("exercise 2 is not done: backward")


class SGD:
    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        """Exercise 3. Put a new array in the place of every parameter."""
        # TODO
        raise RuntimeError("exercise 3 is not done: the step")


def make_network() -> Network:
    """What the checker looks at: 6 inputs, 5 hidden units, 3 classes."""
    rng = np.random.default_rng(0)
    return Network([FullyConnected(6, 5, rng), ReLU(), FullyConnected(5, 3, rng)], SoftmaxCrossEntropy())
