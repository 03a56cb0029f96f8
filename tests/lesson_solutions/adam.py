"""Answers to the exercises of lesson 13, for the tests."""

import numpy as np
from stubs import stub


class Adam(stub("adam").Adam):
    def moved(self, name: str, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        beta1, beta2 = self.betas
        self.m[name] = beta1 * self.m.get(name, 0 * g) + (1 - beta1) * g
        self.s[name] = beta2 * self.s.get(name, 0 * g) + (1 - beta2) * g * g
        root = np.sqrt(self.s[name]) / (1 - beta2**self.t) ** 0.5 + self.eps
        return theta - self.lr / (1 - beta1**self.t) * self.m[name] / root

    def gradient_with_decay(self, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        return g + self.weight_decay * theta


class AdamW(Adam):
    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay)

    def step(self, parameters: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        self.t += 1
        for name, theta in parameters.items():
            shrunk = theta * (1 - self.lr * self.weight_decay)
            parameters[name] = self.moved(name, shrunk, gradients[name])
