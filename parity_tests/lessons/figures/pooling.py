"""Maxima and averages of 2 x 2 windows, with a tie, and the gradient that each sends back."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    X = np.array([[1.0, 3, 2, 2], [0, -1, 2, 0], [-1, -2, 0, 1], [-3, -2, 4, 1]])[None, :, :, None]
    dLdY, tie = np.array([[1.0, 2], [-1, 4]])[None, :, :, None], [(0, 2), (0, 3), (1, 2)]
    rows = []
    for mode, digits in (("max", 0), ("average", 2)):
        layer = snn.Pool2D(2, mode=mode)
        Y, dLdX = layer.forward(X), layer.backward(dLdY)
        rows.append(
            (
                Grid(X[0, ..., 0], "X, a tie marked" if mode == "max" else "X", 0, tie if mode == "max" else ()),
                mode,
                Grid(Y[0, ..., 0], "Y", digits),
                "   ",
                Grid(dLdY[0, ..., 0], "dLdY", 0),
                "backward",
                Grid(dLdX[0, ..., 0], "dLdX", digits, tie[:1] if mode == "max" else ()),
            )
        )
    return stacked(*rows)
