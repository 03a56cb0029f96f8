"""SGD and Adam by their formulas, a fresh array for every parameter; letters as in scratch_nn/optimizers.py."""

from __future__ import annotations

from collections.abc import MutableMapping

import numpy as np

Arrays = MutableMapping[str, np.ndarray]


class SGD:
    """v = μ v + g + λ θ, from 0; θ = θ - lr v."""

    def __init__(self, lr: float, momentum: float, weight_decay: float) -> None:
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.v: dict[str, np.ndarray] = {}

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        for name, theta in parameters.items():
            g = gradients[name] + self.weight_decay * theta
            self.v[name] = self.momentum * self.v.get(name, 0) + g
            parameters[name] = theta - self.lr * self.v[name]


class Adam:
    """m = β1 m + (1 - β1) g, s = β2 s + (1 - β2) g²; θ = θ - lr m̂ / (sqrt(ŝ) + ε)."""

    def __init__(self, lr: float, betas: tuple[float, float], eps: float) -> None:
        self.lr, self.betas, self.eps = lr, betas, eps
        self.m: dict[str, np.ndarray] = {}
        self.s: dict[str, np.ndarray] = {}
        self.t = 0

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        self.t, (beta1, beta2) = self.t + 1, self.betas
        for name, g in gradients.items():
            self.m[name] = beta1 * self.m.get(name, 0) + (1 - beta1) * g
            self.s[name] = beta2 * self.s.get(name, 0) + (1 - beta2) * g**2
            m_hat, s_hat = self.m[name] / (1 - beta1**self.t), self.s[name] / (1 - beta2**self.t)
            parameters[name] = parameters[name] - self.lr * m_hat / (np.sqrt(s_hat) + self.eps)
