"""What is expected of a layer by itself: what its twin gives for the batch that the reference has for it."""

from __future__ import annotations

import numpy as np

from parity_tests.families.layer import record_stage
from parity_tests.networks.link import Link
from parity_tests.networks.weights import Weights
from parity_tests.pair import Subject
from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group


def expect(link: Link, rng: np.random.Generator) -> None:
    """What the twin gives, in the candidate's shapes; and again with the signs of the upstream gradient drawn anew.

    A gradient that is zero because its terms cancel (of a bias in front of a batch norm) is not zero then: the second
    run tells how large the terms are, and so how small is nothing but rounding.
    """
    batch = link.batch | below("parameter", link.parameters.arrays) | below("state", link.state.arrays)
    found = recorded(link.twin, batch).whole()
    signs = {n: frozen(a * rng.choice([-1.0, 1.0], size=a.shape)) for n, a in batch.items() if n.endswith(".dLdY")}
    drawn = recorded(link.twin, batch | signs).whole()
    for name, array in found.items():
        stage = name.partition(".")[0]
        if stage == "evaluation" and not link.judges_evaluation:
            continue
        kept, key = _kept_as(link, name)
        if kept is not None:
            if key not in kept.held:
                continue
            array = kept.as_held(key, array)
        link.expected[name] = array
        link.sizes[name] = size_of_terms(drawn[name], array if kept is link.state else batch[f"{stage}.X"])
    link.batch |= below("parameter", link.parameters.of_candidate()) | below("state", link.state.of_candidate())


def _kept_as(link: Link, name: str) -> tuple[Weights | None, str]:
    """Of a statistic, and of a gradient: beside which arrays of the layer it belongs, and under which name there."""
    for mark, kept in (("state.", link.state), ("gradient.", link.parameters)):
        _, found, key = name.rpartition(mark)
        if found:
            return kept, key
    return None, ""


def size_of_terms(drawn: np.ndarray, X: np.ndarray) -> float:
    """Of a gradient, as the run with other signs shows it; an output of zeros has the size of its input."""
    largest = float(np.abs(drawn[np.isfinite(drawn)]).max(initial=0)) if drawn.dtype.kind == "f" else 0.0
    return largest or float(np.abs(X[np.isfinite(X)]).max(initial=0))


def recorded(subject: Subject, batch: Trace) -> Recording:
    """One layer by itself: the batch of the reference in training, the statistics that it keeps, then evaluation, which
    must leave them as they are."""
    into = Recording()
    with into.attempt("*"):
        subject.load(group(batch, "parameter"), group(batch, "state"))
        record_stage(subject, batch, "training", True, into)
        with into.attempt("state.*"):
            into.trace |= below("state", subject.state())
        if "evaluation.X" in batch:
            record_stage(subject, batch, "evaluation", False, into)
            with into.attempt("evaluation.state.*"):
                into.trace |= below("evaluation.state", subject.state())
    return into
