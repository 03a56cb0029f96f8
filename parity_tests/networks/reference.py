"""The reference: PyTorch's layers in a row, built from what the candidate says of its own, in float64.

Each layer of the candidate becomes the twin that its pair names, with the candidate's weights (see weights.py), and
takes and gives arrays in our layout; so what a Flatten does to the order of features is settled at its own door, and
any row of known layers can be checked. Letters: X_k the input of layer k, Y_k its output.
    training     X_0 -> ... -> loss -> dL/dY_K -> ... -> dL/dY_0, dropout masks as PyTorch draws them
    evaluation   X_0 -> ... of fewer examples, with running statistics; a random dL/dY_k for every layer
A layer without a known twin stands in for itself, so that those around it are still judged; it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from parity_tests.inputs import generator
from parity_tests.networks.candidate import Candidate
from parity_tests.networks.expected import expect
from parity_tests.networks.link import Link, linked
from parity_tests.networks.losses import Loss, loss_of
from parity_tests.trace import below, frozen


@dataclass(frozen=True, eq=False)
class Reference:
    """links: as far as the candidate can be followed; unreached: why not further, or ''."""

    links: tuple[Link, ...]
    unreached: str
    X: np.ndarray
    target: np.ndarray | None
    loss: Loss | None

    def inputs(self, training: bool) -> np.ndarray:
        return self.X if training else some(self.X)

    def targets(self, training: bool) -> np.ndarray | None:
        return self.target if training or self.target is None else some(self.target)


def some(batch: np.ndarray) -> np.ndarray:
    """The batch of evaluation: fewer examples, for a layer must not remember the size of its last batch."""
    return batch[: (len(batch) + 1) // 2]


def refer(candidate: Candidate, X: np.ndarray, target, seed: int, side: Callable, seconds: float) -> Reference:
    """Run the twins on X, forward and back, and keep what each of them was fed and gave."""
    rng = generator(candidate.name, str(seed))
    X = frozen(np.asarray(X, dtype=np.float64))
    links, Y, unreached = _training_forward(candidate, X, side, rng, seconds)
    loss, dLdY = None, rng.normal(size=Y.shape)
    if candidate.loss is not None and not unreached:
        loss = loss_of(candidate.loss, Y, target, rng, side, seconds)
        dLdY = loss.upstream if loss.upstream is not None else dLdY
    _training_backward(links, dLdY, rng)
    _evaluation(links, some(X), rng)
    for link in links:
        if not link.reason:
            expect(link, rng)
    return Reference(tuple(links), unreached, X, target if loss is None else loss.target, loss)


def _training_forward(candidate: Candidate, X: np.ndarray, side: Callable, rng, seconds: float):
    links: list[Link] = []
    for part in candidate.parts:
        twice = next((link for link in links if link.part.thing is part.thing is not None), None)
        link = linked(part, X, side, rng, seconds, twice)
        try:
            Y = np.asarray(link.twin.forward(X, training=True, masks={}), dtype=np.float64)
        except Exception as error:
            who = "" if link.reason else "PyTorch's twin of "
            return links, X, f"{who}{part.label} gives nothing for {X.shape}: {type(error).__name__}: {error}"
        link.batch = {"training.X": X} | below("training.mask", getattr(link.twin, "drawn", {}))
        links.append(link)
        X = frozen(Y)
    return links, X, ""


def _training_backward(links: Sequence[Link], dLdY: np.ndarray, rng: np.random.Generator) -> None:
    for link in reversed(links):
        link.batch["training.dLdY"] = frozen(dLdY)
        X = link.batch["training.X"]
        try:
            dLdY = link.twin.backward(link.batch["training.dLdY"])
            if np.shape(dLdY) != X.shape:
                raise ValueError(f"expected shape {X.shape}, got {np.shape(dLdY)}")
        except Exception:  # a layer that stands in for itself gives no gradient: one is drawn in its place
            dLdY = rng.normal(size=X.shape)


def _evaluation(links: Sequence[Link], X: np.ndarray, rng: np.random.Generator) -> None:
    for link in links:
        try:
            Y = frozen(np.asarray(link.twin.forward(X, training=False, masks={}), dtype=np.float64))
        except Exception:  # again one that stands in for itself
            return
        link.batch |= {"evaluation.X": X, "evaluation.dLdY": frozen(rng.normal(size=Y.shape))}
        X = Y
