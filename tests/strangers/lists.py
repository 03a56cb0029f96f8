# ruff: noqa: NPY002  (strangers write as they write)
"""Parameters and gradients stand in lists; layers are called; optimisers go through two lists."""

import numpy as np


class Affine:
    """gradients are written into the arrays that stand in the list."""

    def __init__(self, in_size, out_size):
        self.params = [0.01 * np.random.randn(in_size, out_size), np.zeros(out_size)]
        self.grads = [np.zeros_like(param) for param in self.params]

    def __call__(self, x):
        self.x = x
        W, b = self.params
        return x @ W + b

    def backward(self, dout):
        self.grads = [self.x.T @ dout, dout.sum(axis=0)]
        return dout @ self.params[0].T


class Sigmoid:
    def __init__(self):
        self.params, self.grads = [], []

    def __call__(self, x):
        with np.errstate(over="ignore"):
            self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out) * self.out


class SGD:
    def __init__(self, lr=0.01):
        self.lr = lr

    def update(self, params, grads):
        for i in range(len(params)):
            params[i] -= self.lr * grads[i]


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.iter, self.m, self.v = 0, None, None

    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = ([np.zeros_like(param) for param in params] for _ in range(2))
        self.iter += 1
        rate = self.lr * np.sqrt(1 - self.beta2**self.iter) / (1 - self.beta1**self.iter)
        eps = self.eps * np.sqrt(1 - self.beta2**self.iter)
        for i in range(len(params)):
            self.m[i] = self.m[i] + (1 - self.beta1) * (grads[i] - self.m[i])
            self.v[i] = self.v[i] + (1 - self.beta2) * (grads[i] ** 2 - self.v[i])
            params[i] -= (rate * self.m[i] / (np.sqrt(self.v[i]) + eps)).astype(params[i].dtype)


class Exponential:
    """Stepped once an epoch, as torch's schedulers are."""

    def __init__(self, lr, gamma):
        self.lr, self.gamma, self.epoch = lr, gamma, 0

    def get_lr(self):
        return self.lr * self.gamma**self.epoch

    def step(self):
        self.epoch += 1


def xavier_uniform(n_in, n_out):
    bound = np.sqrt(6 / (n_in + n_out))
    return np.random.uniform(-bound, bound, (n_in, n_out))


def he_normal(size, rng):
    fan_in = int(np.prod(size[:-1]))
    return rng.normal(0, np.sqrt(2 / fan_in), size)
