"""Exercises of lesson 1: a dense layer in three strings of letters.

Letters: n an example, d an input, m an output. X (n, d), W (d, m), Z (n, m).
Grade it:   python -m parity_tests check docs/lessons/exercises/einsum.py --pair FullyConnected
"""

import numpy as np

FORWARD = None  # TODO exercise 1: Z_nm = sum over d of X_nd W_dm, of (X, W). The form is "ik,kj->ij".
DLDX = None  # TODO exercise 2: dLdX_nd, of (dLdZ, W)
DLDW = None  # TODO exercise 3: dLdW_dm, of (X, dLdZ)


def einsum(exercise: int, letters: str | None, *arrays: np.ndarray) -> np.ndarray:
    if letters is None:
        raise RuntimeError(f"exercise {exercise} is not done: its letters")
    return np.einsum(letters, *arrays)


class FullyConnected:
    """Given: everything but the letters."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.parameters = {"W": np.zeros((n_in, n_out)), "b": np.zeros((1, n_out))}
        self.gradients = {}

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._X = X
        return einsum(1, FORWARD, X, self.parameters["W"]) + self.parameters["b"]

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        dLdX = einsum(2, DLDX, dLdZ, self.parameters["W"])
        self.gradients["b"] = dLdZ.sum(axis=0, keepdims=True)
        try:
            self.gradients["W"] = einsum(3, DLDW, self._X, dLdZ)
        except RuntimeError:  # exercise 2 can be graded before exercise 3 is done
            self.gradients["W"] = np.zeros_like(self.parameters["W"])
        return dLdX
