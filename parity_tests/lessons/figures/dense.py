"""A dense layer forward and backward: the numbers of a small batch."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    rng = np.random.default_rng(2)
    layer, X, dLdZ = snn.FullyConnected(2), rng.normal(size=(3, 4)), rng.normal(size=(3, 2))
    layer.parameters = {"W": rng.normal(size=(4, 2)), "b": np.array([[1.0, -1.0]])}
    W, b, Z, dLdX = layer.parameters["W"], layer.parameters["b"], layer.forward(X), layer.backward(dLdZ)
    forward = (Grid(X, "X (N, D)"), "@", Grid(W, "W (D, M)"), "+", Grid(b, "b (1, M)"), "=", Grid(Z, "Z (N, M)"))
    backward = (Grid(dLdZ, "dLdZ (N, M)"), "@", Grid(W.T, "Wᵀ (M, D)"), "=", Grid(dLdX, "dLdX (N, D)"))
    weights = (Grid(X.T, "Xᵀ (D, N)"), "@", Grid(dLdZ, "dLdZ (N, M)"), "=", Grid(layer.gradients["W"], "dLdW (D, M)"))
    return stacked(forward, backward, weights)
