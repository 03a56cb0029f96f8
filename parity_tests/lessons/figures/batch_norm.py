"""Four examples of two channels: normalised, scaled and shifted; the gradient, in training and in evaluation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    X = np.array([[1.0, 10.0], [2.0, 14.0], [3.0, 10.0], [6.0, 6.0]])
    dLdY = np.array([[1.0, 0.5], [0.0, -1.0], [2.0, 0.0], [-1.0, 0.5]])
    layer = snn.BatchNorm()
    layer.build((2,), np.random.default_rng(0))
    xhat = layer.forward(X, training=True)
    layer.parameters = {"gamma": np.array([[2.0, 1.0]]), "beta": np.array([[1.0, 0.0]])}
    Y, dLdX = layer.forward(X, training=True), layer.backward(dLdY)
    layer.state = {**layer.state, "running_mean": X.mean(axis=0)[None], "running_var": X.var(axis=0)[None]}
    layer.forward(X)
    constants = layer.backward(dLdY)
    gamma, beta = layer.parameters["gamma"], layer.parameters["beta"]
    forward = (
        Grid(X, "X (N, C)", 0),
        "normalise",
        Grid(xhat, "x̂: mean 0, variance 1"),
        "· γ + β",
        Grid(Y, f"Y, γ = {gamma[0, 0]:g}, {gamma[0, 1]:g}  β = {beta[0, 0]:g}, {beta[0, 1]:g}"),
    )
    backward = (
        Grid(dLdY, "dLdY"),
        "backward",
        Grid(dLdX, "dLdX in training", 2, below="columns sum to 0"),
        "but not",
        Grid(constants, "γ dLdY / σ, as in evaluation", 2),
    )
    return stacked(forward, backward)
