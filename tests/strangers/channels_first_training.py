"""What trains the layers of channels_first.py: torch's losses and optimisers, by hand. They go by torch's names.

A loss takes (output, target), class numbers for targets, and keeps what its backward needs.
"""

import numpy as np


class CrossEntropyLoss:
    def forward(self, input, target):
        shifted = input - input.max(1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        self.p, self.target = np.exp(log_p), target
        return -log_p[np.arange(len(target)), target].mean()

    def backward(self):
        grad = self.p.copy()
        grad[np.arange(len(grad)), self.target] -= 1
        return grad / len(grad)


class MSELoss:
    def forward(self, input, target):
        self.difference = input - target
        return (self.difference**2).mean()

    def backward(self):
        return 2 * self.difference / self.difference.size


class SGD:
    def __init__(self, lr, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr, self.momentum, self.weight_decay, self.nesterov = lr, momentum, weight_decay, nesterov
        self.velocities = {}

    def step(self, params, grads):
        for name, param in params.items():
            grad = grads[name] + self.weight_decay * param
            if self.momentum:
                self.velocities[name] = self.momentum * self.velocities.get(name, 0) + grad
                grad = grad + self.momentum * self.velocities[name] if self.nesterov else self.velocities[name]
            params[name] = param - self.lr * grad


class Adam:
    decoupled = False

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.betas
        for name, param in params.items():
            grad = grads[name]
            if self.decoupled:
                param = param * (1 - self.lr * self.weight_decay)
            else:
                grad = grad + self.weight_decay * param
            self.m[name] = b1 * self.m.get(name, 0) + (1 - b1) * grad
            self.v[name] = b2 * self.v.get(name, 0) + (1 - b2) * grad**2
            m, v = self.m[name] / (1 - b1**self.t), self.v[name] / (1 - b2**self.t)
            params[name] = param - self.lr * m / (np.sqrt(v) + self.eps)


class AdamW(Adam):
    decoupled = True

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps, weight_decay)


class ExponentialLR:
    def __init__(self, lr, gamma):
        self.lr, self.gamma = lr, gamma

    def get_lr(self, epoch):
        return self.lr * self.gamma**epoch


class StepLR:
    def __init__(self, lr, step_size, gamma=0.1):
        self.lr, self.step_size, self.gamma = lr, step_size, gamma

    def get_lr(self, epoch):
        return self.lr * self.gamma ** (epoch // self.step_size)


class CosineAnnealingLR:
    def __init__(self, lr, T_max, eta_min=0.0):
        self.lr, self.T_max, self.eta_min = lr, T_max, eta_min

    def get_lr(self, epoch):
        return self.eta_min + (self.lr - self.eta_min) * (1 + np.cos(np.pi * epoch / self.T_max)) / 2
