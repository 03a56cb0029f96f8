"""Fit: how exactly a prediction gives the numbers that were recorded.

For one array, with E expected, A recorded, P predicted, all compared on E's scale (its largest finite number):

    P is A      the same shape but for axes of 1, NaN and infinities in the same places, and everywhere
                |P - A| <= 1e-9 scale (1e-5 where A is float32; of A's scale where that is larger), and at most a
                hundredth of the largest |A - E|: a small perturbation is not explained by a prediction that is merely
                near the right answer
    P is E      |P - E| <= 1e-10 scale, as the verdict itself has it

    wrong here, predicted wrong, P is A      matched
    wrong here, P is not A                   missed
    right here, predicted wrong              refuted, for a formula; missed, for a transformation of that quantity;
                                             but a gradient that would only follow from a wrong output need not
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from parity_tests.compare import RELATIVE_64
from parity_tests.explain.hypothesis import IMPOSSIBLE, Hypothesis, Situation, whole_of
from parity_tests.findings import quantity_of
from parity_tests.trace import Trace

OF_DEVIATION = 1e-2
LEAST_SHARE = 0.9  # of the wrong arrays: a candidate may be wrong in one more way in one case
LEAST_SCREENED = 0.7  # while only a few cases have been seen, one of which may be that one


def scale(array: np.ndarray) -> float:
    finite = np.abs(array[np.isfinite(array)].astype(np.float64))
    largest = float(finite.max(initial=0))
    return largest if largest > 0 else 1.0


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Largest |a - b|; infinite where shapes (but for axes of 1), NaN or infinities do not agree."""
    a, b = (np.asarray(array, dtype=np.float64) for array in (a, b))
    if a.shape != b.shape:
        if np.squeeze(a).shape != np.squeeze(b).shape:
            return np.inf
        a, b = a.ravel(), b.ravel()
    finite = np.isfinite(b)
    if not np.isfinite(a[finite]).all() or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    return float(np.abs(a[finite] - b[finite]).max(initial=0))


def gives(predicted: Trace, situation: Situation, name: str) -> float | None:
    """The error of a prediction of a wrong array as a fraction of the scale, None where it does not give it, or says
    nothing of it."""
    if name not in predicted:
        return None
    actual, expected = situation.actual[name], situation.expected[name]
    unit = scale(expected)
    deviation = distance(actual, expected) if actual.shape == expected.shape else np.inf
    allowed = min(situation.exact * max(unit, scale(actual)), OF_DEVIATION * deviation)
    error = distance(predicted[name], actual)
    return error / unit if error <= allowed else None


def is_right(array: np.ndarray, expected: np.ndarray) -> bool:
    return array.shape == expected.shape and distance(array, expected) <= RELATIVE_64 * scale(expected)


@dataclass
class Tally:
    """Of one quantity: arrays matched, missed (predicted otherwise, or wrong and not spoken of), right ones predicted
    wrong (refuted; or not followed, if they would only follow from a wrong output); the worst error of the matched."""

    matched: int = 0
    missed: int = 0
    refuted: int = 0
    not_followed: int = 0
    error: float = 0.0

    @property
    def of(self) -> int:
        """The wrong arrays there are."""
        return self.matched + self.missed

    def fits(self, share: float) -> bool:
        return self.matched > 0 and self.matched >= share * (self.of + self.refuted)


@dataclass(eq=False)
class Fit:
    """What a hypothesis explains, by quantity without its stage or step. complete: it was held against every case."""

    hypothesis: Hypothesis
    tallies: dict[str, Tally] = field(default_factory=dict)
    complete: bool = False

    @property
    def quantities(self) -> frozenset[str]:
        share = LEAST_SHARE if self.complete else LEAST_SCREENED
        return frozenset(quantity for quantity, tally in self.tallies.items() if tally.fits(share))

    @property
    def matched(self) -> int:
        return sum(tally.matched for tally in self.tallies.values())

    @property
    def contradicted(self) -> bool:
        """A formula that says too often that something is wrong which is right."""
        most = 1 - (LEAST_SHARE if self.complete else LEAST_SCREENED)
        refuted = any(t.refuted > most * (t.matched + t.refuted) for t in self.tallies.values())
        return refuted and not self.hypothesis.apart

    @property
    def alive(self) -> bool:
        """Whether anything may still come of it."""
        return self.matched > 0 and not self.contradicted

    @property
    def not_followed(self) -> int:
        return sum(tally.not_followed for tally in self.tallies.values())

    def add(self, situation: Situation) -> None:
        """Hold it against one more case."""
        predicted = prediction(self.hypothesis, situation)
        for name in situation.expected:
            tally = self.tallies.setdefault(whole_of(name), Tally())
            if name in situation.wrong and name in situation.actual:
                self._add_wrong(tally, predicted, situation, name)
            elif name in predicted and name in situation.actual and not _still_right(predicted, situation, name):
                if self._follows(name, predicted, situation):
                    tally.not_followed += 1
                else:
                    tally.refuted += 1

    def _follows(self, name: str, predicted: Trace, situation: Situation) -> bool:
        """Whether a wrong gradient would only follow from the output, wrong as predicted, of the same stage."""
        output = name.removesuffix(quantity_of(name)) + "output"
        return output != name and output in situation.wrong and gives(predicted, situation, output) is not None

    @staticmethod
    def _add_wrong(tally: Tally, predicted: Trace, situation: Situation, name: str) -> None:
        error = gives(predicted, situation, name)
        if error is None or is_right(predicted[name], situation.expected[name]):
            tally.missed += 1
        else:
            tally.matched, tally.error = tally.matched + 1, max(tally.error, error)


def _still_right(predicted: Trace, situation: Situation, name: str) -> bool:
    """Right, or so nearly that the verdict might have let it pass."""
    array, expected = predicted[name], situation.expected[name]
    return array.shape == expected.shape and distance(array, expected) <= situation.exact * scale(expected)


def prediction(hypothesis: Hypothesis, situation: Situation) -> Trace:
    """What it predicts; nothing where the mistake is impossible for these shapes or settings."""
    try:
        with np.errstate(all="ignore"):
            return hypothesis.predict(situation)
    except IMPOSSIBLE:
        return {}
