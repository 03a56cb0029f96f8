"""Own error and inherited error of every layer.

    own         the layer alone, fed the reference's X_k and dL/dY_k: wrong here, it is wrong in itself
    inherited   the candidate's own run, each layer fed what its neighbours gave: wrong here, something before it in the
                order of computation may be to blame

Both are measured against the same arrays of the reference, in training; the own error in evaluation as well, with a
random dL/dY_k. The loss is judged alike, at the reference's output. The network itself is judged by its own layers:
what its forward and backward give must be what its layers give when they are called one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from parity_tests.networks.candidate import Candidate, Part
from parity_tests.networks.causes import MOVES, by_the_batch, explained, moved, unreached
from parity_tests.networks.expected import recorded
from parity_tests.networks.guard import Guard, Guarded
from parity_tests.networks.judge import Measured, judged
from parity_tests.networks.link import Link
from parity_tests.networks.losses import Loss
from parity_tests.networks.reference import Reference
from parity_tests.networks.report import WHOLE, Row
from parity_tests.pair import NotOffered
from parity_tests.raised import named
from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group

NO_STATE = "evaluation, and what it keeps for it: its running statistics stand in no dict `state`"
STALE = -2.0  # times the upstream gradient, for gradients that nobody takes for those of the network's own backward
Upstream = Callable[[np.ndarray], np.ndarray]  # the output -> dL/dY


def own(link: Link, layer: Guarded) -> tuple[tuple[Measured, ...], str]:
    """What the layer gives by itself, in the order of computation; and what of it could not be asked, or ''."""
    recording = recorded(layer, link.batch)
    asked = [q for q in link.expected if q in recording.trace or not _not_offered(recording, q)]
    reasons = {str(recording.reason(q)) for q in link.expected if q not in asked}
    reasons |= set() if link.judges_evaluation else {NO_STATE}
    found = [judged(q, recording, link.expected[q], link.sizes[q]) for q in asked]
    return explained(found, link, layer, recording), "; ".join(sorted(reasons))


def _not_offered(recording: Recording, quantity: str) -> bool:
    return isinstance(recording.reason(quantity), NotOffered)


class Chain:
    """The candidate's layers, one after another, each behind its guard."""

    def __init__(self, reference: Reference, layers: Sequence[Guarded]) -> None:
        self.reference, self.layers = reference, layers

    def run(self, upstream: Upstream, training: bool) -> list[Recording]:
        """Forward and back in one mode; upstream(output) gives dL/dY at the end. One recording a layer."""
        recordings, X = [Recording() for _ in self.layers], self.reference.inputs(training)
        ended = None
        for i, (into, unloaded) in enumerate(zip(recordings, self.load(), strict=True)):
            ended = _attempt(into, "output", ended or unloaded, lambda i=i, X=X: self._forward(i, X, training))
            X = into.trace.get("output")
        dLdY = None
        if ended is None:
            try:
                dLdY = upstream(X)
            except Exception as error:
                ended = error
        for layer, into in reversed(list(zip(self.layers, recordings, strict=True))):
            ended = _attempt(into, "input_gradient", ended, lambda u=dLdY, f=layer: f.backward(u))
            dLdY = into.trace.get("input_gradient")
            if ended is None:
                with into.attempt("gradient.*"):
                    into.take("gradient", layer.gradients())
        return recordings

    def load(self) -> list[Exception | None]:
        """Every layer as it starts: with its arrays, and with the gradients of before the first backward. What each
        raised."""
        return [_loaded(link, layer) for link, layer in zip(self.reference.links, self.layers, strict=True)]

    def _forward(self, i: int, X: np.ndarray, training: bool) -> np.ndarray:
        masks = group(self.reference.links[i].batch, "training.mask") if training else {}
        return self.layers[i].forward(X, training=training, masks=masks)


def _loaded(link: Link, layer: Guarded) -> Exception | None:
    try:
        if not link.reason:
            layer.load(link.parameters.of_candidate(), link.state.of_candidate())
    except Exception as error:
        return error
    return None


def _attempt(into: Recording, quantity: str, ended: Exception | None, step) -> Exception | None:
    """Take one step of a chain, unless an earlier one raised; what was raised, then or now, or None."""
    if ended is None:
        try:
            into.trace[quantity] = frozen(step())
            return None
        except Exception as error:
            ended = error
    into.gaps.append(("*", ended))
    return ended


def inherited(chain: Chain, upstream: Upstream) -> list[tuple[Measured, ...]]:
    """Of every layer, its training quantities in the candidate's own run; none where a mask cannot be replayed."""
    found = []
    recordings = chain.run(upstream, True)
    if any(isinstance(error, NotOffered) for recording in recordings for _, error in recording.gaps):
        return [()] * len(recordings)
    for link, recording in zip(chain.reference.links, recordings, strict=True):
        recording = Recording(below("training", recording.trace), recording.gaps)
        quantities = [q for q in link.expected if q.startswith("training.")]
        found.append(tuple(judged(q, recording, link.expected[q], link.sizes[q]) for q in quantities))
    return found


