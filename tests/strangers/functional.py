# ruff: noqa: NPY002  (strangers write as they write)
"""Layers without objects: name_forward(x, ...) -> (out, cache), name_backward(dout, cache) -> (dx, ...).

Images (N, H, W, C), weights (kh, kw, in, out), settings by themselves; float32 stays float32.
"""

import numpy as np


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def identity_forward(x):
    return x, None


def identity_backward(dout, cache):
    return dout


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return np.where(cache <= 0, 0, dout).astype(dout.dtype)


def leaky_relu_forward(x, slope=0.01):
    factor = np.where(x > 0, 1, slope).astype(x.dtype)
    return x * factor, factor


def leaky_relu_backward(dout, cache):
    return dout * cache


def sigmoid_forward(x):
    e = np.exp(-np.abs(x))
    y = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return y, y


def sigmoid_backward(dout, cache):
    return dout * cache * (1 - cache)


def tanh_forward(x):
    y = np.tanh(x)
    return y, y


def tanh_backward(dout, cache):
    return dout * (1 - cache**2)


def softmax_forward(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    y = e / e.sum(axis=-1, keepdims=True)
    return y, y


def softmax_backward(dout, cache):
    return cache * (dout - (dout * cache).sum(axis=-1, keepdims=True))


def flatten_forward(x):
    return x.reshape(len(x), -1), x.shape


def flatten_backward(dout, cache):
    return dout.reshape(cache)


def _places(shape, kernel, stride):
    for i in range((shape[1] - kernel[0]) // stride + 1):
        for j in range((shape[2] - kernel[1]) // stride + 1):
            yield i, j, slice(i * stride, i * stride + kernel[0]), slice(j * stride, j * stride + kernel[1])


def _inside(array, pad):
    return array[:, pad : array.shape[1] - pad, pad : array.shape[2] - pad]


def conv_forward(x, w, b, stride=1, pad=0):
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    sizes = [(xp.shape[1 + axis] - w.shape[axis]) // stride + 1 for axis in (0, 1)]
    out = np.empty((len(x), *sizes, w.shape[3]), x.dtype)
    for i, j, rows, columns in _places(xp.shape, w.shape, stride):
        out[:, i, j] = np.tensordot(xp[:, rows, columns], w, axes=3) + b
    return out, (xp, w, stride, pad)


def conv_backward(dout, cache):
    xp, w, stride, pad = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j, rows, columns in _places(xp.shape, w.shape, stride):
        dxp[:, rows, columns] += np.tensordot(dout[:, i, j], w, axes=(1, 3))
        dw += np.tensordot(xp[:, rows, columns], dout[:, i, j], axes=(0, 0))
    return _inside(dxp, pad), dw, dout.sum(axis=(0, 1, 2))


def max_pool_forward(x, kernel_size, stride, pad=0):
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=-np.inf)
    sizes = [(xp.shape[1 + axis] - kernel[axis]) // stride + 1 for axis in (0, 1)]
    out = np.empty((len(x), *sizes, x.shape[3]), x.dtype)
    for i, j, rows, columns in _places(xp.shape, kernel, stride):
        out[:, i, j] = xp[:, rows, columns].max(axis=(1, 2))
    return out, (xp, kernel, stride, pad)


def max_pool_backward(dout, cache):
    xp, kernel, stride, pad = cache
    dxp = np.zeros_like(xp)
    n, c = np.indices((xp.shape[0], xp.shape[3]))
    for i, j, rows, columns in _places(xp.shape, kernel, stride):
        first = xp[:, rows, columns].reshape(len(xp), -1, xp.shape[3]).argmax(axis=1)
        dxp[n, i * stride + first // kernel[1], j * stride + first % kernel[1], c] += dout[:, i, j]
    return _inside(dxp, pad)


def avg_pool_forward(x, kernel_size, stride, pad=0):
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    xp = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    sizes = [(xp.shape[1 + axis] - kernel[axis]) // stride + 1 for axis in (0, 1)]
    out = np.empty((len(x), *sizes, x.shape[3]), x.dtype)
    for i, j, rows, columns in _places(xp.shape, kernel, stride):
        out[:, i, j] = xp[:, rows, columns].mean(axis=(1, 2))
    return out, (xp.shape, kernel, stride, pad)


def avg_pool_backward(dout, cache):
    shape, kernel, stride, pad = cache
    dxp = np.zeros(shape, dout.dtype)
    for i, j, rows, columns in _places(shape, kernel, stride):
        dxp[:, rows, columns] += (dout[:, i, j] / (kernel[0] * kernel[1]))[:, None, None]
    return _inside(dxp, pad)


def batchnorm_forward(x, gamma, beta, running_mean, running_var, training=True, eps=1e-5, momentum=0.1):
    """The running statistics are changed in place."""
    axes = tuple(range(x.ndim - 1))
    mean, var = running_mean, running_var
    if training:
        n = x.size // x.shape[-1]
        mean, var = x.mean(axis=axes), x.var(axis=axes)
        running_mean *= 1 - momentum
        running_mean += momentum * mean
        running_var *= 1 - momentum
        running_var += momentum * var * n / (n - 1)
    std = np.sqrt(var + np.asarray(eps, x.dtype))
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma / std, axes, training)


def batchnorm_backward(dout, cache):
    x_hat, slope, axes, training = cache
    dgamma, dbeta = (dout * x_hat).sum(axis=axes), dout.sum(axis=axes)
    if not training:
        return dout * slope, dgamma, dbeta
    return slope * (dout - dout.mean(axis=axes) - x_hat * (dout * x_hat).mean(axis=axes)), dgamma, dbeta


def dropout_forward(x, p, training=True):
    if not training or p == 0:
        return x, np.ones_like(x)
    if p == 1:
        return x * 0, np.zeros_like(x)
    factors = ((np.random.rand(*x.shape) >= p) / (1 - p)).astype(x.dtype)
    return x * factors, factors


def dropout_backward(dout, cache):
    return dout * cache


def softmax_loss(x, y):
    log_p = x - x.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[np.arange(len(x)), y] -= 1
    return -log_p[np.arange(len(x)), y].mean(), dx / len(x)


def mse_loss(x, y):
    return ((x - y) ** 2).mean(), 2 * (x - y) / x.size


def xavier_uniform(shape):
    receptive = int(np.prod(shape[:-2]))
    return np.random.uniform(-1, 1, shape) * np.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
