"""Handing arrays over to a stranger, and what became of them.

A stranger gets arrays of its own, in its own order of axes and writable, so that writing into them is no exception but
something that is seen. Where the caller's array may be written into, what was done to the copy is done to it as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from parity_tests.layout import Layout
from parity_tests.subjects.stranger import axes


@contextmanager
def lent(array: np.ndarray, order: Layout | None = None) -> Iterator[np.ndarray]:
    """The array for the time of one call. A view stays a view: code that trusts in contiguous memory shows itself."""
    writeable, theirs = array.flags.writeable, axes.handed(array, order)
    as_it_is = writeable and (order is None or not array.flags.c_contiguous)
    mine = theirs if as_it_is else np.array(theirs, order="C")
    before = mine.copy() if writeable and mine is not array else mine
    yield mine
    if not (before is mine or np.array_equal(mine, before, equal_nan=mine.dtype.kind == "f")):
        array[...] = axes.taken(mine, order)