def own_loss(loss: Loss, guard: Guard) -> tuple[Measured, ...]:
    """The loss by itself, fed the reference's output."""
    recording, subject = Recording(), loss.part.subject
    with recording.attempt("value"):
        value = guard.call(subject.value, loss.target, loss.Y_hat)
        recording.trace["value"] = np.array(value, dtype=np.float64)
    with recording.attempt("input_gradient"):
        recording.trace["input_gradient"] = frozen(guard.call(subject.gradient, loss.target, loss.Y_hat))
    N, found = len(loss.Y_hat), []
    for ours, theirs in (("value", "value"), ("input_gradient", "gradient")):
        measured = judged(ours, recording, loss.expected[theirs], 1 / N)
        found.append(by_the_batch(measured, recording, loss.expected[theirs], 1 / N, N))
    return tuple(found)


def whole(candidate: Candidate, chain: Chain, upstream: Upstream, guard: Guard) -> Row:
    """The network's own passes beside those of its layers called in a row."""
    found: list[Measured] = []
    reasons: dict[str, None] = {}
    notes: dict[str, None] = {}
    for training in candidate.modes:
        stage = "training" if training else "evaluation"
        parts = chain.run(upstream, training)
        if ended := next((recording.gaps[0][1] for recording in parts if recording.gaps), None):
            why = f"its layers cannot be run one after another in {stage}: {named(ended)}"
            return Row("network", WHOLE, not_offered=why)
        output = parts[-1].trace["output"]
        chain.run(lambda Y: STALE * upstream(Y), training)  # what backward does not replace is none of its gradients
        before, passes = _passes(candidate, chain, frozen(upstream(output)), training, guard)
        if any(moved(link, layer) for link, layer in zip(chain.reference.links, chain.layers, strict=True)):
            notes[MOVES] = None
        together, expected = Recording(below(stage, passes.trace), passes.gaps), {"output": output}
        if "loss" in passes.trace:
            value = guard.call(candidate.loss.subject.value, chain.reference.targets(training), output)
            expected["loss"] = np.array(value, dtype=np.float64)
        for part in reversed(candidate.parts):
            expected |= below(f"gradient.{part.name}", _left(part, candidate, parts))
        sizes, N, before = _sizes(chain, stage), len(chain.reference.inputs(training)), below(stage, before.trace)
        for q, array in below(stage, expected).items():
            if q not in together.trace and _not_offered(together, q):
                reasons[str(together.reason(q))] = None
            else:
                size = sizes.get(q, 0.0)
                measured = unreached(judged(q, together, array, size), together, before)
                found.append(by_the_batch(measured, together, array, size, N))
    return Row("network", WHOLE, tuple(found), not_offered="; ".join(reasons), notes=tuple(notes))


def _left(part: Part, candidate: Candidate, recordings: Sequence[Recording]) -> Trace:
    """The gradients that backward must leave in a layer: of one object in several places the sum."""
    places = [
        group(recording.trace, "gradient")
        for other, recording in zip(candidate.parts, recordings, strict=True)
        if other is part or other.thing is part.thing is not None
    ]
    return {name: sum(place.get(name, 0.0) for place in places) for name in places[0]}


def _passes(
    candidate: Candidate, chain: Chain, dLdY: np.ndarray, training: bool, guard: Guard
) -> tuple[Recording, Recording]:
    """Of the network as a whole: the gradients that stand there before; then its output, the loss that its backward
    returns, and the gradients it leaves behind."""
    before, into, reference = Recording(), Recording(), chain.reference
    with into.attempt("*"):
        if error := next(filter(None, chain.load()), None):
            raise error
        with before.attempt("*"):
            _take_gradients(candidate, before)
        into.trace["output"] = frozen(guard.call(candidate.whole.forward, reference.inputs(training), training))
        if reference.loss is not None and reference.loss.upstream is None:
            raise NotOffered("its backward: what its loss gives could not be asked")
        loss = guard.call(candidate.whole.backward, reference.targets(training), dLdY)
        if loss is not None and candidate.loss is not None:
            into.trace["loss"] = np.array(loss, dtype=np.float64)
        _take_gradients(candidate, into)
    return before, into


def _take_gradients(candidate: Candidate, into: Recording) -> None:
    for part in candidate.parts:
        into.take(f"gradient.{part.name}", part.subject.gradients())


def _sizes(chain: Chain, stage: str) -> dict[str, float]:
    """How large the terms of each parameter's gradient are, under the names of `whole`."""
    return {
        f"{stage}.gradient.{link.part.name}.{name}": link.sizes.get(f"{stage}.gradient.{name}", 0.0)
        for link in chain.reference.links
        for name in link.parameters.held
    }
