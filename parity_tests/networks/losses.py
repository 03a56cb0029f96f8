"""The loss at the end of a network, beside PyTorch's: its value, and its gradient by the network's output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from parity_tests.networks.candidate import LossPart
from parity_tests.networks.guard import Guard
from parity_tests.pair import Case
from parity_tests.pairs import PAIRS
from parity_tests.pairs.losses import mixtures, one_hot
from parity_tests.trace import Trace, frozen

LOSSES = {pair.name: pair for pair in PAIRS if pair.family == "loss"}


@dataclass(frozen=True, eq=False)
class Loss:
    """What the reference was fed and gave: expected {"value", "gradient"}. reason: why it is not judged, or ''; it
    then stands in for itself."""

    part: LossPart
    target: np.ndarray
    Y_hat: np.ndarray
    expected: Trace = field(default_factory=dict)
    reason: str = ""

    @property
    def upstream(self) -> np.ndarray | None:
        return self.expected.get("gradient")


def gradient_of(subject, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
    """dL/dY_hat as training asks for it, after the value: a loss may keep then what its gradient needs."""
    subject.value(Y, Y_hat)
    return subject.gradient(Y, Y_hat)


def loss_of(
    part: LossPart, Y_hat: np.ndarray, target, rng: np.random.Generator, side: Callable, seconds: float
) -> Loss:
    """PyTorch's loss of the reference's output, for the target or one that is drawn: random classes, or numbers."""
    if target is None:
        target = (one_hot if part.kind != "L2" and Y_hat.ndim == 2 else _numbers)(Y_hat.shape, rng)
    target = frozen(np.asarray(target, dtype=np.float64))
    if part.not_offered:
        return Loss(part, target, Y_hat, reason=part.not_offered)
    if part.kind not in LOSSES:
        reason = f"no PyTorch twin of {part.kind} is known; known are {', '.join(LOSSES)}"
        return Loss(part, target, Y_hat, _of_itself(part, target, Y_hat, seconds), reason)
    exact = np.all(np.isin(target, (0, 1))) and np.all(target.sum(axis=-1) == 1)
    twin = side(LOSSES[part.kind], Case("network", Y_hat.shape, {"targets": one_hot if exact else mixtures}), "float64")
    expected = {"value": np.array(twin.value(target, Y_hat)), "gradient": frozen(twin.gradient(target, Y_hat))}
    return Loss(part, target, Y_hat, expected)


def _of_itself(part: LossPart, target: np.ndarray, Y_hat: np.ndarray, seconds: float) -> Trace:
    try:
        found = np.asarray(Guard(seconds).call(gradient_of, part.subject, target, Y_hat), dtype=np.float64)
    except Exception:  # then dL/dY is drawn
        return {}
    return {"gradient": frozen(found)} if found.shape == Y_hat.shape else {}


def _numbers(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=shape)
