"""Code for tensors in a file that imports neither PyTorch nor NumPy: nothing tells it but what it asks an array for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger.written import imported_by, methods_of


@contextmanager
def may_want_tensors(thing: Any) -> Iterator[None]:
    """Around a call of an object, a class or a function."""
    try:
        yield
    except AttributeError as error:
        if not isinstance(error.obj, np.ndarray) or "numpy" in _imported(thing):
            raise
        asked = f"it asks an array for `{error.name}`, as if it were a tensor, and its file imports no NumPy"
        raise NotOffered(f"{asked}: write an adapter") from error


def _imported(thing: Any) -> set[str]:
    kind = thing if inspect.isclass(thing) else type(thing)
    functions = [thing] if inspect.isroutine(thing) else filter(inspect.isfunction, methods_of(kind).values())
    return {name for function in functions for name in imported_by(inspect.unwrap(function))}
