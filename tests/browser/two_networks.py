"""A stranger's module with two networks: one is right; in the other a bias gradient is a mean, and training drifts."""

import numpy as np


class FullyConnected:
    def __init__(self, n_in, n_out):
        W = np.random.default_rng(n_in).normal(size=(n_in, n_out)) / n_in**0.5
        self.parameters, self.gradients = {"W": W, "b": np.zeros((1, n_out))}, {}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY):
        self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0, keepdims=True)}
        return dLdY @ self.parameters["W"].T


class MeanBias(FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["b"] = dLdY.mean(axis=0, keepdims=True)  # planted: a mean, not a sum
        return dLdX


class Tanh:
    def forward(self, X):
        self.Y = np.tanh(X)
        return self.Y

    def backward(self, dLdY):
        return dLdY * (1 - self.Y**2)


class Network:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X


right = Network(FullyConnected(4, 5), Tanh(), FullyConnected(5, 3))
wrong = Network(FullyConnected(4, 5), Tanh(), MeanBias(5, 3))
