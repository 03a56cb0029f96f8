"""Initialisers: draw a weight array of a given shape, `weight_init(shape, rng) -> float64 array`.

Fans count the numbers that meet in one output (fan_in) and the outputs that one input reaches (fan_out):

    dense (n_in, n_out)                          fan_in = n_in              fan_out = n_out
    conv  (kernel_h, kernel_w, n_in, n_out)      fan_in = kh kw n_in        fan_out = kh kw n_out

    xavier_uniform   U(-a, a), a = sqrt(6 / (fan_in + fan_out))     xavier_normal   std = sqrt(2 / (fan_in + fan_out))
    he_uniform       U(-a, a), a = sqrt(6 / fan_in)                 he_normal       std = sqrt(2 / fan_in)
    torch_default    U(-a, a), a = 1 / sqrt(fan_in), for the weight and for the bias

Sources: Glorot and Bengio 2010; He et al. 2015; torch.nn.init with gain 1 (Xavier) and sqrt(2) (He, there called
kaiming, mode fan_in). The formulas are PyTorch's; the random stream is NumPy's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np

from scratch_nn.errors import complaint, plain_float, require_floats, require_generator

Initializer = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a dense (n_in, n_out) or convolution (kernel_h, kernel_w, n_in, n_out) weight.

    Raises ValueError for another number of axes, or an axis of less than 1.
    """
    if np.ndim(shape) != 1 or len(shape) not in (2, 4) or min(shape) < 1:
        cure = "Fans are defined for weights of layers, not for biases or nothing."
        raise ValueError(complaint("fans", "a shape (n_in, n_out) or (kh, kw, n_in, n_out)", str(shape), cure))
    *kernel, n_in, n_out = shape
    area = int(np.prod(kernel))
    return area * n_in, area * n_out


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """All zeros."""
    return np.zeros(shape)


def constant(value: float) -> Initializer:
    """An initialiser that fills with `value`: `weight_init=constant(0.1)`."""
    return partial(_full, value=plain_float("constant", "value", value))


def _full(shape: tuple[int, ...], rng: np.random.Generator, *, value: float) -> np.ndarray:
    return np.full(shape, value)


def _uniform(shape: tuple[int, ...], bound: float, rng: np.random.Generator) -> np.ndarray:
    require_generator("initialiser", rng)
    return rng.uniform(-bound, bound, size=shape)


def _normal(shape: tuple[int, ...], deviation: float, rng: np.random.Generator) -> np.ndarray:
    require_generator("initialiser", rng)
    return rng.normal(0.0, deviation, size=shape)


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """U(-a, a) with a = sqrt(6 / (fan_in + fan_out)). torch.nn.init.xavier_uniform_."""
    return _uniform(shape, np.sqrt(6 / sum(fans(shape))), rng)


def xavier_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal with standard deviation sqrt(2 / (fan_in + fan_out)). torch.nn.init.xavier_normal_."""
    return _normal(shape, np.sqrt(2 / sum(fans(shape))), rng)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """U(-a, a) with a = sqrt(6 / fan_in). torch.nn.init.kaiming_uniform_(nonlinearity="relu")."""
    return _uniform(shape, np.sqrt(6 / fans(shape)[0]), rng)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal with standard deviation sqrt(2 / fan_in). torch.nn.init.kaiming_normal_(nonlinearity="relu")."""
    return _normal(shape, np.sqrt(2 / fans(shape)[0]), rng)


def torch_default(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """U(-a, a) with a = 1 / sqrt(fan_in): what nn.Linear and nn.Conv2d do when they are made.

    PyTorch writes it kaiming_uniform_(a=sqrt(5)), which is the same number: sqrt(6 / ((1 + 5) fan_in)).
    """
    return _uniform(shape, 1 / np.sqrt(fans(shape)[0]), rng)


def require_initializer(who: str, weight_init: Initializer) -> None:
    """Raise TypeError unless it can be called with a shape and a generator."""
    try:
        inspect.signature(weight_init).bind((1, 1), None)
    except (TypeError, ValueError):  # it is no function, of other arguments, or of arguments that nobody knows
        cure = "For example weight_init=he_uniform or weight_init=constant(0.1)."
        raise TypeError(complaint(who, "weight_init(shape, rng), a function", repr(weight_init), cure)) from None


def initial_weight(weight_init: Initializer, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """What it draws. Raises unless that is an array of floats of the shape it was asked for."""
    W = weight_init(shape, rng)
    require_floats("weight_init", "W", W)
    if W.shape != shape:
        cure = "It is asked for one shape and gives an array of that shape."
        raise ValueError(complaint("weight_init", f"W of shape {shape}", str(W.shape), cure))
    return W


def initial_bias(weight_init: Initializer, weight_shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """The bias (1, n_out) that goes with a weight: zeros, except that PyTorch's default draws it like the weight."""
    shape = (1, weight_shape[-1])
    if weight_init is torch_default:
        return _uniform(shape, 1 / np.sqrt(fans(weight_shape)[0]), rng)
    return zeros(shape, rng)
