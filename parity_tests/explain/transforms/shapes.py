"""Shapes: the right numbers in the right order, but in another shape. Nothing is broadcast, so an axis of
length 1 counts.

They come before the orders: to who wrote (n,) in place of (1, n), "transposed" is true, and no help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import Cell, cells, each

SAYS = {
    "axis missing": "the axis of length 1 is missing",
    "axis too many": "there is an axis of length 1 too many",
    "another shape": "the right numbers, in the right order, are in another shape",
}


def shape_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    """One for each way in which shapes differ here, with the largest of these arrays for an example."""
    found = cells(situations)
    for name, says in SAYS.items():
        if alike := [cell for cell in found if manner(cell) == name]:
            example = max(alike, key=lambda cell: cell.expected.size)
            shapes = f"{example.actual.shape} in place of {example.expected.shape}"
            yield each(situations, name, f"{says}: {shapes}", lambda cell, name=name: reshaped(name, cell),
                       Kind.RELATION)  # fmt: skip


def manner(cell: Cell) -> str:
    """Of the candidate's shape; '' where it is right, or holds another number of numbers."""
    actual, expected = cell.actual, cell.expected
    if actual is None or actual.shape == expected.shape or actual.size != expected.size:
        return ""
    if np.squeeze(actual).shape == np.squeeze(expected).shape and actual.ndim != expected.ndim:
        return "axis missing" if actual.ndim < expected.ndim else "axis too many"
    return "another shape"


def reshaped(name: str, cell: Cell) -> np.ndarray | None:
    """What is expected, in the candidate's shape if it differs in this way; the others are another shape too."""
    found = manner(cell)
    applies = found == name or (found and name == "another shape")
    return cell.expected.reshape(cell.actual.shape) if applies else None
