"""Layers that treat each example by itself, and so may be given some of a batch at a time.

Letters: as in layer.py; `some` a slice of the batch, X, Y, dLdY and dLdX the arrays of these examples alone.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from scratch_nn.layer import Layer
from scratch_nn.parallel import by_examples


class ByExamples(Layer):
    """A layer without parameters whose Y of an example depends on that example's X and on nothing else.

    A subclass says `forward_some` and, directly under it, `backward_some`, which write into the array they are given;
    and `make_room` for what the one saves for the other. Forward and backward are these, for all the examples.
    """

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.begin_forward(X, training=training)
        Y = np.empty(*self._output)
        by_examples(lambda some: self.forward_some(X[some], Y[some], some), X)
        return Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        dLdX = np.empty(self.X_shape, dLdY.dtype)
        by_examples(lambda some: self.backward_some(dLdY[some], dLdX[some], some), dLdX)
        return dLdX

    def begin_forward(self, X: np.ndarray, *, training: bool) -> None:
        """Be ready for `forward_some` of the examples of X."""
        self._enter(X)
        self.make_room(X.shape, X.dtype)

    def expect(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Be ready for `forward_some` of the examples of an X that is not there yet, of this shape and type."""
        if self._built_shapes is None:
            self.build(shape[1:], np.random.default_rng(), dtype=dtype)
        self._expect(shape, dtype)
        self.make_room(shape, dtype)

    def make_room(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Arrays for what forward saves, of all the examples of an X of this shape and type."""
        self.X_shape = shape

    @abstractmethod
    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        """Write to Y; save what backward reads in the places `some`."""

    @abstractmethod
    def backward_some(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        """Write to dLdX."""
