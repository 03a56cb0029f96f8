"""An image, its columns, the product with a kernel, and how many windows see each pixel."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    X = np.arange(1.0, 13.0).reshape(1, 3, 4, 1)
    A, K = snn.im2col(X, 2), np.array([[1.0], [0], [2], [-1]])
    seen = snn.col2im(np.ones_like(A), X.shape, 2)[0, ..., 0]
    forward = (
        Grid(X[0, ..., 0], "X (3 x 4 pixels)", 0, [(0, 1), (0, 2), (1, 1), (1, 2)]),
        "im2col",
        Grid(A, "A: one row a window", 0, [(1, q) for q in range(4)], below="(i, j) = 00 01 10 11"),
        "@",
        Grid(K, "K", 0),
        "=",
        Grid(A @ K, "Z", 0, [(1, 0)]),
    )
    backward = (Grid(np.ones_like(A), "dLdA, all ones", 0), "col2im", Grid(seen, "dLdX: windows that see a pixel", 0))
    return stacked(forward, backward)
