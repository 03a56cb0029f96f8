"""Networks like scratch_nn's: any object with `.layers` whose members have forward, backward, parameters, gradients.

No base class is asked for, and `parameters`, `gradients` and `state` may be missing where a layer has none. The word
`training`, if forward does not take it, is not given; a backward of two arguments is given (Z, dY). The layers
themselves are run, not copies, so that whatever is wrapped around them is judged too; what the check puts in is taken
out again. Gradients that add up until zero_grad() is called, the layer's or the network's, are emptied by it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from numbers import Real

import numpy as np

from parity_tests.networks.candidate import Candidate, Part, required_shape
from parity_tests.networks.describe import dense_shape, described, kind_of, weight_shape
from parity_tests.networks.elsewhere import given_back, replaceable, settable, stands_elsewhere
from parity_tests.networks.loss_like import loss_part
from parity_tests.networks.methods import empties, outcome, positions, takes
from parity_tests.networks.part_elsewhere import PartElsewhere
from parity_tests.pair import Arrays, NotOffered
from parity_tests.subjects.masks import ReplayedMask
from parity_tests.subjects.stranger.names import EVALUATES
from parity_tests.subjects.stranger.passes import FLAGS

KEPT = ("parameters", "gradients", "state", "rng")
TELLING = (*FLAGS, "mode", *EVALUATES)  # by which a layer may be told the mode
STEPS = ("update", "step", "train_step", "fit")  # what a network may have for training, which nobody calls here


class ScratchPart:
    """The subject of one layer: LayerSubject. network: who else may empty its gradients."""

    def __init__(self, layer, network=None) -> None:
        self.layer, self.network = layer, network
        held = getattr(layer, "gradients", None)
        self._gradients = dict(held) if isinstance(held, Mapping) else {}

    def load(self, parameters: Arrays, state: Arrays) -> None:
        """Arrays of the layer's own, to write into; gradients as they were before the first backward."""
        before = {name: _zeros(g, parameters.get(name, g)) for name, g in self._gradients.items()}
        for kind, arrays in (("parameters", parameters), ("state", state), ("gradients", before)):
            if arrays or replaceable(self.layer, kind):
                setattr(self.layer, kind, {name: copy.copy(array) for name, array in arrays.items()})

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        for mask in masks.values():
            if not hasattr(self.layer, "rng"):
                raise NotOffered("its masks cannot be replayed: it has no attribute rng")
            self.layer.rng = ReplayedMask(mask)
        if not masks and isinstance(given := getattr(self.layer, "rng", None), ReplayedMask):
            self.layer.rng = ReplayedMask(given.mask[: len(X)])  # whoever draws in evaluation, of fewer examples
        self._X = X
        mode = {"training": training} if takes(self.layer.forward, "training") else {}
        return outcome(self.layer, "forward", self.layer.forward(X, **mode))

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        """Whoever draws a mask here, where there is none to draw, gets the opposite one."""
        if not empties(self.layer):
            empties(self.network)
        given = getattr(self.layer, "rng", None)
        if isinstance(given, ReplayedMask):
            self.layer.rng = ReplayedMask(1 - given.mask.astype(np.float64))
        try:
            two = positions(self.layer.backward) == 2
            returned = self.layer.backward(self._X, dLdY) if two else self.layer.backward(dLdY)
            return outcome(self.layer, "backward", returned)
        finally:
            if isinstance(given, ReplayedMask):
                self.layer.rng = given

    def gradients(self) -> dict[str, np.ndarray]:
        return self._held("gradients")

    def parameters(self) -> dict[str, np.ndarray]:
        return self._held("parameters")

    def state(self) -> dict[str, np.ndarray]:
        return self._held("state")

    def _held(self, kind: str) -> dict[str, np.ndarray]:
        """A method of that name holds nothing."""
        held = getattr(self.layer, kind, {})
        return {} if callable(held) else held


