"""Exercises of lesson 13: Adam and AdamW.

Grade one:   python -m parity_tests check docs/lessons/exercises/adam.py --pair Adam --case plain
"""

import numpy as np


class Adam:
    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.t, self.m, self.s = 0, {}, {}  # averages by the parameter's name

    # ---- given

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        """Put a new array in the place of every parameter."""
        self.t += 1
        for name, theta in parameters.items():
            g = self.gradient_with_decay(theta, gradients[name]) if self.weight_decay else gradients[name]
            parameters[name] = self.moved(name, theta, g)

    # ---- yours

    def moved(self, name: str, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Exercise 1. Theta after step self.t; the averages are kept in self.m[name] and self.s[name]."""
        # TODO: two averages from 0, both corrected, eps outside the root.
        raise RuntimeError("exercise 1 is not done: the step")

    def gradient_with_decay(self, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Exercise 2. The gradient with that of weight decay, before the averages see it."""
        # TODO
        raise RuntimeError("exercise 2 is not done: coupled weight decay")


class AdamW(Adam):
    """Exercise 3. Weight decay shrinks theta itself, by lr weight_decay theta, and does not enter the averages."""

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay)

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        # TODO: what of Adam can be used as it is?
        raise RuntimeError("exercise 3 is not done: decoupled weight decay")
