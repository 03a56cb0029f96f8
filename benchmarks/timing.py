"""Interleaved timing: all contestants of a case take turns in one process, in an order drawn anew for each round.

Whatever slows the machine down for a while (another program, a lower clock) then falls on every contestant alike, which
it does not when they are timed one after the other.

A turn is: a pause, one call that is not timed, `calls` calls that are; its result is the mean seconds of a call.
    the pause      OpenBLAS's worker threads spin for about 0.1 s after a product, PyTorch's (OpenMP) for some
                   milliseconds after a parallel loop, and would take the next contestant's processor meanwhile
    the free call  wakes this contestant's own threads and fills the caches, as in training, where step follows step
    calls          as many as make a turn of TURN seconds, so that a layer of microseconds is timed over many calls
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PAUSE = 0.12
TURN = 0.02
MOST_CALLS = 1000

Work = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Seconds of a call: one mean per turn, each over `calls` calls."""

    seconds: tuple[float, ...]
    calls: int

    @property
    def median(self) -> float:
        return float(np.median(self.seconds))

    @property
    def spread(self) -> float:
        """The interquartile range: the middle half of the turns lies within so many seconds of each other."""
        low, high = np.quantile(self.seconds, (0.25, 0.75))
        return float(high - low)


def ratio(ours: Timing, *others: Timing) -> float:
    """Our median as a multiple of the fastest of the others' medians: below 1 we are faster."""
    return ours.median / min(other.median for other in others)


def rounds(names: Sequence[str], repeats: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """`repeats` times all of the names, each time in a new random order."""
    for _ in range(repeats):
        yield [names[i] for i in rng.permutation(len(names))]


def calls_in_a_turn(seconds: float, turn: float = TURN) -> int:
    """How many calls of `seconds` make up a turn: at least one, at most MOST_CALLS."""
    return min(MOST_CALLS, max(1, math.ceil(turn / max(seconds, turn / MOST_CALLS))))


def mean_seconds(work: Work, calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    for _ in range(calls):
        work()
    return (clock() - started) / calls


def warmed_up(work: Work) -> int:
    """Two calls, the second on the clock: builds what is built on first use, and tells the calls of a turn."""
    work()
    return calls_in_a_turn(mean_seconds(work, 1))


def race(
    contestants: Mapping[str, Work],
    repeats: int,
    pause: float,
    rng: np.random.Generator,
    after_round: Callable[[], object] = lambda: None,
) -> dict[str, Timing]:
    """Time every contestant once in each of `repeats` rounds; `after_round` is called after each (a progress bar)."""
    calls = {name: warmed_up(work) for name, work in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for order in rounds(list(contestants), repeats, rng):
        for name in order:
            time.sleep(pause)
            contestants[name]()
            seconds[name].append(mean_seconds(contestants[name], calls[name]))
        after_round()
    return {name: Timing(tuple(seconds[name]), calls[name]) for name in contestants}
