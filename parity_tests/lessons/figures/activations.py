"""The activations and their derivatives, as forward and backward give them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, GREEN, GREY, INK, VERMILION, curves

STYLES = {  # Linear first, light and broad: it lies below the two that are the same for x > 0, and shows beside them
    "Linear": (GREY, "-", 5),
    "ReLU": (BLUE, "-", 1.8),
    "LeakyReLU": (VERMILION, "--", 1.8),
    "Sigmoid": (GREEN, "-.", 1.8),
    "Tanh": (INK, ":", 1.8),
}
JUMP = 0.5  # between neighbours; a slope that jumps is no line from one value to the other


def broken(Y: np.ndarray) -> np.ndarray:
    """Y without the first number behind a jump, where the line is to break."""
    return np.where(np.abs(np.diff(Y, axis=0, prepend=Y[:1])) > JUMP, np.nan, Y)


def draw() -> Figure:
    import scratch_nn as snn

    X = np.linspace(-3, 3, 1201)[:, None]
    figure, (values, slopes) = curves(2)
    for name, (colour, line, width) in STYLES.items():
        layer = snn.LeakyReLU(0.1) if name == "LeakyReLU" else getattr(snn, name)()
        label = "LeakyReLU (slope 0.1)" if name == "LeakyReLU" else name
        values.plot(X, layer.forward(X), line, color=colour, linewidth=width, label=label)
        slopes.plot(X, broken(layer.backward(np.ones_like(X))), line, color=colour, linewidth=width)
    values.set_title("y = f(x): forward", fontsize=9)
    slopes.set_title("f'(x): backward of an upstream gradient of 1", fontsize=9)
    values.set_ylim(-1.5, 3)
    values.legend(fontsize=7, frameon=False)
    for axes in (values, slopes):
        axes.set_xlabel("x", fontsize=8)
    return figure
