"""Layouts: one array, told in PyTorch's order of axes and in ours.

A layout is one line, PyTorch's axes on the left, ours on the right:

    "m d -> d m"                     a dense weight is transposed
    "m -> 1 m"                       a bias is a row
    "m c i j -> i j c m"             a convolution's weight
    "n c h w -> n h w c"             images
    "m (c h w) -> (h w c) m"         the weight behind a flatten, whose features stand in another order

Letters in parentheses share one axis. Both sides hold the same letters, each once, so a layout is a permutation of
the elements: no number is lost, doubled or shared, and the way back is the same line read from the right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

Group = tuple[str, ...]
Axes = tuple[Group, ...]


@cache
def _axes(side: str) -> Axes:
    """ "m (c h w)" -> (("m",), ("c", "h", "w")); the unit axis "1" is an empty group."""
    if re.sub(r"\([^()]*\)|\w+|\s", "", side):
        raise ValueError(f"Layout: expected letters and parentheses, got {side!r}")
    axes = re.findall(r"\(([^)]*)\)|(\w+)", side)
    return tuple(tuple(name for name in (inside or single).split() if name != "1") for inside, single in axes)


def _rearrange(array: np.ndarray, source: Axes, target: Axes, sizes: Mapping[str, int]) -> np.ndarray:
    """Split the axes of `array` into letters, permute the letters, join them into the target's axes."""
    if array.ndim != len(source):
        raise ValueError(f"Layout: expected an array of {len(source)} axes {list(source)}, got shape {array.shape}")
    known = dict(sizes)
    for group, size in zip(source, array.shape, strict=True):
        unknown = [name for name in group if name not in known]
        rest = math.prod(known[name] for name in group if name in known)
        if len(unknown) > 1 or size % rest or (not unknown and rest != size):
            raise ValueError(f"Layout: an axis of {size} does not split into {group} with sizes {dict(sizes)}")
        known.update(dict.fromkeys(unknown, size // rest))
    letters = [name for group in source for name in group]
    order = [letters.index(name) for group in target for name in group]
    split = array.reshape([known[name] for name in letters]).transpose(order)
    return split.reshape([math.prod(known[name] for name in group) for group in target])


@dataclass(frozen=True)
class Layout:
    """`pattern` "theirs -> ours"; `sizes` of letters that an axis shares and the shape alone does not tell."""

    pattern: str
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.pattern.count("->") != 1:
            raise ValueError(f"Layout: expected one arrow, 'theirs -> ours', got {self.pattern!r}")
        sides = [[name for group in groups for name in group] for groups in (self.theirs, self.ours)]
        if sorted(sides[0]) != sorted(set(sides[1])) or len(sides[0]) != len(sides[1]):
            raise ValueError(f"Layout: expected the same letters on both sides, each once, got {self.pattern!r}")

    @property
    def theirs(self) -> Axes:
        return _axes(self.pattern.split("->")[0])

    @property
    def ours(self) -> Axes:
        return _axes(self.pattern.split("->")[1])

    def to_ours(self, array: np.ndarray) -> np.ndarray:
        """PyTorch's array in our layout. Raises ValueError where the shape does not fit the pattern."""
        return _rearrange(array, self.theirs, self.ours, self.sizes)

    def to_theirs(self, array: np.ndarray) -> np.ndarray:
        """Our array in PyTorch's layout: the inverse permutation."""
        return _rearrange(array, self.ours, self.theirs, self.sizes)


IMAGES = Layout("n c h w -> n h w c")


@dataclass(frozen=True)
class AsTheyAre:
    """The layout of arrays that are alike on both sides, except that images (four axes) are NHWC here."""

    def to_ours(self, array: np.ndarray) -> np.ndarray:
        return IMAGES.to_ours(array) if array.ndim == 4 else array

    def to_theirs(self, array: np.ndarray) -> np.ndarray:
        return IMAGES.to_theirs(array) if array.ndim == 4 else array


@dataclass(frozen=True)
class Weight:
    """One entry of a weight map: our name, PyTorch's name, and the layout that carries a weight over and brings
    its gradient back."""

    ours: str
    theirs: str
    layout: Layout


def require_one_to_one(who: str, entries: tuple[Weight, ...], ours: set[str], theirs: set[str]) -> None:
    """Raise ValueError unless the entries pair every name on each side with exactly one on the other."""
    for side, names in (("ours", ours), ("theirs", theirs)):
        mapped = [getattr(entry, side) for entry in entries]
        twice = sorted({name for name in mapped if mapped.count(name) > 1})
        problems = {"twice": twice, "not mapped": sorted(names - set(mapped)), "unknown": sorted(set(mapped) - names)}
        found = "; ".join(f"{problem}: {', '.join(which)}" for problem, which in problems.items() if which)
        if found:
            raise ValueError(f"{who}: expected a one-to-one weight map, got on the side of {side}: {found}")
