# ruff: noqa: NPY002  (strangers write as they write)
"""The modules of a university's deep-learning course: everything is called ...Module, weights are (out, in)."""

import numpy as np


class LinearModule:
    def __init__(self, in_features, out_features, input_layer=False):
        std = 1.0 / np.sqrt(in_features) if input_layer else np.sqrt(2.0 / in_features)
        self.params = {"weight": np.random.normal(0, std, size=(out_features, in_features)),
                       "bias": np.zeros((1, out_features))}  # fmt: skip
        self.grads = {"weight": np.zeros((out_features, in_features)), "bias": np.zeros((1, out_features))}

    def forward(self, x):
        self.x = x
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, dout):
        self.grads["weight"] = dout.T @ self.x
        self.grads["bias"] = dout.sum(axis=0, keepdims=True)
        return dout @ self.params["weight"]


class ReLUModule:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * (self.x > 0)


class SoftMaxModule:
    def forward(self, x):
        y = np.exp(x - x.max(axis=1, keepdims=True))
        self.out = y / y.sum(axis=1, keepdims=True)
        return self.out

    def backward(self, dout):
        return self.out * (dout - (dout * self.out).sum(axis=1, keepdims=True))


class CrossEntropyModule:
    def forward(self, x, y):
        return -np.mean(np.log(x[np.arange(x.shape[0]), y]))

    def backward(self, x, y):
        T = np.eye(x.shape[1])[y]
        return -(T / x) / x.shape[0]
