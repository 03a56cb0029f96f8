"""A loss may be for rows alone, (N, C): `N, C = A.shape`, `A.shape[1]`. What it raises, or stumbles over, at arrays of
another number of axes means that it does not offer them; at rows it is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from parity_tests.pair import NoArray, NotOffered
from parity_tests.subjects.stranger.refusing import told

ERRORS = (ValueError, IndexError, TypeError, AssertionError, NotImplementedError)


@contextmanager
def may_be_for_rows(axes: int) -> Iterator[None]:
    """Around a call with arrays of so many axes."""
    try:
        yield
    except ERRORS as error:
        if axes == 2 or isinstance(error, NoArray):
            raise
        raise NotOffered(told(f"arrays of {axes} {'axis' if axes == 1 else 'axes'}", error)) from error
