"""Sixty steps down a narrow valley, L = (x² + 20 y²) / 2, plain, with momentum, and Nesterov's."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, GREEN, VERMILION, curves

SLOPES, START, STEPS, RATE = np.array([1.0, 20.0]), np.array([-4.0, 1.0]), 60, 0.02
RUNS = {
    "plain": (BLUE, "-", {}),
    "momentum 0.8": (VERMILION, "--", {"momentum": 0.8}),
    "Nesterov 0.8": (GREEN, "-.", {"momentum": 0.8, "nesterov": True}),
}


def path(**settings) -> np.ndarray:
    """The places after 0, 1, ... steps."""
    import scratch_nn as snn

    optimizer, parameters, places = snn.SGD(RATE, **settings), {"theta": START}, [START]
    for _ in range(STEPS):
        optimizer.step(parameters, {"theta": SLOPES * parameters["theta"]})
        places.append(parameters["theta"])
    return np.array(places)


def draw() -> Figure:
    figure, (valley, losses) = curves(2)
    x, y = np.meshgrid(np.linspace(-4.5, 1.5, 60), np.linspace(-1.2, 1.2, 60))
    valley.contour(x, y, (x**2 + 20 * y**2) / 2, levels=[0.2, 1, 3, 6, 10], colors="0.8", linewidths=0.8)
    for name, (colour, line, settings) in RUNS.items():
        places = path(**settings)
        valley.plot(*places.T, line, color=colour, linewidth=1.5, marker=".", markersize=3)
        losses.semilogy((places**2 @ SLOPES) / 2, line, color=colour, linewidth=1.8, label=name)
    valley.set_title(f"L = (x² + {SLOPES[1]:g} y²) / 2, from ({START[0]:g}, {START[1]:g})", fontsize=9)
    valley.set_xlabel("x", fontsize=8)
    valley.set_ylabel("y", fontsize=8)
    losses.set_title(f"the loss L, step by step, rate {RATE:g}", fontsize=9)
    losses.set_xlabel("step", fontsize=8)
    losses.legend(fontsize=7, frameon=False)
    return figure
