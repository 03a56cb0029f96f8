# ruff: noqa: NPY002  (strangers write as they write)
"""In the manner of a small PyTorch: parameters are objects with .data and .grad, gradients add up until zero_grad()."""

import numpy as np


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)

    def zero_grad(self):
        self.grad = np.zeros_like(self.data)


class Layer:
    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [held for held in vars(self).values() if isinstance(held, Parameter)]


class Linear(Layer):
    def __init__(self, in_features, out_features, bias=True):
        self.weight = Parameter(np.random.randn(out_features, in_features) * 0.01)
        self.bias = Parameter(np.zeros(out_features))

    def forward(self, x):
        self.x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, grad):
        self.weight.grad = self.weight.grad + grad.T @ self.x
        self.bias.grad = self.bias.grad + grad.sum(axis=0)
        return grad @ self.weight.data


class BatchNorm1d(Layer):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = Parameter(np.ones(num_features)), Parameter(np.zeros(num_features))
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum, self.training = eps, momentum, True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var, n, m = x.mean(axis=0), x.var(axis=0), len(x), self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        self.std = np.sqrt(var + np.asarray(self.eps, x.dtype))
        self.x_hat = (x - mean) / self.std
        return self.gamma.data * self.x_hat + self.beta.data

    def backward(self, grad):
        self.gamma.grad = self.gamma.grad + (grad * self.x_hat).sum(axis=0)
        self.beta.grad = self.beta.grad + grad.sum(axis=0)
        g = grad * self.gamma.data
        if self.training:
            g = g - g.mean(axis=0) - self.x_hat * (g * self.x_hat).mean(axis=0)
        return g / self.std


class Dropout(Layer):
    def __init__(self, p=0.5):
        self.p, self.training = p, True

    def forward(self, x):
        self.mask = np.ones_like(x)
        if self.training and self.p < 1:
            self.mask = (np.random.binomial(1, 1 - self.p, size=x.shape) / (1 - self.p)).astype(x.dtype)
        elif self.training:
            self.mask = np.zeros_like(x)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class MSELoss:
    def __call__(self, pred, target):
        self.pred, self.target = pred, target
        return ((pred - target) ** 2).mean()

    def backward(self):
        return 2 * (self.pred - self.target) / self.pred.size


class SGD:
    """It holds the parameters, and reads their gradients."""

    def __init__(self, parameters, lr, momentum=0.0, weight_decay=0.0):
        self.parameters, self.lr, self.momentum, self.weight_decay = parameters, lr, momentum, weight_decay
        self.velocity = [np.zeros_like(parameter.data) for parameter in parameters]

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.zero_grad()

    def step(self):
        for i, parameter in enumerate(self.parameters):
            grad = parameter.grad + self.weight_decay * parameter.data
            self.velocity[i] = self.momentum * self.velocity[i] + grad
            parameter.data = parameter.data - self.lr * self.velocity[i]
