"""A convolution forward, one window marked, and backward as a correlation with the turned kernel."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    rng = np.random.default_rng(4)
    X = rng.integers(-2, 3, size=(1, 4, 4, 1)).astype(float)
    K = np.array([[1.0, 2, 0], [0, -1, 1], [0, 0, 2]])[..., None, None]
    layer = snn.Conv2D(1, 3, pad="valid")
    layer.parameters = {"W": K, "b": np.zeros((1, 1))}
    Z, dLdZ = layer.forward(X), np.array([[1.0, 0], [-1, 2]])[None, :, :, None]
    dLdX, window = layer.backward(dLdZ), [(i, j) for i in range(1, 4) for j in range(3)]
    forward = (
        Grid(X[0, ..., 0], "X, a window marked", 0, window),
        "window · K",
        Grid(K[..., 0, 0], "K (kh, kw)", 0),
        "=",
        Grid(Z[0, ..., 0], "Z (OH, OW)", 0, [(1, 0)]),
    )
    border = np.pad(dLdZ[0, ..., 0], 2)
    backward = (
        Grid(border, "dLdZ, a border of 2", 0, window),
        "window · K'",
        Grid(K[::-1, ::-1, 0, 0], "K turned by 180°", 0),
        "=",
        Grid(dLdX[0, ..., 0], "dLdX (H, W)", 0, [(1, 0)]),
    )
    return stacked(forward, backward)
