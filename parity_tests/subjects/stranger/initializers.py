"""A stranger's initialiser: a function (shape, rng) -> array, or of the shape alone with numpy.random's global stream;
or of (n_in, n_out), for dense weights only.

Shapes are given in the order of axes that the module's own layers keep their weights in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Case, NotOffered, NotThere, Pair
from parity_tests.subjects.scratch import ScratchInitializer, standard_draw
from parity_tests.subjects.stranger import axes, calls
from parity_tests.subjects.stranger.names import CLASSES, canonical
from parity_tests.subjects.stranger.offers import named

SHAPES = ("shape", "size", "dims", "dim")
VALUE = 0.7  # of `constant`, as its pair has it
SEEDED = np.random.seed  # ours, held here: side_effects watches who calls it by its name


class StrangerInitializer:
    def __init__(self, function: Callable, module: ModuleType, pair: Pair, case: Case, order: Layout | None) -> None:
        self.function, self.module, self.pair, self.case, self.order = function, module, pair, case, order
        names = [parameter.name for parameter in calls.required(function)]
        self._of_sizes = len(names) >= 2 and all(map(canonical, names[:2], (["n_in"], ["n_out"])))
        if self._of_sizes and len(case.shape) != 2:
            raise NotOffered(f"{pair.name}({', '.join(names)}): of dense weights only")
        if not self._of_sizes and (len(names) not in (1, 2) or names[0] not in SHAPES):
            raise NotOffered(f"{pair.name}({', '.join(names)}): a function of (shape, rng) is known here")

    def draws(self, shape: tuple[int, ...], seed: int) -> dict[str, tuple[np.ndarray, np.ndarray] | Exception]:
        theirs = shape if self.order is None else tuple(shape[self.order.ours.index(a)] for a in self.order.theirs)
        drawn = {"weight": tuple(axes.taken(array, self.order) for array in self._both(theirs, seed))}
        return drawn | ({"bias": self._bias(shape, seed)} if "bias" in self.case["parts"] else {})

    def _both(self, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Its draw, and the standard draw of the same seed."""
        sizes, kind = shape if self._of_sizes else (shape,), self.case["kind"]
        rng = next((p for p in calls.parameters(self.function)[len(sizes) :] if canonical(p.name, ["rng"])), None)
        if rng is not None:
            rngs = (np.random.default_rng(seed) for _ in range(2))
            draw = np.asarray(self.function(*sizes, **{rng.name: next(rngs)}))
            return draw, standard_draw(kind, next(rngs), shape)
        before = np.random.get_state()  # noqa: NPY002 (the stranger draws from the global stream)
        try:
            SEEDED(seed)
            draw = np.asarray(self.function(*sizes))
            SEEDED(seed)
            return draw, standard_draw(kind, np.random, shape)
        finally:
            np.random.set_state(before)  # noqa: NPY002

    def _bias(self, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray] | Exception:
        """As a layer of scratch_nn's form draws it; elsewhere there is no way to ask for it."""
        try:
            return ScratchInitializer(self.module, self.pair, self.case, "float64").bias(shape, seed)
        except Exception as error:
            return NotOffered(f"the bias that goes with it: {type(error).__name__}: {error}")


def _told(order_of: Callable[[], Layout | None]) -> Layout | None:
    try:
        return order_of()
    except NotOffered as error:
        raise NotOffered(f"the order of axes of the weights is not told: {error}") from error


def find(module: ModuleType, pair: Pair, case: Case, order_of: Callable[[], Layout | None]) -> StrangerInitializer:
    """order_of: tells the order of axes of the module's own weights, where there is a function to be given it."""
    for function in named(module, CLASSES[pair.name], inspect.isroutine):
        if pair.name == "constant":
            function = function(VALUE)
        return StrangerInitializer(function, module, pair, case, _told(order_of))
    raise NotThere(f"no function {' or '.join(CLASSES[pair.name])}")
