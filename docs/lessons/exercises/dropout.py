"""Exercises of lesson 10: dropout, with p the probability of dropping.

Grade it:   python -m parity_tests check docs/lessons/exercises/dropout.py --pair Dropout
"""

import numpy as np


class Dropout:
    """rng.random(shape) is where chance comes from: uniform on [0, 1)."""

    def __init__(self, p: float, *, rng: np.random.Generator | None = None) -> None:
        self.p, self.rng = p, rng if rng is not None else np.random.default_rng()

    # ---- given

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.training = training
        if not training:
            return self.evaluate(X)
        self.M = self.mask(X.shape).astype(X.dtype)
        return X * self.M

    # ---- yours

    def mask(self, shape: tuple[int, ...]) -> np.ndarray:
        """Exercise 1. 1 / (1 - p) with probability 1 - p, else 0; all zeros where p is 1."""
        # TODO: compare self.rng.random(shape) with p. Which side is dropped?
        raise RuntimeError("exercise 1 is not done: the mask")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """Exercises 2 (in training) and 3 (in evaluation; self.training tells)."""
        # TODO: the mask of the last forward.
        raise RuntimeError("exercise 2 is not done: the gradient")

    def evaluate(self, X: np.ndarray) -> np.ndarray:
        """Exercise 3. The output in evaluation."""
        # TODO: what is the expected value of the output in training?
        raise RuntimeError("exercise 3 is not done: evaluation")
