"""Traces: named arrays in our layout. The one thing that the two worlds share.

A batch (what goes in) and a trace (what came out) are both just that, so both are saved alike and compared alike.
Names are dotted, `training.gradient.W`; `group` takes the part below one name.
"""

from __future__ import annotations

import numpy as np

Trace = dict[str, np.ndarray]


def frozen(array: np.ndarray) -> np.ndarray:
    """A copy that nobody can write into: later steps of the same object cannot change what was recorded."""
    copy = np.array(array, order="C")
    copy.setflags(write=False)
    return copy


def group(arrays: Trace, prefix: str) -> Trace:
    """The arrays below `prefix`, without it: group({"gradient.W": a, "output": b}, "gradient") = {"W": a}."""
    start = prefix + "."
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def below(prefix: str, arrays: Trace) -> Trace:
    """The arrays under a common `prefix`, copied and frozen: the inverse of `group`."""
    return {f"{prefix}.{name}": frozen(array) for name, array in arrays.items()}


def cast(arrays: Trace, dtype: np.dtype) -> Trace:
    """Every floating-point array in `dtype`; integers and masks as they are."""
    return {name: frozen(a.astype(dtype) if a.dtype.kind == "f" else a) for name, a in arrays.items()}
