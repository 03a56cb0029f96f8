"""Places: right everywhere but where something special is: x exactly 0, a tie, the border, NaN, one example.

It is no accident that only such places differ if there are many others: of n numbers of which s are special, d wrong
ones that are all special have the chance (s/n)^d. Over all wrong arrays together it must be below one in a million.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from parity_tests.explain.fit import scale
from parity_tests.explain.formulas.pool import Pooling
from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import Cell, cells, each
from parity_tests.findings import quantity_of

LARGEST_CHANCE = 1e-6
Special = Callable[[Cell], "np.ndarray | None"]


def of_input(condition: Callable[[np.ndarray], np.ndarray]) -> Special:
    """Where the input of the same shape fulfils a condition."""

    def special(cell: Cell) -> np.ndarray | None:
        X = cell.given.get("X", cell.given.get("Y_hat"))
        return condition(X) if X is not None and X.shape == cell.expected.shape else None

    return special


def of_target(condition: Callable[[np.ndarray], np.ndarray]) -> Special:
    def special(cell: Cell) -> np.ndarray | None:
        Y = cell.given.get("Y")
        return condition(Y) if Y is not None and Y.shape == cell.expected.shape else None

    return special


def along(axes: Sequence[int], index: slice) -> Special:
    """Where any of these axes has an index of this slice."""

    def special(cell: Cell) -> np.ndarray | None:
        if cell.expected.ndim <= max(axes):
            return None
        found = np.zeros(cell.expected.shape, bool)
        for axis in axes:
            np.moveaxis(found, axis, 0)[index] = True
        return found

    return special


def border(cell: Cell) -> np.ndarray | None:
    """Within the kernel's reach, or one pixel, of the edge of an image."""
    if cell.expected.ndim != 4 or "gradient." in cell.name:
        return None
    reach = np.broadcast_to(cell.situation.case.get("kernel", 3), 2) // 2
    found = np.zeros(cell.expected.shape, bool)
    for axis, k in zip((1, 2), np.maximum(reach, 1).tolist(), strict=True):
        view = np.moveaxis(found, axis, 0)
        view[:k], view[-k:] = True, True
    return found


def ties(cell: Cell) -> np.ndarray | None:
    """Pixels that share a maximum with another pixel of a window."""
    if cell.situation.pair.name != "Pool2D" or cell.situation.case.get("mode", "max") == "average" or not cell.stage:
        return None
    given = cell.given
    plain = Pooling(cell.situation.case, given["X"], given["dLdY"], {}, {}, {}, True)
    tied = plain.hits & (plain.hits.sum(axis=3, keepdims=True) > 1)
    if cell.name.endswith("output"):
        return tied.any(axis=3)
    parts = tied.reshape(*tied.shape[:3], *plain.kernel, -1).astype(float)
    return plain.windows.cut(plain.windows.added(parts, plain.padded.shape), given["X"].shape) > 0


PLACES: dict[str, tuple[str, Special]] = {
    "x = 0": ("only where x is exactly 0", of_input(lambda X: X == 0)),
    "ties": ("only where a window holds its maximum more than once", ties),
    "x = NaN": ("only where x is NaN", of_input(np.isnan)),
    "x infinite": ("only where x is infinite", of_input(np.isinf)),
    "x large": ("only where |x| is large", of_input(lambda X: np.abs(X) > 30)),
    "x < 0": ("only where x is negative", of_input(lambda X: X < 0)),
    "x > 0": ("only where x is positive", of_input(lambda X: X > 0)),
    "true class": ("only at the true class", of_target(lambda Y: Y == 1)),
    "other classes": ("only at the other classes", of_target(lambda Y: Y == 0)),
    "last row or column": ("only in the last row or column of an image", along((1, 2), slice(-1, None))),
    "first row or column": ("only in the first row or column of an image", along((1, 2), slice(0, 1))),
    "border": ("only at the border of an image", border),
    "first example": ("only in the first example", along((0,), slice(0, 1))),
    "last example": ("only in the last example", along((0,), slice(-1, None))),
}


def differs(cell: Cell) -> np.ndarray | None:
    """Where the candidate is wrong; None where it has another shape."""
    actual, expected = cell.actual, cell.expected
    if actual is None or actual.shape != expected.shape or expected.dtype.kind != "f":
        return None
    with np.errstate(invalid="ignore"):
        near = np.abs(actual - expected) <= cell.situation.exact * scale(expected)
    return ~(near | (actual == expected) | (np.isnan(actual) & np.isnan(expected)))


def place_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    by_quantity: dict[str, list[Cell]] = {}
    for cell in cells(situations):
        by_quantity.setdefault(quantity_of(cell.name), []).append(cell)
    for quantity, found in by_quantity.items():
        for name, (says, special) in PLACES.items():
            if chance(found, special) <= math.log(LARGEST_CHANCE):
                yield each(situations, f"only {name}", f"it is wrong {says}{value_there(found, special)}",
                           lambda cell, special=special: put_right(cell, special), Kind.PLACE,
                           quantity=quantity)  # fmt: skip


def chance(found: Sequence[Cell], special: Special) -> float:
    """Logarithm of the chance that all differences fall into special places; 0 where one does not."""
    total = 0.0
    for cell in found:
        wrong, places = differs(cell), special(cell)
        if wrong is None or places is None or (wrong & ~places).any() or not wrong.any():
            return 0.0
        total += np.count_nonzero(wrong) * math.log(places.mean())
    return total


def put_right(cell: Cell, special: Special) -> np.ndarray | None:
    """The candidate's numbers in the special places, PyTorch's elsewhere."""
    places, wrong = special(cell), differs(cell)
    if places is None or wrong is None or not places.any():
        return None
    return np.where(places, cell.actual, cell.expected)


def value_there(found: Sequence[Cell], special: Special) -> str:
    """What stands there instead, where it is one simple thing."""
    known = {
        ": there it is zero": lambda cell: np.zeros(cell.expected.shape),
        ": there it is NaN": lambda cell: np.full(cell.expected.shape, np.nan),
        ": there it is the upstream gradient": lambda cell: cell.given.get("dLdY"),
        ": there it is half the upstream gradient": lambda cell: half(cell.given.get("dLdY")),
        ": there it has twice its value": lambda cell: 2 * cell.expected,
        ": there it has half its value": lambda cell: cell.expected / 2,
        ": there it has the wrong sign": lambda cell: -cell.expected,
    }
    return next((text for text, value in known.items() if all(stands(c, special, value(c)) for c in found)), "")


def half(array: np.ndarray | None) -> np.ndarray | None:
    return None if array is None else array / 2


def stands(cell: Cell, special: Special, value: np.ndarray | None) -> bool:
    if value is None or value.shape != cell.expected.shape:
        return False
    places = special(cell) & differs(cell)
    near = cell.situation.exact * scale(cell.expected)
    return bool(np.allclose(cell.actual[places], value[places], rtol=0, atol=near, equal_nan=True))
