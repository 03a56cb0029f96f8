"""Gradient checks for the plain objects of course notes: no base class, nothing declared beforehand.

    Affine         forward(inputs, weight, bias)    inputs weight + bias
                   backward(d_out)                  (d_inputs, d_weight, d_bias)
    ReLU           forward(x)                       max(x, 0)
                   backward(d_out)                  dx, 0 where x is exactly 0
    CrossEntropy   forward(logits, labels)          -1/N Σ_n log p[n, labels[n]], p = softmax(logits)
                   backward() or backward(d_out)    d_logits

inputs (N, D), weight (D, M), bias (M,) or (1, M), logits (N, C), labels (N,) integers, d_out random.

Each check takes a class or an object, holds forward against the formula and backward against central differences of
the formula, and returns the relative errors. Otherwise it raises AssertionError; where a wrong gradient is just what
a classic mistake gives, the message names the mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scratch_nn.gradient_check import numerical_gradient
from scratch_nn.plain_objects import compare, instance, passes, same_value, upstreams


def check_affine(affine: Any, *, seed: int = 0) -> dict[str, float]:
    """{"inputs": error, "weight": error, "bias": error}, the worst over a tall and a square weight."""
    affine, rng = instance(affine), np.random.default_rng(seed)
    tall = _check_affine(affine, rng, (5, 4, 3))
    square = _check_affine(affine, rng, (6, 3, 3))  # where shapes do not tell a transposed gradient
    return {name: max(tall[name], square[name]) for name in tall}


def _check_affine(affine: Any, rng: np.random.Generator, sizes: tuple[int, int, int]) -> dict[str, float]:
    N, D, M = sizes
    inputs, weight, bias, d_out = (rng.standard_normal(shape) for shape in ((N, D), (D, M), (M,), (N, M)))
    out, gradients = passes(affine, [inputs, weight, bias], d_out)
    if not isinstance(gradients, (tuple, list)) or len(gradients) != 3:
        raise AssertionError(f"{type(affine).__name__}.backward: expected three gradients, got {gradients!r}.")
    if np.shape(gradients[2]) == (1, M):  # an object that keeps its bias as a row is given one
        bias = bias[None]
        out, gradients = passes(affine, [inputs, weight, bias], d_out)
    same_value(affine, out, _affine(inputs, weight, bias), {"the bias is left out": inputs @ weight})
    given = {"inputs": inputs, "weight": weight, "bias": bias}
    mean = "it is the mean over n, not the sum: the 1/N belongs to the loss"
    mistakes = {
        "inputs": {"the weight is not transposed": d_out @ weight} if D == M else {},
        "weight": {"it is transposed": d_out.T @ inputs, mean: inputs.T @ d_out / N},
        "bias": {mean: d_out.mean(axis=0).reshape(bias.shape), "the sum over n is missing": d_out},
    }

    def loss_of(name: str) -> Callable[[np.ndarray], float]:
        return lambda x: float((d_out * _affine(**{**given, name: x})).sum())

    right = {name: numerical_gradient(loss_of(name), x) for name, x in given.items()}
    got = dict(zip(given, gradients, strict=True))
    return {name: compare(affine, name, got[name], right[name], mistakes[name]) for name in given}


def _affine(inputs: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return inputs @ weight + bias


def check_relu(relu: Any, *, seed: int = 0) -> dict[str, float]:
    """{"x": error}, kinks included: where x is 0 or -0.0 the gradient must be 0, as PyTorch's is."""
    relu, rng = instance(relu), np.random.default_rng(seed)
    x = rng.uniform(0.1, 2, (3, 4, 5)) * rng.choice([-1, 1], (3, 4, 5))
    x[:, 1, 2], x[:, 2, 0] = 0.0, -0.0
    d_out = rng.standard_normal(x.shape)
    out, gradient = passes(relu, [x], d_out)
    same_value(relu, out, np.maximum(x, 0), {})
    right = numerical_gradient(lambda x: float((d_out * np.maximum(x, 0)).sum()), x)
    right[x == 0] = 0  # there is no derivative there; 0 is the convention
    mistakes = {
        "1 is taken for the slope at exactly 0, where it is 0": np.where(x >= 0, d_out, 0),
        "1/2 is taken for the slope at exactly 0, where it is 0": np.where(x == 0, d_out / 2, right),
        "it goes by the sign of d_out, not of x": np.maximum(d_out, 0),
        "d_out is left out": (x > 0).astype(float),
        "nothing is held back": d_out,
    }
    return {"x": compare(relu, "x", gradient, right, mistakes)}


def check_cross_entropy(loss: Any, *, seed: int = 0) -> dict[str, float]:
    """{"logits": error}. Logits of 1000 must not overflow; a backward that takes d_out must multiply by it."""
    loss, rng = instance(loss), np.random.default_rng(seed)
    labels = np.array([2, 0, 3, 1, 2])
    logits = rng.standard_normal((5, 4))
    large = rng.integers(-1, 2, logits.shape) * 1000.0
    large[0] = -1000.0  # a row far below the others
    large[np.arange(5), labels] = large.max(axis=1)
    errors = [_check_loss(loss, z, labels, d_out) for z in (logits, large) for d_out in upstreams(loss)]
    return {"logits": max(errors)}


def _check_loss(loss: Any, logits: np.ndarray, labels: np.ndarray, d_out: list[float]) -> float:
    (N, C), p, factor = logits.shape, _softmax(logits), (*d_out, 1.0)[0]
    right = numerical_gradient(lambda z: factor * _cross_entropy(z, labels), logits)
    value, gradient = passes(loss, [logits, labels], *d_out)
    mean = _cross_entropy(logits, labels)
    same_value(loss, value, mean, {"it is the sum over n, not the mean": N * mean, "the minus is missing": -mean})
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    mistakes = {
        "the 1/N of the mean is missing": right * N,
        "the 1/N of the mean is there twice": right / N,
        "it is divided by N C, not by N": right / C,
        "p - y is multiplied by the Jacobian of the softmax, which it holds already": _softmax_backward(p, right),
        "p - y is multiplied by p (1 - p)": p * (1 - p) * right,
        "exp(z - max z) is not divided by its sum": right + factor * (e - p) / N,
        "y is not subtracted": factor * p / N,
        "the sign is turned round": -right,
        "d_out is left out": right / factor,
    }
    return compare(loss, "logits", gradient, right, mistakes)


def _softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _softmax_backward(p: np.ndarray, dp: np.ndarray) -> np.ndarray:
    return p * (dp - (p * dp).sum(axis=1, keepdims=True))


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return -float(np.log(_softmax(logits)[np.arange(len(labels)), labels]).mean())
