# ruff: noqa: NPY002  (strangers write as they write)
"""The classes of a well-known course, written by hand: sizes are lazy, activations fused by name and without a memory.

parameters, gradients and cache are OrderedDicts; images (N, H, W, C), weights (kh, kw, in, out), b (n,).
"""

from collections import OrderedDict

import numpy as np


class Linear:
    def forward(self, Z):
        return Z

    def backward(self, Z, dY):
        return dY


class Sigmoid:
    def forward(self, Z):
        e = np.exp(-np.abs(Z))
        return np.where(Z >= 0, 1 / (1 + e), e / (1 + e))

    def backward(self, Z, dY):
        Y = self.forward(Z)
        return dY * Y * (1 - Y)


class TanH:
    def forward(self, Z):
        return np.tanh(Z)

    def backward(self, Z, dY):
        return dY * (1 - np.tanh(Z) ** 2)


class ReLU:
    def forward(self, Z):
        return np.maximum(Z, 0)

    def backward(self, Z, dY):
        return np.where(Z <= 0, 0, dY).astype(dY.dtype)


class SoftMax:
    def forward(self, Z):
        e = np.exp(Z - Z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def backward(self, Z, dY):
        Y = self.forward(Z)
        return Y * (dY - (dY * Y).sum(axis=-1, keepdims=True))


def initialize_activation(name):
    known = {"linear": Linear, "sigmoid": Sigmoid, "tanh": TanH, "relu": ReLU, "softmax": SoftMax}
    if name not in known:
        raise NotImplementedError(f"{name} activation is not implemented")
    return known[name]()


def initialize_weights(name, shape):
    if name != "xavier_uniform":
        raise NotImplementedError(f"{name} initialization is not implemented")
    receptive = int(np.prod(shape[:-2])) if len(shape) == 4 else 1
    bound = np.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
    return np.random.uniform(-bound, bound, shape)


class Layer:
    def __init__(self):
        self.n_in = None
        self.parameters, self.cache, self.gradients = OrderedDict(), OrderedDict(), OrderedDict()


class FullyConnected(Layer):
    def __init__(self, n_out, activation, weight_init="xavier_uniform"):
        super().__init__()
        self.n_out, self.weight_init = n_out, weight_init
        self.activation = initialize_activation(activation)

    def _init_parameters(self, X_shape):
        self.n_in = X_shape[1]
        self.parameters["W"] = initialize_weights(self.weight_init, (self.n_in, self.n_out))
        self.parameters["b"] = np.zeros(self.n_out)

    def forward(self, X):
        if self.n_in is None:
            self._init_parameters(X.shape)
        Z = X @ self.parameters["W"] + self.parameters["b"]
        self.cache["X"], self.cache["Z"] = X, Z
        return self.activation.forward(Z)

    def backward(self, dLdY):
        X, Z = self.cache["X"], self.cache["Z"]
        dZ = self.activation.backward(Z, dLdY)
        self.gradients["W"], self.gradients["b"] = X.T @ dZ, dZ.sum(axis=0)
        return dZ @ self.parameters["W"].T


class Conv2D(Layer):
    def __init__(self, n_out, kernel_shape, activation, stride=1, pad="same", weight_init="xavier_uniform"):
        super().__init__()
        self.n_out, self.kernel_shape, self.stride, self.pad = n_out, kernel_shape, stride, pad
        self.weight_init, self.activation = weight_init, initialize_activation(activation)

    def _init_parameters(self, X_shape):
        self.n_in = X_shape[3]
        self.parameters["W"] = initialize_weights(self.weight_init, (*self.kernel_shape, self.n_in, self.n_out))
        self.parameters["b"] = np.zeros(self.n_out)

    def _padding(self):
        """(before, after) of height and of width."""
        if self.pad == "same":
            return [((k - 1) // 2, k // 2) for k in self.kernel_shape]
        return [(0, 0) if self.pad == "valid" else (self.pad, self.pad)] * 2

    def forward(self, X):
        if self.n_in is None:
            self._init_parameters(X.shape)
        W, b, s = self.parameters["W"], self.parameters["b"], self.stride
        (kh, kw), Xp = W.shape[:2], np.pad(X, ((0, 0), *self._padding(), (0, 0)))
        rows, columns = (Xp.shape[1] - kh) // s + 1, (Xp.shape[2] - kw) // s + 1
        Z = np.empty((len(X), rows, columns, self.n_out), X.dtype)
        for i in range(rows):
            for j in range(columns):
                window = Xp[:, i * s : i * s + kh, j * s : j * s + kw]
                Z[:, i, j] = np.tensordot(window, W, axes=3) + b
        self.cache["X"], self.cache["Z"] = Xp, Z
        return self.activation.forward(Z)

    def backward(self, dLdY):
        W, Xp, s = self.parameters["W"], self.cache["X"], self.stride
        dZ, (kh, kw) = self.activation.backward(self.cache["Z"], dLdY), W.shape[:2]
        dXp, dW = np.zeros_like(Xp), np.zeros_like(W)
        for i in range(dZ.shape[1]):
            for j in range(dZ.shape[2]):
                rows, columns = slice(i * s, i * s + kh), slice(j * s, j * s + kw)
                dW += np.tensordot(Xp[:, rows, columns], dZ[:, i, j], axes=(0, 0))
                dXp[:, rows, columns] += np.tensordot(dZ[:, i, j], W, axes=(1, 3))
        self.gradients["W"], self.gradients["b"] = dW, dZ.sum(axis=(0, 1, 2))
        (top, bottom), (left, right) = self._padding()
        return dXp[:, top : dXp.shape[1] - bottom, left : dXp.shape[2] - right]


class Pool2D(Layer):
    def __init__(self, kernel_shape, mode="max", stride=1, pad=0):
        super().__init__()
        self.kernel_shape, self.mode, self.stride, self.pad = kernel_shape, mode, stride, pad
        if mode not in ("max", "average"):
            raise NotImplementedError(f"{mode} pooling is not implemented")

    def _windows(self, shape):
        (kh, kw), s = self.kernel_shape, self.stride
        for i in range((shape[1] - kh) // s + 1):
            for j in range((shape[2] - kw) // s + 1):
                yield i, j, slice(i * s, i * s + kh), slice(j * s, j * s + kw)

    def forward(self, X):
        p, border = self.pad, -np.inf if self.mode == "max" else 0
        Xp = np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)), constant_values=border)
        pool = np.max if self.mode == "max" else np.mean
        found = {(i, j): pool(Xp[:, r, c], axis=(1, 2)) for i, j, r, c in self._windows(Xp.shape)}
        rows, columns = (last + 1 for last in max(found))
        self.cache["X"] = Xp
        return np.array([[found[i, j] for j in range(columns)] for i in range(rows)]).transpose(2, 0, 1, 3)

    def backward(self, dLdY):
        Xp, p = self.cache["X"], self.pad
        dXp, (N, C) = np.zeros_like(Xp), (Xp.shape[0], Xp.shape[3])
        for i, j, r, c in self._windows(Xp.shape):
            window = Xp[:, r, c].reshape(N, -1, C)
            if self.mode == "max":
                first = np.arange(window.shape[1])[:, None] == window.argmax(axis=1)[:, None]
                share = first * dLdY[:, i, j][:, None]
            else:
                share = np.repeat(dLdY[:, i, j][:, None] / window.shape[1], window.shape[1], axis=1)
            dXp[:, r, c] += share.reshape(Xp[:, r, c].shape)
        return dXp[:, p : dXp.shape[1] - p, p : dXp.shape[2] - p]


class Flatten(Layer):
    def forward(self, X):
        self.cache["shape"] = X.shape
        return X.reshape(len(X), -1)

    def backward(self, dLdY):
        return dLdY.reshape(self.cache["shape"])
