"""Explicit sizes, and backward returns every gradient: (dX, dW, db). Images (N, H, W, C), b (1, n)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
        self.b = np.zeros((1, n_out))

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dY):
        return dY @ self.W.T, self.X.T @ dY, dY.sum(axis=0, keepdims=True)


class Conv2D:
    """stride and pad are single numbers, and so is the kernel's size."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, pad=0, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        self.W = 0.1 * rng.normal(size=(kernel_size, kernel_size, in_channels, out_channels))
        self.b = np.zeros((1, out_channels))
        if not isinstance(stride, int) or not isinstance(pad, int):
            raise TypeError("stride and pad: one number each")
        self.k, self.s, self.p = kernel_size, stride, pad

    def forward(self, X):
        self.Xp = np.pad(X, ((0, 0), (self.p, self.p), (self.p, self.p), (0, 0)))
        self.windows = sliding_window_view(self.Xp, (self.k, self.k), axis=(1, 2))[:, :: self.s, :: self.s]
        return np.einsum("nhwcij,ijcm->nhwm", self.windows, self.W, optimize=True) + self.b

    def backward(self, dY):
        dXp, s = np.zeros_like(self.Xp), self.s
        for i, j in np.ndindex(self.k, self.k):
            rows, columns = slice(i, i + s * dY.shape[1], s), slice(j, j + s * dY.shape[2], s)
            dXp[:, rows, columns] += dY @ self.W[i, j].T
        dW = np.einsum("nhwcij,nhwm->ijcm", self.windows, dY, optimize=True)
        inside = slice(self.p, -self.p) if self.p else slice(None)
        return dXp[:, inside, inside], dW, dY.sum(axis=(0, 1, 2))[None]


class BatchNormalization:
    def __init__(self, n_features, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones((1, n_features)), np.zeros((1, n_features))
        self.running_mean, self.running_var = np.zeros((1, n_features)), np.ones((1, n_features))
        self.eps, self.momentum = eps, momentum

    def forward(self, X, training=True):
        self.training, axes = training, tuple(range(X.ndim - 1))
        mean, var = self.running_mean[0], self.running_var[0]
        if training:
            n, m = X.size // X.shape[-1], self.momentum
            mean, var = X.mean(axis=axes), X.var(axis=axes)
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        self.std = np.sqrt(var + np.asarray(self.eps, X.dtype))
        self.X_hat = (X - mean) / self.std
        return self.gamma[0] * self.X_hat + self.beta[0]

    def backward(self, dY):
        axes = tuple(range(dY.ndim - 1))
        dgamma, dbeta = (dY * self.X_hat).sum(axis=axes)[None], dY.sum(axis=axes)[None]
        dX_hat = dY * self.gamma[0]
        if self.training:
            dX_hat = dX_hat - dX_hat.mean(axis=axes) - self.X_hat * (dX_hat * self.X_hat).mean(axis=axes)
        return dX_hat / self.std, dgamma, dbeta


class ReLU:
    def forward(self, X):
        self.off = X <= 0
        return np.where(self.off, 0, X).astype(X.dtype)

    def backward(self, dY):
        return np.where(self.off, 0, dY).astype(dY.dtype)


class SoftmaxCrossEntropyLoss:
    """Takes logits and one-hot rows; backward needs nothing, for forward kept it."""

    def forward(self, logits, targets):
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.gradient = (np.exp(log_p) * targets.sum(axis=1, keepdims=True) - targets) / len(logits)
        return -(targets * log_p).sum() / len(logits)

    def backward(self):
        return self.gradient


class Adam:
    """The parameters are changed in place; learning_rate and betas by themselves."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.learning_rate, self.beta1, self.beta2, self.epsilon = learning_rate, beta1, beta2, epsilon
        self.t, self.moments = 0, {}

    def update(self, params, grads):
        self.t += 1
        for key in params:
            m, v = self.moments.get(key, (0, 0))
            m = self.beta1 * m + (1 - self.beta1) * grads[key]
            v = self.beta2 * v + (1 - self.beta2) * grads[key] ** 2
            self.moments[key] = m, v
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            params[key] -= self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
