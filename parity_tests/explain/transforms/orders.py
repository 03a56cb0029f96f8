"""Orders: the right numbers in other places. Axes exchanged or turned round, features or examples in another order.

What an axis is called depends on the quantity: images (n, h, w, c), a dense weight (in, out), a kernel
(kh, kw, in, out).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np

from parity_tests.explain.fit import scale
from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import Cell, cells, each

MOST_EXAMPLES = 256  # each is compared with each
WEIGHTS = {2: ("in", "out"), 4: ("kh", "kw", "in", "out")}
ARRAYS = {1: ("n",), 2: ("n", "features"), 3: ("n", "positions", "features"), 4: ("n", "h", "w", "c")}


def letters(cell: Cell) -> tuple[str, ...]:
    named = WEIGHTS if ".gradient." in f".{cell.name}" else ARRAYS
    return named.get(cell.expected.ndim, tuple(f"axis {axis}" for axis in range(cell.expected.ndim)))


def order_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    for named in dict.fromkeys(letters(cell) for cell in cells(situations) if cell.expected.ndim > 0):
        yield from flips(situations, named)
        yield from transpositions(situations, named)
    yield each(situations, "examples in another order", "the examples stand in another order", shuffled, Kind.RELATION)


def only(named: tuple[str, ...], change):
    """The change, where the axes have these names."""
    return lambda cell: change(cell.expected) if letters(cell) == named else None


def flips(situations: Sequence[Situation], named: tuple[str, ...]) -> Iterator[Hypothesis]:
    for count in range(1, len(named) + 1):
        for axes in combinations(range(len(named)), count):
            which = " and ".join(named[axis] for axis in axes)
            turned = count == 2 and {named[axis] for axis in axes} in ({"kh", "kw"}, {"h", "w"})
            says = f"it is turned by 180 degrees ({which})" if turned else f"it runs backwards along {which}"
            if axes == (0,) and named[0] == "n":
                says = "the order of the batch is reversed"
            flip = lambda array, axes=axes: np.flip(array, axes)  # noqa: E731
            yield each(situations, f"reversed {which}", says, only(named, flip), Kind.RELATION)


def transpositions(situations: Sequence[Situation], named: tuple[str, ...]) -> Iterator[Hypothesis]:
    """Axes exchanged, which gives another shape where sizes differ; and the same shape filled in another order."""
    identity = tuple(range(len(named)))
    for order in permutations(identity):
        if order == identity:
            continue
        new, old = (f"({', '.join(axes)})" for axes in ([named[axis] for axis in order], named))
        swap = lambda array, order=order: array.transpose(order)  # noqa: E731
        refill = lambda array, order=order: array.transpose(order).reshape(array.shape)  # noqa: E731
        reread = lambda array, order=order: reread_as(array, order)  # noqa: E731
        says = "it is transposed" if len(named) == 2 else f"its axes stand in the order {new}, not {old}"
        yield each(situations, f"axes {new}", says, only(named, swap), Kind.RELATION)
        says = f"the right shape is filled in the order {new}, not {old}"
        yield each(situations, f"flattened {new}", says, only(named, refill), Kind.RELATION)
        says = f"its numbers are taken for those of {new} and turned to {old}"
        yield each(situations, f"reread {new}", says, only(named, reread), Kind.RELATION)


def reread_as(array: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The inverse of the refilling."""
    return array.reshape([array.shape[axis] for axis in order]).transpose(np.argsort(order))


def shuffled(cell: Cell) -> np.ndarray | None:
    """The expected rows in the candidate's order; None unless each row is one of them, and each is there once."""
    expected, actual = cell.expected, cell.actual
    if actual is None or actual.shape != expected.shape or expected.ndim < 2 or len(expected) < 2:
        return None
    rows, given = expected.reshape(len(expected), -1), actual.reshape(len(expected), -1)
    if len(rows) > MOST_EXAMPLES:
        return None
    rows, given = (np.nan_to_num(array, nan=scale(expected)) for array in (rows, given))
    nearest = np.abs(given[:, None] - rows).max(axis=2).argmin(axis=1)
    return expected[nearest] if len(set(nearest.tolist())) == len(rows) else None
