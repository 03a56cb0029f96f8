"""The weights with which both sides are run: the candidate's own, in float64.

But an array that is the same number all over (a bias of zeros, a scale of ones, running statistics never used) would
hide mistakes: whether a bias of zeros is added twice, nobody can tell. Such an array is drawn afresh, and so are all of
a layer that has none yet. A bias, a scale or a shift that the layer does without is 0 or 1 on PyTorch's side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from parity_tests.pair import NotOffered, Pair
from parity_tests.trace import Trace, frozen

WITHOUT = {"b": np.zeros, "beta": np.zeros, "gamma": np.ones, "num_batches_tracked": np.zeros}
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Weights:
    """arrays: in the twin's shapes, all of them. held: those that the candidate has too, and in which shape."""

    arrays: Trace
    held: Shapes

    def of_candidate(self) -> Trace:
        return {name: self.as_held(name, self.arrays[name]) for name in self.held}

    def as_held(self, name: str, array: np.ndarray) -> np.ndarray:
        """A weight of that name, or its gradient, in the candidate's shape."""
        return frozen(array.reshape(self.held[name]))


Found = Mapping[str, np.ndarray] | None


def weights(pair: Pair, shapes: Shapes, found: Found, rng: np.random.Generator) -> Weights:
    """`shapes`: of the twin's arrays. `found`: the candidate's; None, they are drawn. Raises NotOffered on a misfit."""
    if unknown := sorted(set(found or ()) - set(shapes)):
        raise NotOffered(f"it holds {', '.join(unknown)}, which the twin of {pair.name} ({', '.join(shapes)}) does not")
    arrays = {name: frozen(_array(pair, name, shape, found, rng)) for name, shape in shapes.items()}
    held = dict(shapes) if found is None else {name: np.shape(found[name]) for name in shapes if name in found}
    return Weights(arrays, held)


def _array(pair: Pair, name: str, shape: tuple[int, ...], found: Found, rng: np.random.Generator) -> np.ndarray:
    drawn = np.asarray(pair.parameter(name, shape, rng))
    if found is None:
        return drawn
    if name not in found:
        return _without(pair, name, shape)
    array = np.asarray(found[name])
    if array.shape not in (shape, shape[1:] if shape[:1] == (1,) else shape):
        cure = "An adapter can turn it round (docs/networks.md)."
        raise NotOffered(f"its {name} has shape {array.shape}, where {shape} was expected. {cure}")
    if array.dtype.kind not in "fiu":
        raise NotOffered(f"its {name} is of type {array.dtype}, where numbers were expected")
    if array.size == 0 or np.all(array == array.flat[0]):
        return drawn
    return array.reshape(shape).astype(drawn.dtype)


def _without(pair: Pair, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in WITHOUT:
        raise NotOffered(f"there is no {name} among its arrays, and {pair.name} needs one")
    return WITHOUT[name](shape)
