"""Exercises of lesson 11: flatten, and a dense layer in PyTorch's layout.

Grade one:   python -m parity_tests check docs/lessons/exercises/flatten.py --pair Flatten
             python -m parity_tests check docs/lessons/exercises/flatten.py --pair FullyConnected
"""

import numpy as np


class Flatten:
    """X (N, H, W, C) to Y (N, H W C): row by row, pixel by pixel, the channels of a pixel together."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: keep what backward needs.
        raise RuntimeError("exercise 1 is not done: rows")

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        # TODO: the way back.
        raise RuntimeError("exercise 2 is not done: images")


class FullyConnected:
    """Exercise 3. Z = X W^T + b, with W (M, D) as torch.nn.Linear keeps it; dLdW has the shape of W."""

    def __init__(self, in_features: int, out_features: int) -> None:
        self.parameters = {"W": np.zeros((out_features, in_features)), "b": np.zeros(out_features)}
        self.gradients = {}

    def forward(self, X: np.ndarray) -> np.ndarray:
        # TODO: where does the transpose go?
        raise RuntimeError("exercise 3 is not done: forward")

    def backward(self, dLdZ: np.ndarray) -> np.ndarray:
        # TODO: derive it again, or transpose the formulas of lesson 2.
        raise RuntimeError("exercise 3 is not done: backward")
