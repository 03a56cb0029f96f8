"""The activations and their derivatives, as forward and backward give them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, GREEN, GREY, INK, VERMILION, curves

STYLES = {
    "ReLU": (BLUE, "-"),
    "LeakyReLU": (VERMILION, "--"),
    "Sigmoid": (GREEN, "-."),
    "Tanh": (INK, ":"),
    "Linear": (GREY, "-"),
}


def draw() -> Figure:
    import scratch_nn as snn

    X = np.linspace(-3, 3, 121)[:, None]
    figure, (values, slopes) = curves(2)
    for name, (colour, line) in STYLES.items():
        layer = snn.LeakyReLU(0.1) if name == "LeakyReLU" else getattr(snn, name)()
        label = "LeakyReLU (slope 0.1)" if name == "LeakyReLU" else name
        values.plot(X, layer.forward(X), line, color=colour, linewidth=1.8, label=label)
        slopes.plot(X, layer.backward(np.ones_like(X)), line, color=colour, linewidth=1.8)
    values.set_title("y = f(x): forward", fontsize=9)
    slopes.set_title("f'(x): backward of an upstream gradient of 1", fontsize=9)
    values.set_ylim(-1.5, 3)
    values.legend(fontsize=7, frameon=False)
    for axes in (values, slopes):
        axes.set_xlabel("x", fontsize=8)
    return figure
