"""Freed memory, kept for the next array.

A training step frees what it allocates, and the next one allocates it again. In between the C library may hand it back
to the operating system, which must then fill every page with zeros before it is used: a step of the CNN took 3 to 10
per cent longer. The GNU C library hands back what lies free at the end of its heap once that is more than twice the
largest block it has seen freed, counting blocks up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD). So
one block of nearly that size, freed at once and never written to, settles it; other libraries do not mind.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

LARGEST = 31 << 20  # bytes


def keep_freed_memory() -> None:
    """Have up to 62 MiB of freed memory kept for this process, if it may have that much."""
    with suppress(MemoryError):
        np.empty(LARGEST, np.uint8)
