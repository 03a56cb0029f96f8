"""Honest inputs: what can tell a wrong layer from a right one.

Every draw is `inputs(shape, rng) -> float64 array`. The upstream gradient is always `normal`, never ones: under ones a
batch norm or softmax that returns zeros, or a convolution that forgets to flip, passes.
Values on a kink (0) or a tie (equal maxima) come only where a case asks for them; `distinct` keeps clear of both, so
that finite differences mean something.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache

import numpy as np

Inputs = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


def generator(*names: str) -> np.random.Generator:
    """A stream of its own for everything that has a name, the same on every machine and in any order."""
    return np.random.default_rng(zlib.crc32("-".join(names).encode()))


def normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Standard normal."""
    return rng.normal(size=shape)


def normal_parameter(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A weight or bias: normal, and smaller where many meet, so that outputs stay of order one."""
    return rng.normal(size=shape) / np.sqrt(max(1, np.prod(shape[:-1])))


def distinct(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """No two numbers closer than about 4 / size, none near 0: clear of every kink and tie."""
    size = int(np.prod(shape))
    return rng.permutation((np.arange(size) + 0.5 - (size // 2)) * (4 / size)).reshape(shape)


def kinks(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Many exact zeros of both signs among numbers of both signs."""
    return rng.choice([-1.5, -0.5, -0.0, 0.0, 0.0, 0.75, 2.0], size=shape)


def ties(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Three values only, so that nearly every window holds its maximum more than once."""
    return rng.choice([-1.0, 0.0, 1.0], size=shape)


def negative(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """All below 0: a border of zeros would win every maximum."""
    return -rng.uniform(0.1, 2.0, size=shape)


def constant_rows(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """The same number all over: every window is one great tie."""
    return np.full(shape, -1.0)


def huge(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal numbers, one of them +1000 and one -1000 in every row of the last axis (two rows stay normal)."""
    X = rng.normal(size=shape)
    rows = X.reshape(-1, shape[-1])
    for row in rows[: len(rows) - 2] if len(rows) > 2 else rows:
        places = rng.permutation(shape[-1])[:2]
        row[places] = (1000.0, -1000.0)[: len(places)]
    return X


def saturated(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """+1000 and -1000 alone."""
    return rng.choice([-1000.0, 1000.0], size=shape)


def offset(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Mean 30, deviation 0.5: a variance computed as E[x²] - E[x]² loses its digits."""
    return 30 + 0.5 * rng.normal(size=shape)


def with_nan(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal numbers and, in the first example's last channel, one NaN."""
    X = rng.normal(size=shape)
    X[(0, *(size // 2 for size in shape[1:-1]), -1)] = np.nan
    return X


def with_infinity(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal numbers, one +inf in the first example, one -inf in the last."""
    X = rng.normal(size=shape)
    X[(0,) * len(shape)] = np.inf
    X[(-1,) * len(shape)] = -np.inf
    return X


def grainy_digits(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """`digits` with a little grain, as a camera gives: behind several layers, ties between equal pixels would be broken
    by rounding alone, and either gradient would be right."""
    return digits(shape, rng) + 0.02 * rng.normal(size=shape)


@cache
def digit_images() -> np.ndarray:
    """All of them, (1797, 8, 8), 0 to 16: to be read only. The first call takes a second or more."""
    from sklearn.datasets import load_digits

    return load_digits().images


def digits(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Real images: scikit-learn's handwritten digits, 0 to 1, enlarged by repetition to (N, H, W, C) or cut to (N, D).

    Large flat areas of exact 0: as real as kinks and ties get. Channels are copies of different strength.
    """
    images = digit_images()
    images = images[rng.permutation(len(images))[: shape[0]]] / 16
    if len(shape) == 2:
        rows = images.reshape(shape[0], -1)
        return np.ascontiguousarray(np.tile(rows, -(-shape[1] // rows.shape[1]))[:, -shape[1] :])
    _, H, W, C = shape
    rows, columns = np.arange(H) * 8 // H, np.arange(W) * 8 // W
    return images[:, rows][:, :, columns, None] * (1 - 0.25 * np.arange(C) / C)
