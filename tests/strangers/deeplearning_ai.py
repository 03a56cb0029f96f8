# ruff: noqa: RUF059  (strangers write as they write)
"""Functions of the first courses on deeplearning.ai, written the way their notes suggest: NHWC, b of (1, 1, 1, n_C),
`hparameters` with "f" or "pad" beside "stride", and the mode of pooling as an argument of both functions."""

import numpy as np


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="constant", constant_values=0)


def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) + float(np.squeeze(b))


def conv_forward(A_prev, W, b, hparameters):
    (m, n_H_prev, n_W_prev, n_C_prev) = A_prev.shape
    (f_H, f_W, n_C_prev, n_C) = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = int((n_H_prev - f_H + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f_W + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i, h, w, c in np.ndindex(m, n_H, n_W, n_C):
        a_slice_prev = A_prev_pad[i, h * stride : h * stride + f_H, w * stride : w * stride + f_W, :]
        Z[i, h, w, c] = conv_single_step(a_slice_prev, W[:, :, :, c], b[:, :, :, c])
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    (A_prev, W, b, hparameters) = cache
    (f_H, f_W, n_C_prev, n_C) = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    dW, db = np.zeros(W.shape), np.zeros((1, 1, 1, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = np.zeros(A_prev_pad.shape)
    for i, h, w, c in np.ndindex(*dZ.shape):
        rows, columns = slice(h * stride, h * stride + f_H), slice(w * stride, w * stride + f_W)
        dA_prev_pad[i, rows, columns, :] += W[:, :, :, c] * dZ[i, h, w, c]
        dW[:, :, :, c] += A_prev_pad[i, rows, columns, :] * dZ[i, h, w, c]
        db[:, :, :, c] += dZ[i, h, w, c]
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    return dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :], dW, db


def pool_forward(A_prev, hparameters, mode="max"):
    (m, n_H_prev, n_W_prev, n_C) = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H, n_W = int(1 + (n_H_prev - f) / stride), int(1 + (n_W_prev - f) / stride)
    A = np.zeros((m, n_H, n_W, n_C))
    for i, h, w, c in np.ndindex(*A.shape):
        a_prev_slice = A_prev[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        if mode == "max":
            A[i, h, w, c] = np.max(a_prev_slice)
        elif mode == "average":
            A[i, h, w, c] = np.mean(a_prev_slice)
    return A, (A_prev, hparameters)


def pool_backward(dA, cache, mode="max"):
    (A_prev, hparameters) = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for i, h, w, c in np.ndindex(*dA.shape):
        rows, columns = slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
        if mode == "max":
            a_prev_slice = A_prev[i, rows, columns, c]
            mask = a_prev_slice == np.max(a_prev_slice)
            dA_prev[i, rows, columns, c] += mask * dA[i, h, w, c]
        elif mode == "average":
            dA_prev[i, rows, columns, c] += dA[i, h, w, c] / (f * f) * np.ones((f, f))
    return dA_prev
