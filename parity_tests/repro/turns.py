"""Turns: how an array in a stranger's order of axes becomes PyTorch's, as source text: {}.T, {}.transpose(0, 3, 1, 2).

Told by the numbers themselves: of all turns that give PyTorch's shape, the first that gives PyTorch's array.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

AS_IT_IS = "{}"


def turn(theirs: np.ndarray, torchs: np.ndarray, *likely: str, images: Sequence[int] = ()) -> str | None:
    """The turn that makes `torchs` of `theirs`; None where there is none. likely: turns to try first, for numbers
    that are all alike fit several. images: (N, H, W, C) or (N, C, H, W), whose features a flat array may hold."""
    for text in (*likely, *_turns(theirs.shape, torchs.shape, images)):
        found = turned(theirs, text)
        if found is not None and found.shape == torchs.shape and same(found, torchs):
            return text
    return None


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f" and b.dtype.kind == "f")


def turned(array: np.ndarray, text: str) -> np.ndarray | None:
    """The array after the turn; None where it has no such axes."""
    try:
        return eval(text.format("array"), {"array": array})
    except (ValueError, IndexError):
        return None


def _turns(shape: tuple[int, ...], target: tuple[int, ...], images: Sequence[int]) -> Iterator[str]:
    yield AS_IT_IS
    if len(shape) == 2:
        yield "{}.T"
    if len(target) == 1:
        yield "{}.ravel()"
    for order in itertools.permutations(range(len(shape))) if 2 < len(shape) <= 4 else ():
        yield f"{{}}.transpose{order}"
    if len(images) == 4 and len(shape) == 2:
        yield f"{{}}.reshape{tuple(images)}.transpose(0, 3, 1, 2).reshape({images[0]}, -1)"
    yield f"{{}}.reshape{target}" if len(target) != 1 else f"{{}}.reshape({target[0]})"
