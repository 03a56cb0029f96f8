"""The reference: PyTorch's layers in a row, built from what the candidate says of its own, in float64.

Each layer of the candidate becomes the twin that its pair names, with the candidate's weights (see weights.py), and
takes and gives arrays in our layout; so what a Flatten does to the order of features is settled at its own door, and
any row of known layers can be checked. Letters: X_k the input of layer k, Y_k its output.
    training     X_0 -> ... -> loss -> dL/dY_K -> ... -> dL/dY_0, dropout masks as PyTorch draws them
    evaluation   X_0 -> ... with running statistics; a random dL/dY_k for every layer
A layer without a known twin stands in for itself, so that those around it are still judged; it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from parity_tests.families.layer import record_stage
from parity_tests.inputs import generator
from parity_tests.networks.candidate import Candidate, Part
from parity_tests.networks.guard import Guarded
from parity_tests.networks.losses import Loss, loss_of
from parity_tests.networks.weights import Weights, weights
from parity_tests.pair import Case, NotOffered, Pair, Subject
from parity_tests.pairs import PAIRS
from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group

LAYERS = {pair.name: pair for pair in PAIRS if pair.family == "layer"}
NOTHING = Weights({}, {})


@dataclass(eq=False)
class Link:
    """One layer and its twin. batch: what both are fed (see families/layer.py); expected: what the twin gave;
    sizes: how large the terms of each gradient are. reason: why it is not judged, or ''."""

    part: Part
    twin: Subject
    parameters: Weights = NOTHING
    state: Weights = NOTHING
    reason: str = ""
    batch: Trace = field(default_factory=dict)
    expected: Trace = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)

    @property
    def judges_evaluation(self) -> bool:
        """Not where its running statistics cannot be put in."""
        return set(self.state.arrays) <= set(self.state.held) | {"num_batches_tracked"}


@dataclass(frozen=True, eq=False)
class Reference:
    """links: as far as the candidate can be followed; unreached: why not further, or ''."""

    links: tuple[Link, ...]
    unreached: str
    X: np.ndarray
    target: np.ndarray | None
    loss: Loss | None


def linked(part: Part, X: np.ndarray, side: Callable, rng: np.random.Generator, seconds: float) -> Link:
    """A part and its twin for inputs like X, both holding the same weights."""
    own = Guarded(part.subject, seconds)
    try:
        if part.not_offered:
            raise NotOffered(part.not_offered)
        pair, case = part.pair or LAYERS[part.kind], Case("network", X.shape, part.arguments)
        twin = _twin(side, pair, case, part)
        shapes = twin.shapes()
        found = held(own, X, any(shapes))
        parameters = weights(pair, shapes[0], found[0], rng)
        state = weights(pair, shapes[1], found[1] or None, rng)
    except NotOffered as reason:
        return Link(part, own, reason=str(reason))
    state = Weights(state.arrays, {}) if found[1] == {} else state
    twin.load(parameters.arrays, state.arrays)
    return Link(part, twin, parameters, state)


def _twin(side: Callable, pair: Pair, case: Case, part: Part) -> Subject:
    try:
        return side(pair, case, "float64")
    except Exception as error:
        raise NotOffered(f"PyTorch has no {part.kind} with {dict(part.arguments)}: {error}") from error


def held(own: Guarded, X: np.ndarray, has_weights: bool) -> tuple[Trace | None, Trace | None]:
    """The candidate's parameters and state, after a forward where they are made by the first; None: not to be had."""
    if not has_weights:
        return {}, {}
    try:
        if not own.parameters():
            own.forward(X, training=False, masks={})
        return dict(own.parameters()), dict(own.state())
    except Exception:  # what is wrong with it is told when it is judged
        return None, None


def refer(candidate: Candidate, X: np.ndarray, target, seed: int, side: Callable, seconds: float) -> Reference:
    """Run the twins on X, forward and back, and keep what each of them was fed and gave."""
    rng = generator(candidate.name, str(seed))
    X = frozen(np.asarray(X, dtype=np.float64))
    links, Y, unreached = _training_forward(candidate, X, side, rng, seconds)
    loss, dLdY = None, rng.normal(size=Y.shape)
    if candidate.loss is not None and not unreached:
        loss = loss_of(candidate.loss, Y, target, rng, side)
        dLdY = loss.upstream if loss.upstream is not None else dLdY
    _training_backward(links, dLdY, rng)
    _evaluation(links, X, rng)
    for link in links:
        if not link.reason:
            _expect(link, rng)
    return Reference(tuple(links), unreached, X, target if loss is None else loss.target, loss)


def _training_forward(candidate: Candidate, X: np.ndarray, side: Callable, rng, seconds: float):
    links: list[Link] = []
    for part in candidate.parts:
        link = linked(part, X, side, rng, seconds)
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


def _expect(link: Link, rng: np.random.Generator) -> None:
    """What the twin gives, in the candidate's shapes; and again with the signs of the upstream gradient drawn anew.

    A gradient that is zero because its terms cancel (of a bias in front of a batch norm) is not zero then: the second
    run tells how large the terms are, and so how small is nothing but rounding.
    """
    batch = link.batch | below("parameter", link.parameters.arrays) | below("state", link.state.arrays)
    found = recorded(link.twin, batch).whole()
    signs = {n: frozen(a * rng.choice([-1.0, 1.0], size=a.shape)) for n, a in batch.items() if n.endswith(".dLdY")}
    drawn = recorded(link.twin, batch | signs).whole()
    for name, array in found.items():
        stage, _, rest = name.partition(".")
        weight = link.state if stage == "state" else link.parameters
        key = rest.removeprefix("gradient.")
        if (stage == "evaluation" and not link.judges_evaluation) or (stage == "state" and rest not in link.state.held):
            continue
        if stage == "state" or key != rest:
            if key not in weight.held:
                continue
            array = weight.as_held(key, array)
        link.expected[name] = array
        link.sizes[name] = size_of_terms(name, drawn[name], batch[f"{stage}.X"] if stage != "state" else array)
    link.batch |= below("parameter", link.parameters.of_candidate()) | below("state", link.state.of_candidate())


def size_of_terms(name: str, drawn: np.ndarray, X: np.ndarray) -> float:
    """Of a gradient, as the run with other signs shows it; an output of zeros has the size of its input."""
    largest = float(np.abs(drawn[np.isfinite(drawn)]).max(initial=0)) if drawn.dtype.kind == "f" else 0.0
    return largest or float(np.abs(X[np.isfinite(X)]).max(initial=0))


def recorded(subject: Subject, batch: Trace) -> Recording:
    """One layer by itself: the batch of the reference in training, the statistics that it keeps, then evaluation."""
    into = Recording()
    with into.attempt("*"):
        subject.load(group(batch, "parameter"), group(batch, "state"))
        record_stage(subject, batch, "training", True, into)
        with into.attempt("state.*"):
            into.trace |= below("state", subject.state())
        if "evaluation.X" in batch:
            record_stage(subject, batch, "evaluation", False, into)
    return into
