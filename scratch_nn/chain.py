"""Layers that take some examples from one to the next before they begin with others.

Layer by layer, a batch of images passes through memory again and again: each layer reads a whole array that the layer
before has written, and no cache holds it. But a layer ByExamples needs no more than some of the examples, and while
these are still in the cache the next layer can have them:

    forward    for some, then for some more:  x -> [batch norm] -> relu -> pool -> y
    backward   for some, then for some more:  dy -> pool -> relu -> [sums of batch norm];  batch norm's dx from the sums

A batch norm may come first: what it must know of all the examples it knows before it normalises any, and its backward
needs two sums over all that the others send back. Every number is the one that the layers give when called in turn,
and what they save for backward they save in the same places. Layers before a max pooling are done to the maxima where
that is the same (maxima_first.py, which also says where it is so to rounding only).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scratch_nn.activations import Linear, ReLU
from scratch_nn.batch_norm import BatchNorm
from scratch_nn.by_examples import ByExamples
from scratch_nn.conv import Conv2D
from scratch_nn.errors import ToldWithPlace
from scratch_nn.layer import Layer
from scratch_nn.maxima_first import MaxOfNorm, MaxOfReLU
from scratch_nn.parallel import blocks_of, in_blocks
from scratch_nn.pool import Pool2D

AS_WRITTEN = {kind: (kind.forward, kind.backward) for kind in (BatchNorm, ByExamples, Conv2D, Linear)}


@dataclass(frozen=True)
class Chain:
    """One layer of a network, the one in place `start`; or several, a BatchNorm or none and then layers ByExamples.

    owns: whether a BatchNorm comes first and nobody else reads the X that it is given, so that D may take its place.
    """

    start: int
    layers: list[Layer]
    owns: bool = False

    @property
    def places(self) -> range:
        return range(self.start, self.start + len(self.layers))

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray:
        if len(self.layers) == 1:
            with self._told(0):
                return self.layers[0].forward(X, training=training)
        Y = np.empty(self._begin_forward(X, training=training), X.dtype)
        links = _links(self.layers, MaxOfNorm.prepare_forward)

        def through(some: slice) -> None:
            part = X[some]
            for link, after in pairwise([*links, None]):
                room = np.empty((len(part), *after.X_shape[1:]), X.dtype) if after else Y[some]
                link.forward_some(part, room, some)
                part = room

        in_blocks(through, blocks_of(X))
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        if len(self.layers) == 1:
            with self._told(0):
                return self.layers[0].backward(dLdY)
        with self._told(len(self.layers) - 1):
            self.layers[-1]._enter_backward(dLdY)
        links = _links(self.layers, MaxOfNorm.prepare_backward)
        norm = links.pop(0) if isinstance(links[0], BatchNorm | MaxOfNorm) else None
        gradient = np.empty(links[0].X_shape, dLdY.dtype) if links else dLdY

        def back(some: slice) -> np.ndarray | None:
            part = dLdY[some]
            for link in reversed(links):
                last = link is links[0]
                room = gradient[some] if last else np.empty((len(part), *link.X_shape[1:]), dLdY.dtype)
                link.backward_some(part, room, some)
                part = room
            return norm.sums_of(part, some) if norm else None

        sums = in_blocks(back, blocks_of(gradient))
        if isinstance(norm, MaxOfNorm):
            return norm.end_backward(sums)
        return norm.end_backward(gradient, sums, out=gradient) if norm else gradient

    def backward_parameters(self, dLdY: np.ndarray) -> None:
        if len(self.layers) == 1:
            with self._told(0):
                self.layers[0].backward_parameters(dLdY)
        else:
            self.backward(dLdY)

    def _begin_forward(self, X: np.ndarray, *, training: bool) -> tuple[int, ...]:
        """What each layer does before it is given some examples; the shape of the last one's Y."""
        shape = X.shape
        for k, layer in enumerate(self.layers):
            with self._told(k):
                if k == 0 and self.owns:
                    layer.begin_forward(X, training=training, D=X)
                elif k == 0:
                    layer.begin_forward(X, training=training)
                else:
                    layer.expect(shape, X.dtype)
                shape, _ = layer._output
        return shape

    def _told(self, k: int) -> ToldWithPlace:
        return ToldWithPlace(f"layers.{self.start + k}", self.layers[k].name)


def chains(layers: Sequence[Layer]) -> list[Chain]:
    """The layers of a network in their order, those together that can take some examples from one to the next."""
    found: list[Chain] = []
    for place, layer in enumerate(layers):
        if found and _is(layer, ByExamples) and _hands_on(found[-1].layers[-1]):
            found[-1].layers.append(layer)
        else:
            owns = _is(layer, BatchNorm) and place > 0 and _gives_away(layers[place - 1])
            found.append(Chain(place, [layer], owns))
    return found


def _links(layers: Sequence[Layer], together: Callable[[MaxOfNorm], bool]) -> list[Layer | MaxOfReLU | MaxOfNorm]:
    """What takes some examples, one after the other: the layers, but a ReLU and the max pooling after it as one, and
    with the batch norm before them as one where `together` is true of the three."""
    links: list[Layer | MaxOfReLU | MaxOfNorm] = []
    for layer in layers:
        if links and type(links[-1]) is ReLU and type(layer) is Pool2D and layer.mode == "max":
            links[-1] = MaxOfReLU(links[-1], layer)
        else:
            links.append(layer)
    if len(links) > 1 and type(links[0]) is BatchNorm and isinstance(links[1], MaxOfReLU):
        three = MaxOfNorm(links[0], links[1])
        links[:2] = [three] if together(three) else links[:2]
    return links


def _hands_on(layer: Layer) -> bool:
    """Whether it can give some examples to the next layer before it has them all."""
    return _is(layer, ByExamples) or _is(layer, BatchNorm)


def _gives_away(layer: Layer) -> bool:
    """Whether its Y is a new array that it does not keep."""
    return _is(layer, Conv2D) and _is(layer.activation, Linear)


def _is(layer: Layer, kind: type[Layer]) -> bool:
    """Whether it is of that kind, and its forward and backward are those written there: no subclass's, no stand-in."""
    of_class = type(layer)
    if kind not in of_class.__mro__ or (of_class.forward, of_class.backward) != AS_WRITTEN[kind]:
        return False
    return not {"forward", "backward"} & vars(layer).keys()