def _zeros(gradient, parameter):
    """What stands in the place of a gradient until there is one: zeros, or what is no array (0, None) as it is."""
    return np.zeros(gradient.shape, parameter.dtype) if isinstance(gradient, np.ndarray) else gradient


def part_of(name: str, layer, network) -> Part:
    subject = ScratchPart(layer, network)
    try:
        kind, arguments = described(layer)
        if stands_elsewhere(layer, kind):
            subject = PartElsewhere(layer, kind, network)
    except NotOffered as reason:
        return Part(name, type(layer).__name__, subject, not_offered=str(reason), thing=layer)
    return Part(name, kind, subject, arguments, thing=layer)


def adapt(network, name: str, input_shape: tuple[int, ...] | None = None) -> Candidate:
    """The candidate around a network; one that is not built yet, and can be, is built."""
    told = getattr(network, "input_shape", None)
    columns = _columns(network.layers[0]) if input_shape is None and told is None else ()
    shape = required_shape(name, input_shape, told, columns[:1] if len(columns) == 2 else None)
    if told is None and hasattr(network, "build"):
        network.build(shape)
    loss = getattr(network, "loss", None)
    parts = tuple(part_of(f"layers.{i}", layer, network) for i, layer in enumerate(network.layers))
    return Candidate(
        name,
        parts,
        shape,
        loss=None if loss is None else loss_part(loss),
        whole=ScratchPasses(network),
        lent=lambda: lent(parts),
        unasked=tuple(name for name in STEPS if callable(getattr(network, name, None))),
    )


def _columns(layer) -> tuple[int, ...]:
    """The shape of its weight, if that is dense and can be told."""
    try:
        return dense_shape(layer) if kind_of(layer) == "FullyConnected" else weight_shape(layer)
    except NotOffered:
        return ()


class ScratchPasses:
    """The network's own passes, called as scratch_nn's are: forward(X), backward(target, out)."""

    def __init__(self, network) -> None:
        self.network = network

    def forward(self, X: np.ndarray, training: bool) -> np.ndarray:
        told = takes(self.network.forward, "training")
        if positions(self.network.forward) != 1:
            raise NotOffered("its forward does not take X alone")
        changing = [] if told else [layer for layer in self.network.layers if changes(layer)]
        if any(takes(layer.forward, "training") for layer in changing):
            raise NotOffered("its forward takes no `training`, but a layer's does")
        if any(hasattr(layer, name) for layer in changing for name in TELLING):
            raise NotOffered("its forward takes no `training`, and a layer is told its mode by itself")
        returned = self.network.forward(X, **({"training": training} if told else {}))
        self._output = outcome(self.network, "forward", returned)
        return self._output

    def backward(self, target: np.ndarray, dLdY: np.ndarray) -> float | None:
        if not callable(getattr(self.network, "backward", None)):
            raise NotOffered("it has no backward")
        if getattr(self.network, "loss", None) is None:
            raise NotOffered("its backward: it has no .loss")
        if positions(self.network.backward) != 2:
            raise NotOffered("its backward: it does not take (target, output)")
        if not empties(self.network):
            for layer in self.network.layers:
                empties(layer)
        returned = self.network.backward(target, self._output)
        return float(returned) if isinstance(returned, Real) else None


def changes(layer) -> bool:
    """Whether it may give something else in training than in evaluation: one that is not known may too."""
    return kind_of(layer) in (None, "BatchNorm", "Dropout")


@contextmanager
def lent(parts: Iterable[Part]) -> Iterator[None]:
    """Afterwards every layer holds the arrays and the generator that it held before."""
    with ExitStack() as kept:
        for part in parts:
            back = given_back if isinstance(part.subject, PartElsewhere) else _given_back
            kept.enter_context(back(part.thing))
        yield


@contextmanager
def _given_back(layer) -> Iterator[None]:
    held = {kind: getattr(layer, kind) for kind in KEPT if settable(layer, kind)}
    try:
        yield
    finally:
        for kind, value in held.items():
            setattr(layer, kind, value)
