"""Arrays as source text: numbers to read where they are few, else everything in one line, compressed.

X = np.array([[0.3, -1.2], [0.5, 0.7]])
data = np.load(io.BytesIO(base64.b85decode("...")))      then data["X"]
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

import numpy as np

READABLE = 64  # numbers; more are compressed
LONGEST = 900  # characters
ARRAY_TYPES = ("float64", "float32", "int64", "int32", "bool")


def literal(array: np.ndarray) -> str:
    """An expression that gives exactly this array."""
    if simple := plain(array):
        return simple
    text = _numbers(array).replace("nan", "np.nan").replace("inf", "np.inf")
    bare = array.dtype in (np.float64, np.int64) and (array.dtype.kind != "f" or "." in text or "np." in text)
    return f"np.array({text})" if bare else f"np.array({text}, np.{array.dtype})"


def plain(array: np.ndarray) -> str:
    """np.zeros or np.ones, where it is all of one of these; else ''."""
    for make, value in (("zeros", 0), ("ones", 1)):
        if array.size > 1 and array.dtype == np.float64 and np.all(array == value) and not np.any(np.signbit(array)):
            return f"np.{make}({array.shape})"
    return ""


def _numbers(array: np.ndarray) -> str:
    """Nested lists of the shortest numbers that read back as the same."""
    if array.ndim:
        return f"[{', '.join(map(_numbers, array))}]"
    return repr(float(str(array))) if array.dtype.kind == "f" else repr(array.item())


def is_readable(array: np.ndarray) -> bool:
    return array.size <= READABLE and len(literal(array)) <= LONGEST and array.dtype.name in ARRAY_TYPES


def packed(arrays: Mapping[str, np.ndarray]) -> str:
    """An expression that gives a mapping of the arrays by name."""
    memory = io.BytesIO()
    np.savez_compressed(memory, **arrays)
    return f'np.load(io.BytesIO(base64.b85decode("{base64.b85encode(memory.getvalue()).decode()}")))'
