"""Training in lockstep: the candidate's layers and their twins take the same steps, from the same weights.

    each side   X -> ... -> Y, its loss and dL/dY, back to every dθ, then θ <- θ - RATE dθ
    the same    weights, one batch, the dropout masks that PyTorch drew for it

The step itself is taken here, alike for both: what is compared is what the layers give, over and over, on weights that
have drifted. A module's optimisers are compared by themselves. The loss is the candidate's where PyTorch has it too;
else the mean squared error from drawn numbers, PyTorch's on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.inputs import generator
from parity_tests.networks.candidate import Candidate
from parity_tests.networks.guard import Guard, Guarded
from parity_tests.networks.link import LAYERS, Link
from parity_tests.networks.losses import LOSSES
from parity_tests.networks.reference import Reference
from parity_tests.pair import Arrays, Case
from parity_tests.pairs.losses import mixtures
from parity_tests.trace import Trace, below, cast, frozen, group

STEPS, RATE = 20, 0.05


class CannotTrain(Exception):
    """Why there is nothing to train side by side: one sentence."""


@dataclass(frozen=True, eq=False)
class Course:
    """What both sides learn from. dtype: in which they start; own_loss: whether the candidate's is used."""

    links: Sequence[Link]
    X: np.ndarray
    target: np.ndarray
    dtype: str
    own_loss: bool


def course(candidate: Candidate, reference: Reference, dtype: str) -> Course:
    """Raises CannotTrain where a layer has no twin, or where there is nothing to learn."""
    if reference.unreached:
        raise CannotTrain(reference.unreached)
    if strange := next((link for link in reference.links if link.reason), None):
        raise CannotTrain(f"{strange.part.label} has no twin in PyTorch: {strange.reason}")
    if not any(link.parameters.held for link in reference.links):
        raise CannotTrain("it has no parameters")
    own = reference.loss is not None and not reference.loss.reason
    shape = reference.links[-1].batch["training.dLdY"].shape
    target = reference.target if own else generator(candidate.name, "target").normal(size=shape)
    return Course(reference.links, reference.X, target, dtype, own)


def trained_candidate(candidate: Candidate, given: Course, side: Callable, seconds: float) -> Trace:
    """step<k>.loss and step<k>.parameter.<layer>.<name> of the candidate. Raises CannotTrain where it cannot follow."""
    layers = [_OfCandidate(link, Guarded(link.part.subject, seconds), given.dtype) for link in given.links]
    loss = _GuardedLoss(candidate.loss.subject, Guard(seconds)) if given.own_loss else _loss(candidate, given, side)
    with candidate.lent():
        return _trained(layers, loss, given, given.dtype)


def trained_twins(candidate: Candidate, given: Course, side: Callable, dtype: str | None = None) -> Trace:
    """The same of PyTorch's layers; in another type than the course's, from its rounded numbers: the truth."""
    dtype = dtype or given.dtype
    layers = [_Twin(link, _twin(link, side, dtype)) for link in given.links]
    return _trained(layers, _loss(candidate, given, side), given, dtype)


def _twin(link: Link, side: Callable, dtype: str) -> Any:
    case = Case("network", link.batch["training.X"].shape, link.part.arguments)
    return side(link.part.pair or LAYERS[link.part.kind], case, dtype)


def _loss(candidate: Candidate, given: Course, side: Callable) -> Any:
    """PyTorch's. Told of mixtures for targets, it takes one-hot rows as well."""
    kind = candidate.loss.kind if given.own_loss else "L2"
    return side(LOSSES[kind], Case("network", given.target.shape, {"targets": mixtures}), given.dtype)


@dataclass(eq=False)
class _Twin:
    """A layer of PyTorch: it has all the arrays, in their own shapes."""

    link: Link
    subject: Any

    def load(self, parameters: Arrays) -> None:
        self.subject.load(parameters, self.link.state.arrays)


@dataclass(eq=False)
class _OfCandidate:
    """A layer of the candidate: it is given the arrays that it has, in its shapes."""

    link: Link
    subject: Any
    dtype: str

    def load(self, parameters: Arrays) -> None:
        held = {name: self.link.parameters.as_held(name, parameters[name]) for name in self.link.parameters.held}
        self.subject.load(held, cast(self.link.state.of_candidate(), np.dtype(self.dtype)))
        kept = {str(array.dtype) for array in self.subject.parameters().values()} if held else set()
        if kept - {self.dtype}:
            raise CannotTrain(f"{self.link.part.label} keeps its weights in {', '.join(sorted(kept))}")


class _GuardedLoss:
    """The candidate's loss, within a budget of seconds."""

    def __init__(self, subject: Any, guard: Guard) -> None:
        self.subject, self.guard = subject, guard

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        return self.guard.call(self.subject.value, Y, Y_hat)

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        return self.guard.call(self.subject.gradient, Y, Y_hat)


def _trained(layers: Sequence[Any], loss: Any, given: Course, dtype: str) -> Trace:
    """The steps, the very same for either side."""
    rounded = cast({"X": given.X, "target": given.target}, np.dtype(given.dtype))
    batch, trace = cast(rounded, np.dtype(dtype)), {}
    weights = [cast(cast(each.link.parameters.arrays, np.dtype(given.dtype)), np.dtype(dtype)) for each in layers]
    for k in range(STEPS):
        try:
            value, found = _gradients(layers, weights, loss, batch)
        except CannotTrain:
            raise
        except Exception as error:
            raise CannotTrain(f"step {k + 1} raised {type(error).__name__}: {error}") from error
        trace[f"step{k:02}.loss"] = np.array(value, dtype=dtype)
        weights = [_moved(each.link, own, g) for each, own, g in zip(layers, weights, found, strict=True)]
        for each, own in zip(layers, weights, strict=True):
            trace |= below(f"step{k:02}.parameter.{each.link.part.name}", own)
    return trace


def _gradients(layers: Sequence[Any], weights: Sequence[Trace], loss: Any, batch: Trace) -> tuple[float, list[Trace]]:
    """Forward and back, once: the loss, and each layer's gradients."""
    Y = batch["X"]
    for each, own in zip(layers, weights, strict=True):
        each.load(own)
        masks = group(each.link.batch, "training.mask")
        Y = frozen(each.subject.forward(Y, training=True, masks=masks))
    value, found = loss.value(batch["target"], Y), []
    dY = frozen(loss.gradient(batch["target"], Y))
    for each in reversed(layers):
        dY = frozen(each.subject.backward(dY))
        found.append({name: frozen(array) for name, array in each.subject.gradients().items()})
    return value, found[::-1]


def _moved(link: Link, weights: Trace, gradients: Trace) -> Trace:
    """θ - RATE dθ of what the candidate holds; the rest stays."""
    moved = dict(weights)
    for name, shape in link.parameters.held.items():
        theta, got = weights[name], gradients[name].shape if name in gradients else None
        if got not in (shape, theta.shape):
            raise CannotTrain(f"{link.part.label}: expected a gradient of {name} of shape {shape}, got {got}")
        moved[name] = theta - np.asarray(RATE, theta.dtype) * gradients[name].reshape(theta.shape)
    return moved
