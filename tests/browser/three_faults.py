"""A stranger's module with three planted faults: ReLU at 0, a bias gradient that is a mean, a softmax's diagonal."""

import numpy as np


class ReLU:
    def forward(self, X):
        self.X = X
        return np.maximum(X, 0)

    def backward(self, dout):
        return dout * (self.X >= 0)  # planted: 1 at exactly 0


class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.X.T @ dout, dout.mean(axis=0)  # planted: a mean, not a sum
        return dout @ self.W.T


class Softmax:
    def forward(self, X):
        e = np.exp(X - X.max(axis=-1, keepdims=True))
        self.Y = e / e.sum(axis=-1, keepdims=True)
        return self.Y

    def backward(self, dout):
        return dout * self.Y * (1 - self.Y)  # planted: the diagonal of the Jacobian alone


class Tanh:
    def forward(self, X):
        self.Y = np.tanh(X)
        return self.Y

    def backward(self, dout):
        return dout * (1 - self.Y**2)
