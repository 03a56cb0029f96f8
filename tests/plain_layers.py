"""The plain forms of layers and optimisers: slow, the formula word for word, and what the fast ones are held against.

Each function takes the arrays and gives back all that a layer hands out or stores, for one forward and one backward.
"""

import numpy as np


def relu(X, dLdY):
    return {"Y": np.where(X <= 0, 0, X), "dX": np.where(X <= 0, 0, dLdY)}


def batch_norm(X, dLdY, gamma, beta, *, eps=1e-5):
    """In training; `mean` and `variance` are those of the batch, the variance the biased one."""
    axes, m = tuple(range(X.ndim - 1)), X.size // X.shape[-1]
    mean = X.mean(axis=axes)
    variance = ((X - mean) ** 2).mean(axis=axes)
    X_hat = (X - mean) / np.sqrt(variance + eps)
    dgamma, dbeta = (dLdY * X_hat).sum(axis=axes), dLdY.sum(axis=axes)
    dX = gamma / np.sqrt(variance + eps) * (dLdY - dbeta / m - X_hat * dgamma / m)
    named = {"Y": gamma * X_hat + beta, "dX": dX, "gamma": dgamma[None], "beta": dbeta[None]}
    return named | {"mean": mean, "variance": variance}


def batch_norm_evaluation(X, dLdY, gamma, beta, mean, variance, *, eps=1e-5):
    scale, axes = 1 / np.sqrt(variance + eps), tuple(range(X.ndim - 1))
    X_hat = (X - mean) * scale
    gradients = {"gamma": (dLdY * X_hat).sum(axis=axes)[None], "beta": dLdY.sum(axis=axes)[None]}
    return {"Y": gamma * X_hat + beta, "dX": gamma * scale * dLdY} | gradients


def windows_of(shape, kernel, stride, pads):
    """(n, y, x, the rows and the columns of the padded image under that window)."""
    (kh, kw), (sh, sw), N = kernel, stride, shape[0]
    OH, OW = ((size + sum(pad) - k) // s + 1 for size, pad, k, s in zip(shape[1:3], pads, kernel, stride, strict=True))
    for n, y, x in np.ndindex(N, OH, OW):
        yield n, y, x, slice(y * sh, y * sh + kh), slice(x * sw, x * sw + kw)


def convolution(X, dLdY, W, b, stride, pads):
    """Window after window: z = window · W + b; what came back goes to the window and to W."""
    padded = np.pad(X, ((0, 0), *pads, (0, 0)))
    Y, dpadded, dW = np.empty_like(dLdY), np.zeros_like(padded), np.zeros_like(W)
    for n, y, x, rows, columns in windows_of(X.shape, W.shape[:2], stride, pads):
        Y[n, y, x] = np.einsum("ijc,ijcm->m", padded[n, rows, columns], W) + np.ravel(b)
        dpadded[n, rows, columns] += np.einsum("m,ijcm->ijc", dLdY[n, y, x], W)
        dW += np.multiply.outer(padded[n, rows, columns], dLdY[n, y, x])
    (top, _), (left, _) = pads
    dX = dpadded[:, top : top + X.shape[1], left : left + X.shape[2]]
    return {"Y": Y, "dX": dX, "W": dW, "b": dLdY.sum(axis=(0, 1, 2)).reshape(b.shape)}


def max_pooling(X, dLdY, kernel, stride, pads):
    """PyTorch's scan of each window: from -inf at the first pixel inside, on to a larger number and to every NaN."""
    padded = np.pad(X, ((0, 0), *pads, (0, 0)), constant_values=-np.inf)
    inside = np.pad(np.ones(X.shape, bool), ((0, 0), *pads, (0, 0)))
    Y, dpadded = np.empty_like(dLdY), np.zeros_like(padded)
    for n, y, x, rows, columns in windows_of(X.shape, kernel, stride, pads):
        for c in range(X.shape[3]):
            window, there = padded[n, rows, columns, c].ravel(), inside[n, rows, columns, c].ravel()
            first, best = int(np.argmax(there)), -np.inf
            for t, value in enumerate(window):
                if value > best or np.isnan(value):
                    first, best = t, value
            Y[n, y, x, c] = best
            i, j = divmod(first, kernel[1])
            dpadded[n, rows.start + i, columns.start + j, c] += dLdY[n, y, x, c]
    (top, _), (left, _) = pads
    return {"Y": Y, "dX": dpadded[:, top : top + X.shape[1], left : left + X.shape[2]]}


def sgd(theta, gradients, lr, momentum=0, dampening=0, nesterov=False, weight_decay=0):
    """θ after a step with each of the gradients in turn."""
    v = None
    for g in gradients:
        g = g + weight_decay * theta
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        theta = theta - lr * g
    return theta


def adam(theta, gradients, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled=False):
    (beta1, beta2), m, s = betas, 0, 0
    for t, g in enumerate(gradients, start=1):
        if decoupled:
            theta = theta * (1 - lr * weight_decay)
        else:
            g = g + weight_decay * theta
        m, s = beta1 * m + (1 - beta1) * g, beta2 * s + (1 - beta2) * g * g
        theta = theta - lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)
    return theta


# ---- comparing with them

FLOATS = {"float32": 2e-5, "float64": 1e-12}  # of the largest expected number: sums in another order


def generator(*seed):
    return np.random.default_rng(seed)


def assert_alike(found, expected, dtype="float64"):
    for name, array in found.items():
        assert array.shape == expected[name].shape, name
        assert array.dtype == dtype, name
        np.testing.assert_array_equal(np.isfinite(array), np.isfinite(expected[name]), err_msg=name)
        finite = np.isfinite(array)
        scale = np.abs(expected[name][finite]).max(initial=1)
        worst = np.abs(array[finite] - expected[name][finite]).max(initial=0)
        assert worst <= FLOATS[str(dtype)] * scale, f"{name}: {worst:.1e}"
