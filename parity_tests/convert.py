"""Weights saved by one side, for the other: a weight map applied to a whole file of named arrays.

arrays = safetensors.numpy.load_file("model.safetensors")          # PyTorch's names and layout
network.assign(to_ours(CIFAR_CNN.carried, arrays))                 # ours
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parity_tests.layout import Weight, require_one_to_one
from parity_tests.trace import Trace

WeightMap = tuple[Weight, ...]


def to_ours(entries: WeightMap, arrays: Mapping[str, np.ndarray]) -> Trace:
    """PyTorch's parameters and running statistics under our names, in our layout.

    Raises ValueError unless the names are exactly those of the weight map.
    """
    require_one_to_one("to_ours", entries, {entry.ours for entry in entries}, set(arrays))
    return {entry.ours: np.array(entry.layout.to_ours(arrays[entry.theirs]), order="C") for entry in entries}


def to_theirs(entries: WeightMap, arrays: Mapping[str, np.ndarray]) -> Trace:
    """Our parameters and running statistics under PyTorch's names, in PyTorch's layout; the inverse of `to_ours`."""
    require_one_to_one("to_theirs", entries, set(arrays), {entry.theirs for entry in entries})
    return {entry.theirs: np.array(entry.layout.to_theirs(arrays[entry.ours]), order="C") for entry in entries}
