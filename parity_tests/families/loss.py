"""Losses: the value and its gradient by the network's output.

batch   Y, Y_hat          trace   value, gradient
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace, frozen


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    """Outputs from the case's inputs; targets from its `targets`, given the shape and the same stream."""
    return {"Y_hat": case.inputs(case.shape, rng), "Y": case["targets"](case.shape, rng)}


def record(subject, batch: Trace, into: Recording) -> None:
    """The value, as an array of the outputs' type, and the gradient."""
    Y, Y_hat = batch["Y"], batch["Y_hat"]
    with into.attempt("value"):
        into.trace["value"] = np.array(subject.value(Y, Y_hat), dtype=Y_hat.dtype)
    with into.attempt("gradient"):
        into.trace["gradient"] = frozen(subject.gradient(Y, Y_hat))


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """None beyond |truth|."""
    return {}
