"""Numbers made from times, with how far noise may have moved them: ratios of medians, and exponents of growth.

    ratio       median(ours) / least median of the others
    exponent    p of time ∝ size^p: the slope of log time against log size, fitted by least squares
    low, high   the same number from DRAWS resamplings, in each of which every contestant's turns are drawn anew from
                its own, with repetition (the bootstrap); 5 of 100 of them lie below `low` and 5 above `high`

With few turns the interval may be too narrow by chance; it tells the scatter within this run, not between runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 1000
TAIL = 0.05
SEED = 0

Seconds = Sequence[float]


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


def ratio(ours: Seconds, *others: Seconds) -> Estimate:
    """Our median as a multiple of the fastest of the others'."""
    return _estimate(lambda medians: medians[0] / medians[1:].min(axis=0), [ours, *others])


def exponent(sizes: Sequence[float], times: Sequence[Seconds]) -> Estimate:
    """How the median grows with the size: 1 is in proportion, 2 with the square."""
    return _estimate(lambda medians: slope(np.log(sizes), np.log(medians)), times)


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of the line y = a + p x with the least squares; y may hold many columns."""
    d = x - x.mean()
    return d @ y / (d @ d)


def _estimate(number: Callable[[np.ndarray], np.ndarray], times: Sequence[Seconds]) -> Estimate:
    """`number` of the medians, (contestants,) or (contestants, DRAWS)."""
    rng = np.random.default_rng(SEED)
    drawn = np.array([np.median(rng.choice(seconds, (DRAWS, len(seconds))), axis=1) for seconds in times])
    low, high = np.quantile(number(drawn), (TAIL, 1 - TAIL))
    return Estimate(float(number(np.array([np.median(seconds) for seconds in times]))), float(low), float(high))
