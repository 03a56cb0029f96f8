"""The size of Adam's first steps, with and without bias correction; of Adam's and SGD's for gradients of any size."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import BLUE, VERMILION, curves
from parity_tests.lessons.mistakes import mutant
from parity_tests.mutants import library

STEPS, RATE = 30, 0.01


def step_sizes(optimizer, gradients: np.ndarray) -> np.ndarray:
    """|θ_t - θ_(t-1)| / rate of every step."""
    parameters, sizes = {"theta": np.zeros(gradients.shape[1:])}, []
    for g in gradients:
        before = parameters["theta"]
        optimizer.step(parameters, {"theta": g})
        sizes.append(np.abs(parameters["theta"] - before) / RATE)
    return np.array(sizes)


def draw() -> Figure:
    import scratch_nn as snn

    uncorrected, constant = library(mutant("adam_without_bias_correction")), np.ones((STEPS, 1))
    figure, (first, any_size) = curves(2)
    steps = np.arange(1, STEPS + 1)
    first.plot(steps, step_sizes(snn.Adam(RATE), constant), color=BLUE, linewidth=1.8, label="corrected")
    wrong = step_sizes(uncorrected.Adam(RATE), constant)
    first.plot(steps, wrong, "--", color=VERMILION, linewidth=1.8, label="not corrected")
    first.set_title("step / rate, under a constant gradient", fontsize=9)
    first.set_xlabel("step", fontsize=8)
    first.set_ylim(0)
    sizes = 10.0 ** np.arange(-10, 4)
    any_size.loglog(sizes, step_sizes(snn.Adam(RATE), sizes[None])[0], color=BLUE, linewidth=1.8, label="Adam")
    any_size.loglog(sizes, step_sizes(snn.SGD(RATE), sizes[None])[0], "--", color=VERMILION, linewidth=1.8, label="SGD")
    any_size.set_title("first step / rate, by size of the gradient", fontsize=9)
    any_size.set_xlabel("|g|", fontsize=8)
    for axes in (first, any_size):
        axes.legend(fontsize=7, frameon=False)
    return figure
