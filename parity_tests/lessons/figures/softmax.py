"""A row of logits, the probabilities, the Jacobian row by row through backward, and a gradient through it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    layer, x, dLdy = snn.SoftMax(), np.array([[2.0, 0.5, -1.0, 1.0]]), np.array([[1.0, -1.0, 0.5, 0.0]])
    y, dLdx = layer.forward(x), layer.backward(dLdy)
    layer.forward(np.repeat(x, 4, axis=0))
    J = layer.backward(np.eye(4))  # row i: the upstream gradient is 1 for y_i alone
    forward = (Grid(x, "logits x"), "softmax", Grid(y, "probabilities y", digits=2))
    backward = (Grid(dLdy, "dLdy"), "@", Grid(J, "J = diag(y) - y yᵀ", digits=2), "=", Grid(dLdx, "dLdx", digits=2))
    return stacked(forward, backward)
