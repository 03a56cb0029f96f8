"""Optimisers: ten steps with a learning rate that changes, on several parameters of one shape.

batch   parameter.a, gradient.<step>.a, rate (10,)          trace   step<step>.a: the parameters after each step
"""

from __future__ import annotations

import numpy as np

from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, group

# a, b: alike, so a shared velocity shows; bias: one axis, as PyTorch's have
SHAPES = {"a": (3, 4), "b": (3, 4), "c": (1, 4), "kernel": (2, 3, 3, 4), "bias": (5,)}
FACTORS = (1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 3.0, 3.0, 3.0)  # of the rate, step by step
SIZES = (1, 0, 1, 1, 1, 1, 1, 1, 1, 100)  # of the gradients: at 0 momentum and decay go on; a large one is not clipped
STEPS = len(FACTORS)


def prepare(pair, case, rng: np.random.Generator, reference) -> Trace:
    """The rate of steps 4 to 6 is a tenth, from step 7 three times the first: momentum must use the new rate on all."""
    batch = below("parameter", {name: rng.normal(size=shape) for name, shape in SHAPES.items()})
    for step, size in enumerate(SIZES):
        batch |= below(f"gradient.{step}", {name: size * case.inputs(shape, rng) for name, shape in SHAPES.items()})
    return batch | {"rate": case["lr"] * np.array(FACTORS)}


def record(subject, batch: Trace, into: Recording) -> None:
    with into.attempt("*"):
        subject.load(group(batch, "parameter"), {})
        for step in range(STEPS):
            subject.step(group(batch, f"gradient.{step}"), float(batch["rate"][step]))
            into.trace |= below(f"step{step}", subject.parameters())


def absolute_terms(pair, batch: Trace, truth: Trace) -> Trace:
    """θ after k steps is θ_0 plus k moves: |θ_0| + Σ |move|."""
    terms = {}
    for name in SHAPES:
        before = batch[f"parameter.{name}"]
        total = np.abs(before)
        for step in range(STEPS):
            after = truth[f"step{step}.{name}"]
            total = total + np.abs(after - before)
            terms[f"step{step}.{name}"], before = total, after
    return terms
