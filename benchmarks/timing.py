"""Interleaved timing: all contestants of a case take turns in one process, in an order drawn anew for each round.

Whatever slows the machine down for a while (another program, a lower clock) then falls on every contestant alike, which
it does not when they are timed one after the other.

A turn is: a pause, one call that is not timed, `calls` calls that are; its result is the mean seconds of a call.
    the pause      OpenBLAS's worker threads spin for about 0.1 s after a product, PyTorch's (OpenMP) for some
                   milliseconds after a parallel loop, and would take the next contestant's processor meanwhile
    the free call  wakes this contestant's own threads and fills the caches, as in training, where step follows step;
                   beside a call of LONG seconds that is nothing, and there is none
    calls          as many as make a turn of TURN seconds, so that a layer of microseconds is timed over many calls

A contestant whose turns are long sits some rounds out, evenly spread, so that all turns together take no longer than
USUAL seconds a round; FEWEST turns it has in any case.

A round in which some contestants were disturbed and others were not says nothing. It is set aside, for all of them, and
taken again; but no more of these than the race has rounds, after which they count as they are.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np

PAUSE = 0.12
TURN = 0.02
LONG = 0.5
USUAL = 0.4
FEWEST = 3
MOST_CALLS = 1000

Work = Callable[[], object]


@dataclass(frozen=True)
class Racer:
    """What is timed; `options` makes a context manager to run it in, entered off the clock."""

    run: Work
    options: Callable[[], AbstractContextManager] = nullcontext


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


@dataclass(frozen=True)
class Race:
    """`timings` of the rounds that count, `rounds_disturbed` of which were disturbed all the same; `aside` of the
    `rounds_aside` that were set aside."""

    timings: Mapping[str, Timing]
    aside: Mapping[str, Timing]
    rounds_aside: int = 0
    rounds_disturbed: int = 0


@dataclass(frozen=True)
class Pace:
    """How a contestant of `seconds` a call takes its turns."""

    seconds: float

    @property
    def calls(self) -> int:
        """Those on the clock: a turn of TURN seconds, at least one, at most MOST_CALLS."""
        return min(MOST_CALLS, max(1, math.ceil(TURN / max(self.seconds, TURN / MOST_CALLS))))

    @property
    def free_call(self) -> bool:
        return self.seconds < LONG

    def turns(self, repeats: int, pause: float) -> int:
        """Of `repeats` rounds, in how many it takes part."""
        length = pause + self.seconds * (self.calls + self.free_call)
        return min(repeats, max(FEWEST, math.floor(repeats * USUAL / length)))


def repeats(text: str) -> int:
    """The argparse type of the number of turns."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 2:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 2, for a spread, got {text!r}")
    return int(text)


def ratio(ours: Timing, *others: Timing) -> float:
    """Our median as a multiple of the fastest of the others' medians: below 1 we are faster."""
    return ours.median / min(other.median for other in others)


def rounds(turns: Mapping[str, int], repeats: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """`repeats` times the names, each time in a new random order; each in `turns` of them, evenly spread."""
    taken = {name: set(np.linspace(0, repeats - 1, number).round()) for name, number in turns.items()}
    names = list(turns)
    for i in range(repeats):
        order = [names[k] for k in rng.permutation(len(names))]
        yield [name for name in order if i in taken[name]]


def mean_seconds(work: Work, calls: int, clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    for _ in range(calls):
        work()
    return (clock() - started) / calls


def warmed_up(racer: Racer) -> Pace:
    """Two calls, the second on the clock: the first builds what is built on first use."""
    with racer.options():
        racer.run()
        return Pace(mean_seconds(racer.run, 1))


def turn(racer: Racer, pace: Pace) -> float:
    """Mean seconds of a call."""
    with racer.options():
        if pace.free_call:
            racer.run()
        return mean_seconds(racer.run, pace.calls)


def race(
    racers: Mapping[str, Racer],
    repeats: int,
    pause: float,
    rng: np.random.Generator,
    after_round: Callable[[], object] = lambda: None,
    disturbed: Callable[[], bool] = lambda: False,
) -> Race:
    """Time the contestants in `repeats` rounds; `after_round` is called after each that counts (a progress bar).

    `disturbed`: whether the round that has just ended was; asked once after each.
    """
    paces = {name: warmed_up(racer) for name, racer in racers.items()}
    turns = {name: pace.turns(repeats, pause) for name, pace in paces.items()}
    counted, aside = ({name: [] for name in racers} for _ in range(2))
    set_aside = disturbed_ones = 0
    for order in rounds(turns, repeats, rng):
        found, was_disturbed = _round(order, racers, paces, pause), disturbed()
        while was_disturbed and set_aside < repeats:
            set_aside += 1
            _add(found, aside)
            found, was_disturbed = _round(order, racers, paces, pause), disturbed()
        disturbed_ones += was_disturbed
        _add(found, counted)
        after_round()
    timings, others = (
        {name: Timing(tuple(taken), paces[name].calls) for name, taken in seconds.items() if taken}
        for seconds in (counted, aside)
    )
    return Race(timings, others, set_aside, disturbed_ones)


def _round(
    order: Iterable[str], racers: Mapping[str, Racer], paces: Mapping[str, Pace], pause: float
) -> dict[str, float]:
    """Mean seconds of a call of each, in this order."""
    found = {}
    for name in order:
        time.sleep(pause)
        found[name] = turn(racers[name], paces[name])
    return found


def _add(found: Mapping[str, float], seconds: Mapping[str, list[float]]) -> None:
    for name, taken in found.items():
        seconds[name].append(taken)
