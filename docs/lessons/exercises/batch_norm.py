"""Exercises of lesson 9: batch norm over rows (N, D) and images (N, H, W, C).

Grade it:   python -m parity_tests check docs/lessons/exercises/batch_norm.py --pair BatchNorm
"""

import numpy as np


class BatchNorm:
    def __init__(self, num_features: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.eps, self.momentum = eps, momentum
        row = (1, num_features)
        self.parameters = {"gamma": np.ones(row), "beta": np.zeros(row)}
        self.state = {"running_mean": np.zeros(row), "running_var": np.ones(row)}
        self.gradients = {}

    # ---- given

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        axes = tuple(range(X.ndim - 1))  # all but the channels
        self.axes, self.training, self.m = axes, training, X.size // X.shape[-1]
        mean, variance = self.state["running_mean"], self.state["running_var"]
        if training:
            wide = X.astype(np.float64)  # a sum of thousands of float32 numbers loses digits; so will yours in backward
            mean, variance = (row.reshape(1, -1).astype(X.dtype) for row in (wide.mean(axis=axes), wide.var(axis=axes)))
            try:
                self.update_running(mean, variance)
            except RuntimeError:  # exercises 1 and 2 can be graded before exercise 3 is done
                self.state = {key: np.zeros_like(array) for key, array in self.state.items()}
        return self.normalise(X, mean, variance)

    # ---- yours

    def normalise(self, X: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Exercise 1. Y = gamma (X - mean) / sqrt(variance + eps) + beta. Keep what backward needs."""
        # TODO: rows of shape (1, C) broadcast over all other axes.
        raise RuntimeError("exercise 1 is not done: the output")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """Exercise 2. dLdX, and self.gradients = {"gamma": ..., "beta": ...} of shape (1, C)."""
        # TODO: sums over self.axes; in training mean and variance depend on X, in evaluation they do not.
        raise RuntimeError("exercise 2 is not done: backward")

    def update_running(self, mean: np.ndarray, variance: np.ndarray) -> None:
        """Exercise 3. Put new arrays for "running_mean" and "running_var" into self.state; self.m values a channel."""
        # TODO: `variance` is the biased one, divided by self.m.
        raise RuntimeError("exercise 3 is not done: running statistics")
