"""The order of axes in a stranger's arrays, told by shapes alone.

An order is a Layout pattern from theirs to ours, "n c h w -> n h w c". Probes have sizes that all differ, so that a
shape fits one order only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import NoArray, Pair

IMAGES = {"NHWC": Layout("n h w c -> n h w c"), "NCHW": Layout("n c h w -> n h w c")}
COLUMNS = Layout("d n -> n d")  # examples side by side
DENSE = (Layout("d m -> d m"), Layout("m d -> d m"))
CONVOLUTION = (
    Layout("i j c m -> i j c m"),
    Layout("m c i j -> i j c m"),
    Layout("m i j c -> i j c m"),
    Layout("c m i j -> i j c m"),
)


def weight_order(shape: Sequence[int], sizes: Mapping[str, int]) -> Layout | None:
    """The order of a weight of this shape, where the letters have these sizes; None where no order fits."""
    orders = DENSE if len(shape) == 2 else CONVOLUTION
    for order in orders:
        if tuple(shape) == tuple(sizes[letter] for (letter,) in order.theirs):
            return order
    return None


def handed(array: np.ndarray, order: Layout | None) -> np.ndarray:
    """One of ours in their order: a view, where axes are only permuted. None: their order is ours."""
    return array if order is None else order.to_theirs(array)


def taken(array: np.ndarray, order: Layout | None) -> np.ndarray:
    """One of theirs in our order. What does not have such axes stays what it is, and fails as that."""
    try:
        return array if order is None else order.to_ours(array)
    except (AttributeError, ValueError):
        return array


def standing(pair: Pair, shape: Sequence[int], examples: str | None) -> tuple[bool, ...]:
    """Whether examples are columns, (features, N): what is to be tried. Shapes tell it where a parameter or a statistic
    has the features'; all else stands in rows, unless told."""
    if len(shape) != 2 or examples is not None:
        return (examples == "columns" and len(shape) == 2,)
    return (False, True) if pair.name in ("FullyConnected", "BatchNorm") else (False,)


@dataclass(frozen=True)
class Images:
    """The orders in which one layer of a stranger's takes and gives images, and rows; None where they are ours."""

    pair: Pair
    order: str
    columns: bool = False

    def of_input(self, shape: Sequence[int]) -> Layout | None:
        if self.columns and len(shape) == 2:
            return COLUMNS
        return IMAGES["NCHW"] if self.order == "NCHW" and len(shape) == 4 else None

    def of_output(self, input_shape: Sequence[int]) -> Layout | None:
        """As the input's; but behind a flatten of channels first, the features are rows in the order (c, h, w)."""
        order = self.of_input(input_shape)
        flat = self.pair.output_layout(tuple(input_shape))
        return flat if order is not None and isinstance(flat, Layout) else order


def inward(found: Any, order: Layout | None, what: str = "it returned") -> np.ndarray:
    """What a stranger returned, in our order."""
    return taken(plain_array(found, what), order)


def plain_array(found: Any, what: str) -> np.ndarray:
    """It, if it is one. Raises NoArray: the operators of a matrix, a tensor or a list mean something else."""
    if type(found) is not np.ndarray:
        name = f"{type(found).__module__}.{type(found).__name__}".removeprefix("builtins.")
        article = "an" if name[0] in "aeiou" else "a"
        raise NoArray(f"{what} {article} {name}, where a numpy.ndarray was expected".replace("a NoneType", "None"))
    return found
