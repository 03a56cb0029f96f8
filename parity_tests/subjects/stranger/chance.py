"""The chance in a stranger's dropout: which elements it keeps is steered, so that it keeps what PyTorch's kept.

Random numbers come from numpy.random, from a generator made by it (in an attribute, or a global of the module), or
from Python's random. While the layer runs, all of these answer with 1 where the mask keeps and 0 where it drops; or the
other way round, for code that keeps where the number is *small*. Which of the two is told by asking it with all 0 and
all 1 first. Nothing is learnt of how much it keeps: the share that is kept without steering is a check of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger.draws import Steered
from parity_tests.subjects.stranger.names import FORWARDS

GENERATORS = (np.random.Generator, np.random.RandomState)
DRAWS = ("random", "rand", "random_sample", "sample", "ranf", "uniform", "binomial", "choice", "randint")
CURE = "draw one number for each element from numpy.random, or from a generator in an attribute `rng`"


@contextmanager
def steered(thing: Any, numbers: np.ndarray) -> Iterator[Steered]:
    """Every source of chance that the object, or function, can reach answers with `numbers`."""
    source = Steered(numbers)
    functions = {id(getattr(np.random, name)): getattr(source, name) for name in DRAWS}
    with ExitStack() as stack:
        for scope in _scopes(thing):
            for name, held in list(scope.items()):
                instead = source if isinstance(held, GENERATORS) else functions.get(id(held))
                if instead is not None:
                    scope[name] = instead
                    stack.callback(_put_back, scope, name, instead, held)
        for name in DRAWS:
            stack.enter_context(patch.object(np.random, name, getattr(source, name)))
        for name in ("default_rng", "RandomState"):
            stack.enter_context(patch.object(np.random, name, lambda *a, **k: source))
        stack.enter_context(patch.object(random, "random", lambda: float(source.random())))
        yield source


def _put_back(scope: dict[str, Any], name: str, instead: Any, held: Any) -> None:
    if scope.get(name) is instead:
        scope[name] = held


def _scopes(thing: Any) -> Iterator[dict[str, Any]]:
    """Where names may stand for a generator: attributes, those of what is in them, and the module's globals."""
    attributes = getattr(thing, "__dict__", {})
    yield attributes
    for held in list(attributes.values()):
        if hasattr(held, "__dict__") and not isinstance(held, (type, *GENERATORS)) and not callable(held):
            yield held.__dict__
    methods = (getattr(thing, name, None) for name in FORWARDS)
    for function in (thing, *methods, type(thing).__dict__.get("__call__")):
        known = getattr(getattr(function, "__func__", function), "__globals__", None)
        if known is not None:
            yield known


class Chance:
    """run(X): one forward of `thing` in training; asked once how it draws."""

    def __init__(self, thing: Any, run: Callable[[np.ndarray], Any]) -> None:
        self.thing, self.run = thing, run
        self._small_keeps: bool | None = None
        self._numbers: np.ndarray | None = None

    def forward(self, theirs: np.ndarray, kept: np.ndarray) -> Any:
        """The output, where exactly what the mask (in their order) says is kept."""
        if self._small_keeps is None:
            self._small_keeps = self._keeps_the_small(np.ones(theirs.shape, theirs.dtype))
        self._numbers = (kept != self._small_keeps).astype(np.float64)
        with steered(self.thing, self._numbers):
            return self.run(theirs)

    def otherwise(self, act: Callable[[], Any]) -> Any:
        """Where nothing should be drawn, in backward and in evaluation, whoever draws gets the opposite mask."""
        if self._numbers is None:
            return act()
        with steered(self.thing, 1 - self._numbers):
            return act()

    def _keeps_the_small(self, ones: np.ndarray) -> bool:
        """Whether it keeps where its random number is small. Asked with all 0, and with all 1."""
        self.run(ones.copy())  # a generator that is made on first use is a real one
        kept, asked = [], 0
        for number in (0.0, 1.0):
            with steered(self.thing, np.full(ones.shape, number)) as source:
                kept.append(bool(np.any(self.run(ones.copy()))))
                asked += source.asked
        if not asked and self._differs_from_call_to_call(ones):
            raise NotOffered(f"the random numbers of its dropout cannot be steered: {CURE}")
        return kept == [True, False]

    def _differs_from_call_to_call(self, ones: np.ndarray) -> bool:
        first, second = (np.array(self.run(ones.copy())) for _ in range(2))
        return not np.array_equal(first, second)
