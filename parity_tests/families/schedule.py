"""Schedules: the learning rates of 50 epochs.

batch   epochs (50,)          trace   rates (50,), logarithms (50,) so that small rates count as much as large ones
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace

EPOCHS = 50


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    return {"epochs": np.arange(EPOCHS)}


def record(subject, batch: Trace, into: Recording) -> None:
    with into.attempt("*"):
        rates = np.array(subject.rates(len(batch["epochs"])), dtype=np.float64)
        into.trace |= {"rates": rates, "logarithms": np.log(rates + 1e-6)}


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """None beyond |truth|."""
    return {}
