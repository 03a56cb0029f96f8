"""Whether two processors share a cache: how long one takes to write over what the other has just read.

A virtual machine's processors are moved about on the real ones. For minutes at a time two of them may lie under
different caches. To write to memory that the other's cache holds, a processor must then have it dropped there, line by
line. Work that both share is slow: the columns of a convolution, which one of them makes and both multiply, and which
are written over by the next. Work that stays with one is as quick as ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.timing import mean_seconds

BYTES = 2 << 20  # fits any cache that processors share, and no single processor's
FAR = 4  # where a cache is shared it has been 0.9 to 2, elsewhere 15 to 22


def distance(trials: int = 9) -> float | None:
    """How many times as long a processor takes to write over what another has read as what it has read itself, the
    ratio of the medians. None where there is one only, or the system lets nobody choose."""
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(processors) < 2:
        return None
    writer, seconds = processors[0], {reader: [] for reader in (processors[0], processors[-1])}
    memory = np.zeros(BYTES // 4, np.float32)
    for _ in range(trials):
        for reader, taken in seconds.items():
            on(writer, lambda: memory.fill(1))
            on(reader, memory.sum)
            taken.append(on(writer, lambda: mean_seconds(lambda: memory.fill(2), 1)))
    own, others = (np.median(taken) for taken in seconds.values())
    return float(others / own)


def on(processor: int, work: Callable[[], float | None]) -> float | None:
    """What `work` gives, run by a thread that may use this processor only."""
    with ThreadPoolExecutor(1, initializer=lambda: os.sched_setaffinity(0, {processor})) as thread:
        return thread.submit(work).result()


class Watch:
    """Asked after each round: whether two processors shared no cache before it or after it."""

    def __init__(self) -> None:
        self._before = distance()

    def disturbed(self) -> bool:
        before, self._before = self._before, distance()
        return any(found is not None and found > FAR for found in (before, self._before))
