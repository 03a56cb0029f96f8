"""The layers that both styles share: each formula word for word, each result a fresh array.

Letters as in scratch_nn. A layer is handed its parameters; `forward` keeps what `backward` reads, `backward` stores
gradients under the parameters' names and returns dL/dX.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np


class CourseLayer(ABC):
    """`parameters` are copied; `gradients` get the same keys; `state` holds running statistics."""

    def __init__(self, parameters: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray]) -> None:
        self.parameters = {key: array.copy() for key, array in parameters.items()}
        self.state = {key: array.copy() for key, array in state.items()}
        self.gradients: dict[str, np.ndarray] = {}

    @abstractmethod
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray: ...

    @abstractmethod
    def backward(self, dLdY: np.ndarray) -> np.ndarray: ...


class Dense(CourseLayer):
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0, keepdims=True)}
        return dLdY @ self.parameters["W"].T


class ReLU(CourseLayer):
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.X = X
        return np.where(X > 0, X, 0)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return np.where(self.X > 0, dLdY, 0)


class Flatten(CourseLayer):
    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.shape = X.shape
        return X.reshape(len(X), -1)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return dLdY.reshape(self.shape)


class Dropout(CourseLayer):
    """p is the probability of dropping."""

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        super().__init__({}, {})
        self.p, self.rng = p, rng

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        kept = self.rng.random(X.shape) >= self.p if training else np.ones(X.shape, bool)
        self.mask = (kept / (1 - self.p if training else 1)).astype(X.dtype)
        return X * self.mask

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return dLdY * self.mask


class BatchNorm(CourseLayer):
    """The textbook's lines; the variance that is kept for evaluation is the unbiased one, as in PyTorch."""

    def __init__(
        self, parameters: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray], eps: float, momentum: float
    ) -> None:
        super().__init__(parameters, state)
        self.eps, self.momentum = eps, momentum

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        self.axes, self.m = tuple(range(X.ndim - 1)), X.size // X.shape[-1]
        mean = X.mean(axis=self.axes) if training else self.state["running_mean"]
        variance = X.var(axis=self.axes) if training else self.state["running_var"]
        if training:
            self._remember(mean, variance * self.m / (self.m - 1))
        self.deviation = np.sqrt(variance + self.eps)
        self.X_hat = (X - mean) / self.deviation
        return self.parameters["gamma"] * self.X_hat + self.parameters["beta"]

    def _remember(self, mean: np.ndarray, variance: np.ndarray) -> None:
        for key, batch in (("running_mean", mean), ("running_var", variance)):
            self.state[key] = (1 - self.momentum) * self.state[key] + self.momentum * batch

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """In training."""
        gamma, beta = self.parameters["gamma"], self.parameters["beta"]
        dgamma, dbeta = (dLdY * self.X_hat).sum(axis=self.axes), dLdY.sum(axis=self.axes)
        self.gradients = {"gamma": dgamma.reshape(gamma.shape), "beta": dbeta.reshape(beta.shape)}
        return gamma / self.deviation * (dLdY - dbeta / self.m - self.X_hat * dgamma / self.m)
