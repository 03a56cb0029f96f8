"""Whether two processors share a cache: how long one takes to read what the other has just written.

A virtual machine's processors are moved about on the real ones. For minutes at a time two of them may lie under
different caches, and what one has written reaches the other through memory. Work that both share is slow then, as a
product is that BLAS shares out: one of them has written what both read. Work that stays with one is as quick as ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.timing import mean_seconds

BYTES = 2 << 20  # fits any cache that processors share, and no single processor's


def distance(trials: int = 9) -> float | None:
    """How many times as long a processor takes to read what another wrote as what it wrote itself, the ratio of the
    medians: about 1 where they share a cache. None where there is one only, or the system lets nobody choose."""
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(processors) < 2:
        return None
    writer, seconds = processors[0], {reader: [] for reader in (processors[0], processors[-1])}
    written, read = np.zeros(BYTES // 4, np.float32), np.empty(BYTES // 4, np.float32)
    for _ in range(trials):
        for reader, taken in seconds.items():
            on(writer, lambda: np.add(written, 1, out=written))
            taken.append(on(reader, lambda: mean_seconds(lambda: np.copyto(read, written), 1)))
    own, others = (np.median(taken) for taken in seconds.values())
    return float(others / own)


def on(processor: int, work: Callable[[], float | None]) -> float | None:
    """What `work` gives, run by a thread that may use this processor only."""
    with ThreadPoolExecutor(1, initializer=lambda: os.sched_setaffinity(0, {processor})) as thread:
        return thread.submit(work).result()
