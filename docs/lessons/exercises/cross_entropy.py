"""Exercises of lesson 5: cross-entropy, of probabilities and of logits.

Grade one:   python -m parity_tests check docs/lessons/exercises/cross_entropy.py --pair CrossEntropy
             python -m parity_tests check docs/lessons/exercises/cross_entropy.py --pair SoftmaxCrossEntropy
"""

import numpy as np


class CrossEntropy:
    """Exercise 1. Y: targets (N, C), rows that sum to 1. Y_hat: probabilities (N, C)."""

    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        # TODO: minus the mean over the batch of the sum over the classes of y log p.
        raise RuntimeError("exercise 1 is not done: the value")

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        # TODO: by the probabilities; there is no p - y here.
        raise RuntimeError("exercise 1 is not done: the gradient by the probabilities")


class SoftmaxCrossEntropy:
    """Y: targets (N, C). Y_hat: logits (N, C), of any size."""

    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        """Exercise 2. log softmax(z) = z - log sum exp(z), with each row's maximum taken off first."""
        # TODO: without making probabilities and taking their logarithm.
        raise RuntimeError("exercise 2 is not done: the value")

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        """Exercise 3. Through the softmax, also for targets whose rows do not sum to 1."""
        # TODO: the formula before its last step.
        raise RuntimeError("exercise 3 is not done: the gradient by the logits")
