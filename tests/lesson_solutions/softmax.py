"""Answers to the exercises of lesson 4, for the tests."""

import numpy as np
from stubs import stub


class SoftMax(stub("softmax").SoftMax):
    def forward(self, X: np.ndarray) -> np.ndarray:
        e = np.exp(X - X.max(axis=-1, keepdims=True))
        self._Y = e / e.sum(axis=-1, keepdims=True)
        return self._Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return self._Y * (dLdY - (dLdY * self._Y).sum(axis=-1, keepdims=True))
