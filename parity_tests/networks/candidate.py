"""A network under test: its layers in a row, each with what is needed to put a PyTorch layer beside it.

A Part is one layer: its name ("layers.3"), its kind (the name of its pair, "BatchNorm"), the arguments that the pair's
cases hold ({"kernel": 3, "n_out": 8}), and a subject that runs it. All arrays are in our layout, images NHWC.
An adapter for anything else is a few lines:

    class MyLayer:                                        # a LayerSubject around one layer of yours
        def load(self, parameters, state): ...
        def forward(self, X, *, training, masks): ...     # masks["dropout"]: 1 kept, 0 dropped
        def backward(self, dLdY): ...
        def gradients(self): ...
        def state(self): return {}
        def parameters(self): ...                         # may be left out: then it is given drawn weights

    parts = (Part("layers.0", "FullyConnected", MyLayer(net.first), {"n_out": 5}), Part("layers.1", "ReLU", ...))
    check_network(Candidate("mine", parts, input_shape=(7,)))
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from parity_tests.pair import Pair, Subject


class LayerSubject(Subject, Protocol):
    """A Subject that also tells its parameters."""

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters now, in our layout; a row (1, n) may be (n,)."""


@dataclass(frozen=True, eq=False)
class Part:
    """One layer. not_offered: why it cannot be compared, where nothing is known that stands beside it.
    pair: another declaration than that of its kind. thing: what is run, to tell one object in two places."""

    name: str
    kind: str
    subject: LayerSubject
    arguments: Mapping[str, Any] = field(default_factory=dict)
    not_offered: str = ""
    pair: Pair | None = None
    thing: object = None

    @property
    def label(self) -> str:
        return f"{self.name} {self.kind}"


@dataclass(frozen=True, eq=False)
class LossPart:
    """The loss. kind: "SoftmaxCrossEntropy", ...; subject: value(Y, Y_hat) and gradient(Y, Y_hat). not_offered: why it
    cannot be asked."""

    kind: str
    subject: Any
    not_offered: str = ""


class Passes(Protocol):
    """The network's own forward and backward; the gradients are then read from the parts."""

    def forward(self, X: np.ndarray, training: bool) -> np.ndarray:
        """The output."""

    def backward(self, target: np.ndarray, dLdY: np.ndarray) -> float | None:
        """Of the last forward. The loss that it returns; None where it returns no number."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A network. input_shape: without the batch axis. loss: None where it has none, and dL/dY is drawn.

    whole: its own passes. modes: in which they are run. lent: a context that puts back what the check changes.
    unasked: methods that it has and that nobody calls here.
    """

    name: str
    parts: tuple[Part, ...]
    input_shape: tuple[int, ...]
    loss: LossPart | None = None
    whole: Passes | None = None
    modes: tuple[bool, ...] = (True, False)
    lent: Callable[[], AbstractContextManager] = nullcontext
    unasked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [part.name for part in self.parts]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"{self.name}: expected layers of different names, got {names}")

    @property
    def shared(self) -> tuple[tuple[str, ...], ...]:
        """The names of parts that are one object, object by object."""
        places: dict[int, list[str]] = {}
        for part in self.parts:
            if part.thing is not None:
                places.setdefault(id(part.thing), []).append(part.name)
        return tuple(tuple(names) for names in places.values() if len(names) > 1)


def kind_among(thing: object, known: Container[str]) -> str | None:
    """The first class name of `thing`, its own or inherited, that is known: a subclass of BatchNorm is a BatchNorm."""
    return next((cls.__name__ for cls in type(thing).__mro__ if cls.__name__ in known), None)


def required_shape(who: str, *found: tuple[int, ...] | None, attribute: str = "input_shape") -> tuple[int, ...]:
    """The first input shape that there is. Raises ValueError where there is none, telling how to give one.
    attribute: that may tell it."""
    shape = next((tuple(map(int, shape)) for shape in found if shape is not None), None)
    if shape is None:
        cure = f"Say --input-shape 28,28,1 (height, width, channels) or 784, or set the attribute {attribute}."
        raise ValueError(f"{who}: expected to be told the shape of one input, and its first layer does not. {cure}")
    return shape
