"""What trains the classes of berkeley.py: losses (Y, Y_hat) with a name, optimisers update(param, grad, name)."""

import numpy as np


class CrossEntropy:
    """Of one-hot rows and probabilities."""

    def __init__(self, name):
        self.name = name

    def __call__(self, Y, Y_hat):
        return self.forward(Y, Y_hat)

    def forward(self, Y, Y_hat):
        return -(Y * np.log(Y_hat)).sum() / len(Y)

    def backward(self, Y, Y_hat):
        return -Y / Y_hat / len(Y)


class L2:
    def __init__(self, name="l2"):
        self.name = name

    def forward(self, Y, Y_hat):
        return ((Y - Y_hat) ** 2).mean()

    def backward(self, Y, Y_hat):
        return 2 * (Y_hat - Y) / Y.size


class SGD:
    """One call a parameter, which is known by its name."""

    def __init__(self, lr, momentum=0.0):
        self.lr, self.momentum, self.cache = lr, momentum, {}

    def update(self, param, param_grad, param_name):
        if param_name not in self.cache:
            self.cache[param_name] = np.zeros_like(param)
        self.cache[param_name] = self.momentum * self.cache[param_name] + param_grad
        return param - self.lr * self.cache[param_name]


class Constant:
    def __init__(self, lr):
        self.lr = lr

    def __call__(self, epoch):
        return self.lr


class Exponential:
    def __init__(self, lr, decay):
        self.lr, self.decay = lr, decay

    def __call__(self, epoch):
        return self.lr * self.decay**epoch
