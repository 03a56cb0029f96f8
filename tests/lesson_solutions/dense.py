"""Answers to the exercises of lesson 2, for the tests."""

import numpy as np
from stubs import stub


class FullyConnected(stub("dense").FullyConnected):
    def forward(self, X: np.ndarray) -> np.ndarray:
        self._X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def input_gradient(self, dLdZ: np.ndarray) -> np.ndarray:
        return dLdZ @ self.parameters["W"].T

    def parameter_gradients(self, dLdZ: np.ndarray) -> dict[str, np.ndarray]:
        return {"W": self._X.T @ dLdZ, "b": dLdZ.sum(axis=0, keepdims=True)}
