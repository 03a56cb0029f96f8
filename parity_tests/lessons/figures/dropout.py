"""A batch, the mask that was drawn for it, the output, and the gradient under the same mask."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    p, rng = 0.5, np.random.default_rng(3)
    X, dLdY = (rng.normal(size=(3, 4)).round(1) for _ in range(2))  # as they are shown, so that Y is twice what is seen
    layer = snn.Dropout(p, rng=np.random.default_rng(6))
    Y, dLdX = layer.forward(X, training=True), layer.backward(dLdY)
    M = layer.backward(np.ones_like(X))
    mask = Grid(M, f"M, p = {p}", 0)
    return stacked(
        (Grid(X, "X (N, D)"), "×", mask, "=", Grid(Y, "Y: kept, and twice as large")),
        (Grid(dLdY, "dLdY"), "×", mask, "=", Grid(dLdX, "dLdX: the same mask")),
    )
