"""Layers in torch's clothes, by hand: images (N, C, H, W), weights (out, in) and (out, in, kh, kw), sizes given.

Parameters are attributes, their gradients attributes grad_...; a layer is trained or evaluated by train() and eval().
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class Module:
    training = True

    def __init__(self):
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, x):
        return self.forward(x)


class Linear(Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        bound = 1 / np.sqrt(in_features)
        rng = np.random.default_rng()
        self.weight = rng.uniform(-bound, bound, (out_features, in_features))
        self.bias = rng.uniform(-bound, bound, out_features)

    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.grad_weight = grad_output.T @ self.x
        self.grad_bias = grad_output.sum(0)
        return grad_output @ self.weight


class Conv2d(Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        kh, kw = _pair(kernel_size)
        bound = 1 / np.sqrt(in_channels * kh * kw)
        rng = np.random.default_rng()
        self.weight = rng.uniform(-bound, bound, (out_channels, in_channels, kh, kw))
        self.bias = rng.uniform(-bound, bound, out_channels)
        self.stride, self.padding = _pair(stride), _pair(padding)

    def forward(self, x):
        (sh, sw), (ph, pw) = self.stride, self.padding
        self.x_padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        self.windows = sliding_window_view(self.x_padded, self.weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
        y = np.einsum("nchwij,mcij->nmhw", self.windows, self.weight, optimize=True)
        return y + self.bias[:, None, None]

    def backward(self, grad_output):
        self.grad_bias = grad_output.sum((0, 2, 3))
        self.grad_weight = np.einsum("nchwij,nmhw->mcij", self.windows, grad_output, optimize=True)
        grad = np.zeros_like(self.x_padded)
        (sh, sw), (ph, pw) = self.stride, self.padding
        height, width = grad_output.shape[2:]
        for i in range(self.weight.shape[2]):
            for j in range(self.weight.shape[3]):
                part = np.einsum("nmhw,mc->nchw", grad_output, self.weight[:, :, i, j], optimize=True)
                grad[:, :, i : i + sh * height : sh, j : j + sw * width : sw] += part
        return grad[:, :, ph : grad.shape[2] - ph, pw : grad.shape[3] - pw]


class MaxPool2d(Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel = _pair(kernel_size)
        self.stride = self.kernel if stride is None else _pair(stride)
        self.padding = _pair(padding)

    def forward(self, x):
        (ph, pw), (sh, sw) = self.padding, self.stride
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
        windows = sliding_window_view(self.padded, self.kernel, axis=(2, 3))[:, :, ::sh, ::sw]
        flat = windows.reshape(*windows.shape[:4], -1)
        self.first = flat.argmax(-1)  # NaN counts as the largest
        return np.take_along_axis(flat, self.first[..., None], -1)[..., 0]

    def backward(self, grad_output):
        grad = np.zeros(self.padded.shape, grad_output.dtype)
        n, c, i, j = np.indices(grad_output.shape)
        rows = i * self.stride[0] + self.first // self.kernel[1]
        columns = j * self.stride[1] + self.first % self.kernel[1]
        np.add.at(grad, (n, c, rows, columns), grad_output)
        ph, pw = self.padding
        return grad[:, :, ph : ph + self.shape[2], pw : pw + self.shape[3]]


class AvgPool2d(MaxPool2d):
    def forward(self, x):
        (ph, pw), (sh, sw) = self.padding, self.stride
        self.shape = x.shape
        self.padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        return sliding_window_view(self.padded, self.kernel, axis=(2, 3))[:, :, ::sh, ::sw].mean((-2, -1))

    def backward(self, grad_output):
        grad = np.zeros(self.padded.shape, grad_output.dtype)
        (kh, kw), (sh, sw), (ph, pw) = self.kernel, self.stride, self.padding
        for i in range(grad_output.shape[2]):
            for j in range(grad_output.shape[3]):
                share = grad_output[:, :, i, j, None, None] / (kh * kw)
                grad[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += share
        return grad[:, :, ph : ph + self.shape[2], pw : pw + self.shape[3]]


class BatchNorm2d(Module):
    axes, shape = (0, 2, 3), (1, -1, 1, 1)

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight, self.bias = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        mean, var = self.running_mean.astype(x.dtype), self.running_var.astype(x.dtype)
        if self.training:
            mean, var = x.mean(self.axes), x.var(self.axes)
            n, m = x.size // x.shape[1], self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        self.std = np.sqrt(var + np.asarray(self.eps, x.dtype)).reshape(self.shape)
        self.x_hat = (x - mean.reshape(self.shape)) / self.std
        return self.weight.reshape(self.shape) * self.x_hat + self.bias.reshape(self.shape)

    def backward(self, grad_output):
        self.grad_weight = (grad_output * self.x_hat).sum(self.axes)
        self.grad_bias = grad_output.sum(self.axes)
        g = grad_output * self.weight.reshape(self.shape)
        if not self.training:
            return g / self.std
        mean = g.mean(self.axes, keepdims=True)
        return (g - mean - self.x_hat * (g * self.x_hat).mean(self.axes, keepdims=True)) / self.std


class BatchNorm1d(BatchNorm2d):
    axes, shape = (0,), (1, -1)


class Dropout(Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p, self.rng = p, np.random.default_rng()

    def forward(self, x):
        kept = self.rng.random(x.shape) >= self.p if self.training else np.ones(x.shape, bool)
        factor = 1 / (1 - self.p) if self.training and self.p < 1 else 1.0
        self.factors = (kept * factor).astype(x.dtype)
        return x * self.factors

    def backward(self, grad_output):
        return grad_output * self.factors


class Flatten(Module):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad_output):
        return grad_output.reshape(self.shape)


class ReLU(Module):
    def forward(self, x):
        self.off = x <= 0
        return np.where(self.off, 0, x).astype(x.dtype)

    def backward(self, grad_output):
        return np.where(self.off, 0, grad_output).astype(grad_output.dtype)


class Softmax(Module):
    """Over the channels, which are axis 1 of images."""

    def forward(self, x):
        self.axis = 1 if x.ndim == 4 else -1
        e = np.exp(x - x.max(self.axis, keepdims=True))
        self.y = e / e.sum(self.axis, keepdims=True)
        return self.y

    def backward(self, grad_output):
        return self.y * (grad_output - (grad_output * self.y).sum(self.axis, keepdims=True))
