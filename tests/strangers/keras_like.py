"""Keras's manner by hand: units, filters, pool_size, padding in words, strides in pairs, momentum of the old, rate."""

import numpy as np


class Dense:
    def __init__(self, units, input_dim, activation=None):
        if activation is not None:
            raise NotImplementedError(f"activation {activation!r}")
        self.kernel, self.bias = np.random.default_rng(0).normal(size=(input_dim, units)), np.zeros(units)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.kernel + self.bias

    def backward(self, gradient):
        self.kernel_gradient, self.bias_gradient = self.inputs.T @ gradient, gradient.sum(axis=0)
        return gradient @ self.kernel.T


class Conv2D:
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid"):
        if padding not in ("valid", "same"):
            raise ValueError(f"padding {padding!r}: expected 'valid' or 'same'")
        self.filters, self.size, self.strides, self.padding = filters, kernel_size, strides, padding
        self.kernel = None

    def build(self, channels):
        self.kernel = np.random.default_rng(0).normal(size=(*self.size, channels, self.filters))
        self.bias = np.zeros(self.filters)

    def forward(self, inputs):
        if self.kernel is None:
            self.build(inputs.shape[-1])
        (kh, kw), (sh, sw) = self.size, self.strides
        border = [((k - 1) // 2, k // 2) if self.padding == "same" else (0, 0) for k in self.size]
        self.padded, self.border = np.pad(inputs, ((0, 0), *border, (0, 0))), border
        windows = np.lib.stride_tricks.sliding_window_view(self.padded, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
        self.windows = windows
        return np.einsum("nhwcij,ijcm->nhwm", windows, self.kernel, optimize=True) + self.bias

    def backward(self, gradient):
        self.kernel_gradient = np.einsum("nhwcij,nhwm->ijcm", self.windows, gradient, optimize=True)
        self.bias_gradient = gradient.sum(axis=(0, 1, 2))
        padded, (sh, sw) = np.zeros_like(self.padded), self.strides
        for i, j in np.ndindex(self.size):
            rows, columns = slice(i, i + sh * gradient.shape[1], sh), slice(j, j + sw * gradient.shape[2], sw)
            padded[:, rows, columns] += gradient @ self.kernel[i, j].T
        (top, bottom), (left, right) = self.border
        return padded[:, top : padded.shape[1] - bottom, left : padded.shape[2] - right]


class MaxPooling2D:
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid"):
        if padding != "valid":
            raise NotImplementedError(padding)
        self.size, self.strides = pool_size, strides or pool_size

    def forward(self, inputs):
        (sh, sw), self.shape = self.strides, inputs.shape
        windows = np.lib.stride_tricks.sliding_window_view(inputs, self.size, axis=(1, 2))[:, ::sh, ::sw]
        flat = windows.reshape(*windows.shape[:4], -1)
        self.first = flat.argmax(axis=-1)
        return np.take_along_axis(flat, self.first[..., None], axis=-1)[..., 0]

    def backward(self, gradient):
        inputs = np.zeros(self.shape, gradient.dtype)
        n, i, j, c = np.indices(gradient.shape)
        rows, columns = (
            i * self.strides[0] + self.first // self.size[1],
            j * self.strides[1] + self.first % self.size[1],
        )
        np.add.at(inputs, (n, rows, columns, c), gradient)
        return inputs


class BatchNormalization:
    """Right for rows. momentum weighs the old statistics, and its default says so."""

    def __init__(self, num_features, momentum=0.99, epsilon=1e-5):
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.moving_mean, self.moving_variance = np.zeros(num_features), np.ones(num_features)
        self.momentum, self.epsilon = momentum, epsilon

    def forward(self, inputs, training=False):
        mean, variance = self.moving_mean, self.moving_variance
        self.training = training
        if training:
            n, keep = len(inputs), self.momentum
            mean, variance = inputs.mean(axis=0), inputs.var(axis=0)
            self.moving_mean = keep * self.moving_mean + (1 - keep) * mean
            self.moving_variance = keep * self.moving_variance + (1 - keep) * variance * n / (n - 1)
        self.std = np.sqrt(variance + np.asarray(self.epsilon, inputs.dtype))
        self.normal = (inputs - mean) / self.std
        return self.gamma * self.normal + self.beta

    def backward(self, gradient):
        self.gamma_gradient, self.beta_gradient = (gradient * self.normal).sum(axis=0), gradient.sum(axis=0)
        inner = gradient * self.gamma
        if self.training:
            inner = inner - inner.mean(axis=0) - self.normal * (inner * self.normal).mean(axis=0)
        return inner / self.std


class Dropout:
    def __init__(self, rate, seed=None):
        self.rate, self.rng = rate, np.random.default_rng(seed)

    def forward(self, inputs, training=False):
        self.scale = np.ones(inputs.shape, inputs.dtype)
        if training:
            kept = self.rng.uniform(size=inputs.shape) >= self.rate
            self.scale = (kept / max(1 - self.rate, 1e-12)).astype(inputs.dtype) * (self.rate < 1)
        return inputs * self.scale

    def backward(self, gradient):
        return gradient * self.scale


class MeanSquaredError:
    def forward(self, y_true, y_pred):
        return ((y_true - y_pred) ** 2).mean()

    def backward(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / y_true.size


class CategoricalCrossEntropy:
    """Of one-hot rows and probabilities; the gradient's arguments come the other way round."""

    def forward(self, y_true, y_pred):
        return -(y_true * np.log(y_pred)).sum() / len(y_true)

    def backward(self, y_pred, y_true):
        return -y_true / y_pred / len(y_true)
