"""Exercises of lesson 2: a dense layer, Z = X W + b.

Grade it:   python -m parity_tests check docs/lessons/exercises/dense.py --pair FullyConnected
"""

import numpy as np


class FullyConnected:
    """X (N, D) to Z (N, M). float32 in, float32 out; float64 in, float64 out."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.parameters = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {}

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Exercise 1. Z_nm = b_m + sum over d of X_nd W_dm; keep what backward needs."""
        # TODO: one line of matrix algebra, and what you keep.
        raise RuntimeError("exercise 1 is not done: forward")

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        dLdX = self.input_gradient(dLdZ)
        try:
            self.gradients = self.parameter_gradients(dLdZ)
        except RuntimeError:  # exercise 2 can be graded before exercise 3 is done
            self.gradients = {key: np.zeros_like(array) for key, array in self.parameters.items()}
        return dLdX

    def input_gradient(self, dLdZ: np.ndarray) -> np.ndarray:
        """Exercise 2. dLdX_nd = sum over m of dLdZ_nm W_dm."""
        # TODO: which of the two factors has to be transposed?
        raise RuntimeError("exercise 2 is not done: dLdX")

    def parameter_gradients(self, dLdZ: np.ndarray) -> dict[str, np.ndarray]:
        """Exercise 3. dLdW_dm = sum over n of X_nd dLdZ_nm, dLdb_m = sum over n of dLdZ_nm, as {"W": ..., "b": ...}."""
        # TODO: a gradient has the shape of its parameter.
        raise RuntimeError("exercise 3 is not done: dLdW and dLdb")
