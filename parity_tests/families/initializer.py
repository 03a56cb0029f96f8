"""Initialisers: the exact bound or deviation, and the distribution of a sample.

    batch   shape, seed          trace   weight.scale, bias.scale: what the standard draw of the same seed was
                                         multiplied by; weight.sample: a large sample, sorted

U(-a, a) is a U(-1, 1) and N(0, s²) is s N(0, 1), so dividing a draw by the standard draw of the same seed gives the
bound or the deviation to the last digit, in either library and without trusting its formula.
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace, frozen

SEED = 20


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    return {"shape": np.array(case.shape), "seed": np.array(SEED)}


def record(subject, batch: Trace, into: Recording) -> None:
    shape, seed = tuple(int(size) for size in batch["shape"]), int(batch["seed"])
    with into.attempt("*"):
        for part, drawn in subject.draws(shape, seed).items():
            if isinstance(drawn, Exception):
                into.gaps.append((f"{part}.*", drawn))
                continue
            draw, standard = drawn
            into.trace[f"{part}.scale"] = frozen(scales(draw, standard))
            into.trace[f"{part}.sample"] = frozen(np.sort(draw, axis=None))


def scales(draw: np.ndarray, standard: np.ndarray) -> np.ndarray:
    """What a standard draw was multiplied by: the median, the least and the most."""
    clear = np.abs(standard) > 0.5  # near 0 the quotient would lose digits
    ratios = draw[clear] / standard[clear]
    return np.array([np.median(ratios), ratios.min(), ratios.max()])


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """None beyond |truth|."""
    return {}
