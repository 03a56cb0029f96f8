"""The chance in a stranger's dropout: which elements it keeps is steered, so that it keeps what PyTorch's kept.

Random numbers are drawn from numpy.random, a generator made by it, Python's random, or a generator in an attribute. While the layer runs, all of these answer with 1 where the mask keeps and 0 where it drops; or the other way round, for
code that keeps where the number is *small*. Which of the two is told by asking it with all 0 and all 1 first. The share
that is kept without steering has a check of its own (checks/chance.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np


class Steered:
    """Stands in for every source of random numbers; `numbers` is what it answers, of one shape."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers, self.asked = numbers, 0

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        self.asked += 1
        shape = self._shape(size)
        if shape == self.numbers.shape:
            return self.numbers.astype(dtype)
        if int(np.prod(shape)) == self.numbers.size:
            return self.numbers.reshape(shape).astype(dtype)
        flat = {0.0, 1.0} & set(np.unique(self.numbers).tolist())
        if len(flat) == 1:  # the same number all over has every shape
            return np.full(shape, flat.pop(), dtype) if shape else flat.pop()
        raise ValueError(f"one random number an element is expected, of shape {self.numbers.shape}; asked for {shape}")

    def _shape(self, size: Any) -> tuple[int, ...]:
        if size is None:
            return ()
        return tuple(int(n) for n in size) if isinstance(size, (tuple, list)) else (int(size),)

    def rand(self, *shape: int) -> Any:
        return self.random(shape or None)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        return low + (high - low) * self.random(size)

    def binomial(self, n: int, p: float, size: Any = None) -> Any:
        return (n * self.random(size)).astype(np.int64) if size is not None else int(n * self.random())

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        """Of two: the second for 1, the first for 0."""
        both = np.arange(a) if np.ndim(a) == 0 else np.asarray(a)
        if len(both) != 2:
            raise ValueError(f"a choice of two is expected of a dropout, not of {len(both)}")
        return both[np.asarray(self.random(size)).astype(np.int64)]

    def integers(self, low: int, high: int | None = None, size: Any = None, **_: Any) -> Any:
        return self.binomial(1, 0.5, size)

    random_sample = sample = ranf = random
    randint = integers


GENERATORS = (np.random.Generator, np.random.RandomState)
PATCHED = ("random", "rand", "random_sample", "sample", "ranf", "uniform", "binomial", "choice", "randint")


@contextmanager
def steered(thing: Any, numbers: np.ndarray) -> Iterator[Steered]:
    """Every source of chance that the object can reach answers with `numbers`."""
    source = Steered(numbers)
    with ExitStack() as stack:
        for name in PATCHED:
            stack.enter_context(patch.object(np.random, name, getattr(source, name)))
        stack.enter_context(patch.object(np.random, "default_rng", lambda *a, **k: source))
        stack.enter_context(patch.object(np.random, "RandomState", lambda *a, **k: source))
        stack.enter_context(patch.object(random, "random", lambda: float(source.random(()))))
        for name, held in list(getattr(thing, "__dict__", {}).items()):
            if isinstance(held, GENERATORS):
                setattr(thing, name, source)
                stack.callback(setattr, thing, name, held)
        yield source
