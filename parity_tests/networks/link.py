"""A layer of the candidate and its twin: PyTorch's layer of the same kind, sizes and weights, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from parity_tests.networks.candidate import Part
from parity_tests.networks.guard import Guarded
from parity_tests.networks.weights import Weights, weights
from parity_tests.pair import Case, NotOffered, Pair, Subject
from parity_tests.pairs import PAIRS
from parity_tests.trace import Trace

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


def linked(
    part: Part, X: np.ndarray, side: Callable, rng: np.random.Generator, seconds: float, twice: Link | None = None
) -> Link:
    """A part and its twin for inputs like X, both holding the same weights; those of the first place of an object that
    stands in two."""
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
    if twice is not None and not twice.reason:
        parameters, state = twice.parameters, twice.state
    twin.load(parameters.arrays, state.arrays)
    return Link(part, twin, parameters, state)


def _twin(side: Callable, pair: Pair, case: Case, part: Part) -> Subject:
    try:
        return side(pair, case, "float64")
    except Exception as error:
        raise NotOffered(f"PyTorch has no {part.kind} with {dict(part.arguments)}: {error}") from error


def held(own: Guarded, X: np.ndarray, has_weights: bool) -> tuple[Trace | None, Trace | None]:
    """The candidate's parameters and state, after a forward where they are made by the first; None: there is none."""
    if not has_weights:
        return {}, {}
    if not hasattr(own.subject, "parameters"):
        return None, None
    try:
        if not own.parameters():
            own.forward(X, training=False, masks={})
        return dict(own.parameters()), dict(own.state())
    except Exception:  # what is wrong with it is told when it is judged
        return None, None
