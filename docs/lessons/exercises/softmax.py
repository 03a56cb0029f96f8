"""Exercises of lesson 4: softmax over the last axis, and its backward.

Grade it:   python -m parity_tests check docs/lessons/exercises/softmax.py --pair SoftMax
"""

import numpy as np


class SoftMax:
    """y_i = exp(x_i) / sum over j of exp(x_j), over the last axis, whatever axes come before it."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        """Exercises 1 and 2. Keep what backward needs; let no exp overflow."""
        # TODO exercise 1: the quotient, over axis=-1 with keepdims=True.
        # TODO exercise 2: take something off each row first.
        raise RuntimeError("exercise 1 is not done: forward")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """Exercise 3. dLdX_j = y_j (dLdY_j - sum over i of dLdY_i y_i), row by row."""
        # TODO: no loop is needed.
        raise RuntimeError("exercise 3 is not done: backward")
