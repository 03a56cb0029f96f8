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
    theirs = array if order is None else axes.handed(array, order)
    mine = theirs if array.flags.writeable and not array.flags.c_contiguous else np.array(theirs, order="C")
    if array.flags.writeable and order is None and array.flags.c_contiguous:
        mine = array
    before = mine.copy() if mine is not array else None
    yield mine
    if (
        before is not None
        and array.flags.writeable
        and not np.array_equal(mine, before, equal_nan=mine.dtype.kind == "f")
    ):
        array[...] = mine if order is None else axes.taken(mine, order)
