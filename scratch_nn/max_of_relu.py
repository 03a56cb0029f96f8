"""ReLU and then max pooling, the other way round: the largest relu(x) of a window is relu of the largest x.

As written, relu comes first. As computed here, it comes last, for there are fewer maxima than pixels: under 2 x 2
windows a quarter. Backward it comes first for that reason: what it stops need not be spread over a window.

The numbers are the same, and so is what the two layers save, for each window:
    some x > 0    relu keeps those as they are and makes no other as large: the same maximum is found first, and relu
                  lets its gradient through
    none          relu makes them all zero: the first of them wins, and relu stops its gradient
NaN counts as x > 0: it wins and passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scratch_nn.activations import ReLU
from scratch_nn.masks import kept
from scratch_nn.pool import Pool2D


@dataclass(frozen=True)
class MaxOfReLU:
    """The two layers in one, to be given some examples at a time as they are (by_examples.py)."""

    relu: ReLU
    pool: Pool2D

    @property
    def X_shape(self) -> tuple[int, ...]:
        return self.relu.X_shape

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        """Write to Y; save what the layers would have saved in turn."""
        self.relu.save_some(X, some)
        self.pool.forward_some(X, Y, some)
        winner = self.pool._winner[some]
        np.maximum(winner * self.pool._positive[some], self.pool._first_taps, out=winner)
        np.clip(Y, 0, np.inf, out=Y)

    def backward_some(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        """Write to dLdX."""
        self.pool.backward_some(kept(dLdY, self.pool._positive[some]), dLdX, some)
