"""Plays: the calls of a family as far as one quantity needs them, the same on a stranger's subject and on PyTorch's.

layer         load, then forward and backward of one stage, or of those before it too where it takes them
loss          the value, or the gradient
optimizer     load, then so many steps with so few parameters
schedule      the rates of so many epochs
initializer   one draw
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.families.initializer import scales
from parity_tests.families.layer import STAGE_NAMES, STAGES
from parity_tests.families.optimizer import FACTORS, SHAPES
from parity_tests.families.schedule import EPOCHS
from parity_tests.pair import Case, Pair
from parity_tests.trace import Trace, group

TRAINING = dict(STAGES)
PARAMETERS = (("a", "b"), tuple(SHAPES))


@dataclass(frozen=True)
class Play:
    """run(subject, batch) gives the quantity, as the subject returns it.

    stages: of a layer, in order; the last is the one of the quantity. names, rates: of an optimiser.
    """

    quantity: str
    run: Callable[[Any, Trace], Any]
    stages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()


def plays(pair: Pair, quantity: str) -> Iterator[Play]:
    """From the shortest to the longest; which of them shows the failure must be tried."""
    yield from {"layer": _layer, "loss": _loss, "optimizer": _optimizer, "schedule": _schedule,
                "initializer": _initializer}[pair.family](quantity)  # fmt: skip


def _layer(quantity: str) -> Iterator[Play]:
    stage, _, what = quantity.partition(".")
    if stage == "state":
        for stages in (("training",), ("training", "second_batch"), ("training", "second_batch", "third_batch")):
            yield Play(quantity, lambda subject, batch, s=stages: _state(subject, batch, s, what), stages)
        return
    earlier = STAGE_NAMES[: STAGE_NAMES.index(stage)]
    for many in range(len(earlier) + 1):
        for before in itertools.combinations(earlier, many):
            stages = (*before, stage)
            yield Play(quantity, lambda subject, batch, s=stages: _stages(subject, batch, s, what), stages)


def after_another(quantity: str) -> Play:
    """Two forwards, then the backward of the second."""
    what = quantity.removeprefix("third_batch.")

    def run(subject: Any, batch: Trace) -> Any:
        load(subject, batch)
        forward(subject, batch, "training")
        return _passed(subject, batch, "third_batch", what)

    return Play(quantity, run, ("third_batch",))


def after_another_batch() -> Play:
    """The gradient of a loss, after the value of another batch."""

    def run(subject: Any, batch: Trace) -> np.ndarray:
        subject.value(batch["Y"][::-1], 0.5 * batch["Y_hat"][::-1])
        return subject.gradient(batch["Y"], batch["Y_hat"])

    return Play("gradient", run)


def as_built() -> Play:
    """A layer that nobody has loaded, in evaluation."""
    return Play(
        "evaluation.output", lambda s, b: s.forward(b["evaluation.X"], training=False, masks={}), ("evaluation",)
    )


def load(subject: Any, batch: Trace) -> None:
    subject.load(group(batch, "parameter"), group(batch, "state"))


def forward(subject: Any, batch: Trace, stage: str) -> np.ndarray:
    return subject.forward(batch[f"{stage}.X"], training=TRAINING[stage], masks=group(batch, f"{stage}.mask"))


def _stages(subject: Any, batch: Trace, stages: tuple[str, ...], what: str) -> Any:
    load(subject, batch)
    for stage in stages[:-1]:
        forward(subject, batch, stage)
        subject.backward(batch[f"{stage}.dLdY"])
    return _passed(subject, batch, stages[-1], what)


def _passed(subject: Any, batch: Trace, stage: str, what: str) -> Any:
    """Forward, and backward if it is needed."""
    Y = forward(subject, batch, stage)
    if what == "output":
        return Y
    if what.startswith("state."):
        return subject.state()[what.removeprefix("state.")]
    dX = subject.backward(batch[f"{stage}.dLdY"])
    return dX if what == "input_gradient" else subject.gradients()[what.removeprefix("gradient.")]


def _state(subject: Any, batch: Trace, stages: tuple[str, ...], what: str) -> Any:
    load(subject, batch)
    for stage in stages:
        forward(subject, batch, stage)
    return subject.state()[what]


def _loss(quantity: str) -> Iterator[Play]:
    yield Play(quantity, lambda subject, batch: getattr(subject, quantity)(batch["Y"], batch["Y_hat"]))


def _optimizer(quantity: str) -> Iterator[Play]:
    """One parameter and a few steps first: more are needed only where parameters are mixed up, or rates change."""
    step, _, name = quantity.partition(".")
    steps = int(step.removeprefix("step")) + 1
    of_names = dict.fromkeys(((name,), *(other for other in PARAMETERS if name in other)))
    for factors in (
        *((1.0,) * n for n in (1, 2, 3)),
        (1.0, 0.1),
        (1.0, 0.1, 3.0),
        (1.0, 0.1, 0.1, 3.0),
        FACTORS[:steps],
    ):
        for names in of_names:
            yield Play(quantity, _stepped(names, name, factors), names=names, rates=factors)


def _stepped(names: tuple[str, ...], wanted: str, factors: tuple[float, ...]) -> Callable[[Any, Trace], np.ndarray]:
    def run(subject: Any, batch: Trace) -> np.ndarray:
        subject.load({name: batch[f"parameter.{name}"] for name in names}, {})
        for step, factor in enumerate(factors):
            gradients = {name: batch[f"gradient.{step}.{name}"] for name in names}
            subject.step(gradients, float(factor * batch["rate"][0]))
        return subject.parameters()[wanted]

    return run


def _schedule(quantity: str) -> Iterator[Play]:
    yield Play(quantity, lambda subject, batch: np.array(subject.rates(EPOCHS)))


def _initializer(quantity: str) -> Iterator[Play]:
    part = quantity.split(".")[0]

    def draw(subject: Any, batch: Trace) -> np.ndarray:
        drawn = subject.draws(tuple(int(size) for size in batch["shape"]), int(batch["seed"]))[part]
        if isinstance(drawn, Exception):
            raise drawn
        return scales(*drawn)

    yield Play(quantity, draw)


def size(pair: Pair, case: Case) -> int:
    """How much a case takes: cases that are small are told first."""
    return int(np.prod(case.shape)) + sum(v for v in case.arguments.values() if isinstance(v, int))
