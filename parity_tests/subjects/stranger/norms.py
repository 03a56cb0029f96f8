"""The statistics of a norm, told by their shape, and by what becomes of them in one forward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.pair import Case, Pair
from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.names import NORM_AXES, PERHAPS, is_called
from parity_tests.subjects.stranger.slots import parameter_slot

IMAGES = Case("probe", (7, 4, 5, 3))
SHAPES = {"NHWC": (7, 4, 5, 3), "NCHW": (7, 3, 4, 5)}
OF_CHANNELS, OF_ROWS = 3, 4 * 5 * 3  # numbers in a mean over all axes but the channels, and over the batch alone


def outlive_a_batch(thing: Any, pair: Pair, send: Callable[[], Any]) -> bool:
    """Whether what is called `mean` and `var` are running statistics: after a forward they depend on what stood there
    before, where the last batch's do not. False where they have names of their own."""
    keys = [entry.ours for entry in pair.state if entry.ours in PERHAPS]
    slots = [parameter_slot(thing, key, perhaps=True) for key in keys]
    if None in slots or all(parameter_slot(thing, key) for key in keys):
        return False
    after = []
    for number in (1.0, 2.0):
        for slot in slots:
            slot.set(np.full(np.shape(slot.get()), number))
        send()
        after.append([np.array(slot.get()) for slot in slots])
    return not any(map(np.array_equal, *after))


def odd_axes(kind: type, pair: Pair, spelling: Any, make: Callable) -> str:
    """What is said of a norm that takes images, but averages over other axes than a norm of images or of rows does;
    '' of any other. spelling, make: as in spelling.py."""
    if pair.name != "BatchNorm" or is_called(bare(kind.__name__), NORM_AXES[2]):
        return ""
    odd = []
    for images, shape in SHAPES.items():
        try:
            thing, send = make(IMAGES, replace(spelling, images=images))
            Y = send()
        except Exception:
            continue
        slot = parameter_slot(thing, "running_mean", perhaps=spelling.perhaps)
        if np.shape(Y) != shape or slot is None or np.size(slot.get()) in (OF_CHANNELS, OF_ROWS):
            return ""
        odd.append(tuple(size for size in np.shape(slot.get()) if size > 1))
    return f"images: statistics of shape {odd[0]} for images of 3 channels: is the axis wrong?" if odd else ""
