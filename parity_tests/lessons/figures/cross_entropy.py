"""Logits, probabilities and targets, and the gradient by either of them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import scratch_nn as snn

    Z, Y = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]]), snn.one_hot(np.array([0, 2]), 3)
    softmax = snn.SoftMax()
    P = softmax.forward(Z)
    dLdP = snn.CrossEntropy().backward(Y, P)
    forward = (Grid(Z, "logits Z"), "softmax", Grid(P, "P", digits=2), "against", Grid(Y, "targets Y", digits=0))
    through = (Grid(dLdP, "-Y / (N P)", digits=2), "softmax's backward", Grid(softmax.backward(dLdP), "dLdZ", digits=2))
    fused = (Grid(P - Y, "P - Y", digits=2), "/ N  =", Grid(snn.SoftmaxCrossEntropy().backward(Y, Z), "dLdZ", digits=2))
    return stacked(forward, through, fused)
