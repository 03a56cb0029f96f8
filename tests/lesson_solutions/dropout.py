"""Answers to the exercises of lesson 10, for the tests."""

import numpy as np
from stubs import stub


class Dropout(stub("dropout").Dropout):
    def mask(self, shape: tuple[int, ...]) -> np.ndarray:
        return (self.rng.random(shape) >= self.p) / (1 - self.p if self.p < 1 else 1)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return dLdY * self.M if self.training else dLdY

    def evaluate(self, X: np.ndarray) -> np.ndarray:
        return X
