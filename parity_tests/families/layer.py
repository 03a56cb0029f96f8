"""Layers and activations: three training batches, the second of other sizes, then one in evaluation.

batch   parameter.W, state.running_mean, and of each stage  training.X, training.dLdY, training.mask.dropout
trace   of each stage training.output, training.input_gradient, training.gradient.W; then state.running_mean
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group

STAGES = (("training", True), ("second_batch", True), ("third_batch", True), ("evaluation", False))
STAGE_NAMES = tuple(stage for stage, _ in STAGES)
UPSTREAM = {"third_batch": 100.0}  # times normal: a gradient is not clipped, however large it is


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    """Draw parameters, inputs and upstream gradients; the reference tells shapes, and which masks it drew."""
    parameters, state = ({n: pair.parameter(n, s, rng) for n, s in shapes.items()} for shapes in reference.shapes())
    state = reference.state() if case.from_start else state
    batch = {**below("parameter", parameters), **below("state", state)}
    reference.load(parameters, state)
    for stage, training in STAGES:
        X = case.inputs(larger(case.shape) if stage == "second_batch" else case.shape, rng)
        Y = reference.forward(X, training=training, masks={})
        batch |= {f"{stage}.X": X, f"{stage}.dLdY": UPSTREAM.get(stage, 1.0) * rng.normal(size=Y.shape)}
        batch |= below(f"{stage}.mask", reference.drawn)
    return batch


def larger(shape: tuple[int, ...]) -> tuple[int, ...]:
    """More examples and larger images of as many channels: a layer must not remember the sizes of its last batch."""
    N, *sizes, channels = shape
    return (N + 3, *(size + more for more, size in enumerate(sizes, start=1)), channels)


def record(subject, batch: Trace, into: Recording) -> None:
    """Run the stages in order on one object, so that whatever it carries from one to the next shows."""
    with into.attempt("*"):
        subject.load(group(batch, "parameter"), group(batch, "state"))
        for stage, training in STAGES:
            if not training:
                with into.attempt("state.*"):
                    into.take("state", subject.state())
            record_stage(subject, batch, stage, training, into)


def record_stage(subject, batch: Trace, stage: str, training: bool, into: Recording) -> None:
    """One forward and one backward."""
    masks = group(batch, f"{stage}.mask")
    with into.attempt(f"{stage}.*"):
        into.trace[f"{stage}.output"] = frozen(subject.forward(batch[f"{stage}.X"], training=training, masks=masks))
        into.trace[f"{stage}.input_gradient"] = frozen(subject.backward(batch[f"{stage}.dLdY"]))
        into.take(f"{stage}.gradient", subject.gradients())


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """Of input gradients, where the pair says which terms cancel."""
    if pair.gradient_terms is None:
        return {}
    return {
        f"{stage}.input_gradient": pair.gradient_terms(batch[f"{stage}.dLdY"], truth[f"{stage}.output"])
        for stage, _ in STAGES
    }
