"""Answers to the exercises of lesson 12, for the tests."""

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

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        for name, theta in parameters.items():
            g = gradients[name] + self.weight_decay * theta
            if self.momentum:
                v = self.velocity(name, g)
                g = g + self.momentum * v if self.nesterov else v
            parameters[name] = theta - self.lr * g

    def velocity(self, name: str, g: np.ndarray) -> np.ndarray:
        v = self.velocities.get(name)
        self.velocities[name] = g if v is None else self.momentum * v + (1 - self.dampening) * g
        return self.velocities[name]
