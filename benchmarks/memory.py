"""The memory that a call needs beyond what is kept from call to call, counted by Python's tracemalloc.

NumPy tells tracemalloc of every array, so the figure is exact and the same on every run. Counting starts after the
first call, when buffers that are kept have been made: what a later call allocates anew counts in full, even where it
takes the place of an array that is then released. PyTorch's allocator tells Python nothing, so it has no such figure.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

MIB = 1 << 20


def peak_mib(run: Callable[[], object]) -> float:
    """The most MiB that a call holds at one time of what it has allocated. `run` has been called before."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()
