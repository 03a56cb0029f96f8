"""Random numbers that are no chance: whoever asks for them gets what was decided before."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.pair import NotOffered


class Steered:
    """Stands in for numpy.random and its generators. numbers: what it answers, one for each element.

    All at once, or a few at a time in the order of memory, as loops over rows or elements ask for them.
    """

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers, self.asked, self._given = numbers, 0, 0

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        self.asked += 1
        shape = () if size is None else tuple(map(int, size)) if isinstance(size, (tuple, list)) else (int(size),)
        many = int(np.prod(shape))
        if self._given + many > self.numbers.size:
            self._given = 0
        if many > self.numbers.size:
            raise ValueError(f"one random number an element is expected, {self.numbers.shape}; asked for {shape}")
        answer = self.numbers.reshape(-1)[self._given : self._given + many].reshape(shape).astype(dtype)
        self._given += many
        if out is not None:
            out[...] = answer
        return answer if shape else float(answer)

    def rand(self, *shape: int) -> Any:
        return self.random(shape or None)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        return low + (high - low) * self.random(size)

    def binomial(self, n: int, p: Any, size: Any = None) -> Any:
        drawn = self.random(np.shape(p) or None if size is None else size)
        return np.asarray(n * drawn).astype(np.int64) if np.ndim(drawn) else int(n * drawn)

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        """Of two: the second for 1, the first for 0."""
        both = np.arange(a) if np.ndim(a) == 0 else np.asarray(a)
        if len(both) != 2:
            raise NotOffered(f"a dropout that draws by a choice of {len(both)}: a choice of two is known here")
        return both[np.asarray(self.random(size)).astype(np.int64)]

    def integers(self, low: int, high: int | None = None, size: Any = None, **_: Any) -> Any:
        return self.binomial(1, 0.5, size)

    def __getattr__(self, name: str) -> Any:
        if not hasattr(np.random.Generator, name) and not hasattr(np.random.RandomState, name):
            raise AttributeError(name)
        raise NotOffered(f"a dropout that draws by {name}: draw by random, uniform, binomial or a choice of two")

    random_sample = sample = ranf = random
    randint = integers
