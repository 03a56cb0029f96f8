"""Flatten: every example as one row.

    forward   X (N, H, W, C)     ->  Y (N, H W C), row by row, pixel by pixel, the channels of a pixel together
    backward  dLdY (N, H W C)    ->  dLdX (N, H, W, C)

torch.nn.Flatten sees (N, C, H, W) and therefore puts the features in the order (c, h, w): the weights of a fully
connected layer that follows have their rows in another order, and the weight map of a pair permutes them.
"""

from __future__ import annotations

import math

import numpy as np

from scratch_nn.layer import Layer


class Flatten(Layer):
    """torch.nn.Flatten() on our layout. An (N, D) input stays as it is."""

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (math.prod(input_shape),)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        self._input_shape = X.shape
        return X.reshape(len(X), -1)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return dLdY.reshape(self._input_shape)
