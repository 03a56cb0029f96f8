"""Memory of arrays that are gone is kept for the next ones, where the C library allows it.

A training step makes arrays of some megabytes again and again. glibc takes memory for such an array straight from the
operating system and gives it back when the array dies, so each of them is paid for page by page: together about as much
as one of the step's convolutions. But it learns: once an array of some size has died, arrays up to that size (32 MiB at
most, see M_MMAP_THRESHOLD in `man mallopt`) come from memory that stays with the process. One array, never written to,
teaches it that at once. Other C libraries take no notice.
"""

import numpy as np

LARGEST = 31 << 20  # bytes


def keep_freed_memory() -> None:
    """Make an array of LARGEST bytes and let it go. It costs nothing: pages that are never touched do not exist."""
    np.empty(LARGEST, np.uint8)
