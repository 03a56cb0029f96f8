"""Exercises of lesson 12: SGD, with momentum, dampening, Nesterov's step and weight decay.

Grade one:   python -m parity_tests check docs/lessons/exercises/sgd.py --pair SGD --case plain
"""

import numpy as np


class SGD:
    def __init__(
        self,
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.nesterov, self.weight_decay = nesterov, weight_decay
        self.velocities: dict[str, np.ndarray] = {}

    # ---- given

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        """Put a new array in the place of every parameter."""
        for name, theta in parameters.items():
            g = gradients[name]
            if self.weight_decay:
                g = self.decayed(theta, g)
            if self.momentum:
                v = self.velocity(name, g)
                g = self.ahead(g, v) if self.nesterov else v
            parameters[name] = self.moved(theta, g)

    # ---- yours

    def moved(self, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Exercise 1. Theta after a step against g; a new array."""
        # TODO
        raise RuntimeError("exercise 1 is not done: the step")

    def velocity(self, name: str, g: np.ndarray) -> np.ndarray:
        """Exercise 2. v = g at the first step, then momentum v + (1 - dampening) g; kept in self.velocities[name]."""
        # TODO
        raise RuntimeError("exercise 2 is not done: the velocity")

    def ahead(self, g: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Exercise 3. What Nesterov steps along."""
        # TODO
        raise RuntimeError("exercise 3 is not done: Nesterov")

    def decayed(self, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Exercise 3. The gradient with that of weight decay."""
        # TODO
        raise RuntimeError("exercise 3 is not done: weight decay")
