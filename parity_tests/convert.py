"""Weights saved by one side, for the other: a pair's weight map applied to a whole file of named arrays.

arrays = safetensors.numpy.load_file("model.safetensors")          # PyTorch's names and layout
network.assign(to_ours(CIFAR_CNN, arrays))                         # ours
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parity_tests.layout import require_one_to_one
from parity_tests.pair import Pair
from parity_tests.trace import Trace


def to_ours(pair: Pair, arrays: Mapping[str, np.ndarray]) -> Trace:
    """PyTorch's parameters and running statistics under our names, in our layout.

    Raises ValueError unless the names are exactly those of the pair's weight map.
    """
    entries = pair.weights + pair.state
    require_one_to_one(f"to_ours({pair.name})", entries, {entry.ours for entry in entries}, set(arrays))
    return {entry.ours: np.array(entry.layout.to_ours(arrays[entry.theirs]), order="C") for entry in entries}


def to_theirs(pair: Pair, arrays: Mapping[str, np.ndarray]) -> Trace:
    """Our parameters and running statistics under PyTorch's names, in PyTorch's layout; the inverse of `to_ours`."""
    entries = pair.weights + pair.state
    require_one_to_one(f"to_theirs({pair.name})", entries, set(arrays), {entry.theirs for entry in entries})
    return {entry.theirs: np.array(entry.layout.to_theirs(arrays[entry.ours]), order="C") for entry in entries}
