"""Exercises of lesson 3: three activations, each with its backward.

Grade one:   python -m parity_tests check docs/lessons/exercises/activations.py --pair ReLU
All three:   python -m parity_tests check docs/lessons/exercises/activations.py
"""

import numpy as np


class ReLU:
    """Exercise 1. y = max(x, 0); its gradient at exactly 0 is 0."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: keep what backward needs.
        raise RuntimeError("exercise 1 is not done: forward")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        # TODO: which numbers get through?
        raise RuntimeError("exercise 1 is not done: backward")


class LeakyReLU:
    """Exercise 2. y = x where x > 0, else slope x, for any slope; its gradient at exactly 0 is the slope."""

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: np.where chooses number by number.
        raise RuntimeError("exercise 2 is not done: forward")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        raise RuntimeError("exercise 2 is not done: backward")


class Sigmoid:
    """Exercise 3. y = 1 / (1 + exp(-x)), for x from -1000 to 1000 without a warning."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: take exp of what is never positive.
        raise RuntimeError("exercise 3 is not done: forward")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        raise RuntimeError("exercise 3 is not done: backward")
