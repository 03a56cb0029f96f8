"""Exercises of lesson 14: initialisers, functions of (shape, rng).

Grade one:   python -m parity_tests check docs/lessons/exercises/initialisation.py --pair he_normal
"""

import numpy as np


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a dense weight (n_in, n_out) or of a kernel (kh, kw, n_in, n_out)."""
    # TODO: part of exercise 1.
    raise RuntimeError("exercise 1 is not done: fans")


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Exercise 1. Uniform on (-a, a), of variance 2 / (fan_in + fan_out). Draw once, with rng.uniform."""
    # TODO
    raise RuntimeError("exercise 1 is not done: xavier_uniform")


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Exercise 2. Normal, of variance 2 / fan_in. Draw once, with rng.normal."""
    # TODO
    raise RuntimeError("exercise 2 is not done: he_normal")


def torch_default(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Exercise 3. Uniform on (-a, a), of variance 1 / (3 fan_in)."""
    # TODO
    raise RuntimeError("exercise 3 is not done: torch_default")
