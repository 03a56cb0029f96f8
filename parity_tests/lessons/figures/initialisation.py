"""Mean squares of activations and of gradients, layer by layer, in twenty ReLU layers of 200 units."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, GREEN, INK, VERMILION, curves

LAYERS, WIDTH = 20, 200
STYLES = {
    "he_normal": (BLUE, "-"),
    "xavier_normal": (VERMILION, "--"),
    "torch_default": (GREEN, "-."),
    "deviation 0.2": (INK, ":"),
}


def too_wide(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, 0.2, size=shape)


def mean_squares(name: str) -> tuple[list[float], list[float]]:
    """Of X and the output of every layer; of the gradient at the input of every layer and at the end."""
    import scratch_nn as snn

    rng = np.random.default_rng(0)
    layers = [
        snn.FullyConnected(WIDTH, activation=snn.ReLU(), weight_init=getattr(snn, name, too_wide))
        for _ in range(LAYERS)
    ]
    arrays = [rng.normal(size=(100, WIDTH))]
    for layer in layers:
        layer.build((WIDTH,), rng)
        arrays.append(layer.forward(arrays[-1]))
    gradients = [rng.normal(size=(100, WIDTH))]
    for layer in reversed(layers):
        gradients.append(layer.backward(gradients[-1]))
    return [float(np.mean(a**2)) for a in arrays], [float(np.mean(g**2)) for g in reversed(gradients)]


def draw() -> Figure:
    figure, (activations, gradients) = curves(2)
    for name, (colour, line) in STYLES.items():
        for axes, values in zip((activations, gradients), mean_squares(name), strict=True):
            axes.semilogy(range(LAYERS + 1), values, line, color=colour, linewidth=1.8, label=name)
    activations.set_title("mean square of the activations", fontsize=9)
    gradients.set_title("mean square of the gradients", fontsize=9)
    gradients.legend(fontsize=7, frameon=False)
    for axes in (activations, gradients):
        axes.set_xlabel("behind layer", fontsize=8)
        axes.set_xticks([0, 5, 10, 15, 20])
    return figure
