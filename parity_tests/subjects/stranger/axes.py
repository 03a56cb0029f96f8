"""The order of axes in a stranger's arrays, told by shapes alone.

An order is a Layout pattern from theirs to ours, "n c h w -> n h w c". Probes have sizes that all differ, so that a
shape fits one order only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from parity_tests.layout import Layout

IMAGES = {"NHWC": Layout("n h w c -> n h w c"), "NCHW": Layout("n c h w -> n h w c")}
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


def handed(array: np.ndarray, order: Layout) -> np.ndarray:
    """One of ours in their order: a view."""
    return array.transpose([order.ours.index(letters) for letters in order.theirs])


def taken(array: np.ndarray, order: Layout) -> np.ndarray:
    """One of theirs in our order: a view. An array with another number of axes stays what it is."""
    if np.ndim(array) != len(order.theirs):
        return array
    return array.transpose([order.theirs.index(letters) for letters in order.ours])
