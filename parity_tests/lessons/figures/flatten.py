"""An image of two channels, and the order of its numbers in a row, here and in PyTorch."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from parity_tests.lessons.drawing import Grid, stacked


def draw() -> Figure:
    import torch

    import scratch_nn as snn

    X = np.array([[[1.0, -1], [2, -2]], [[3, -3], [4, -4]]])[None]  # (1, H, W, C)
    ours = snn.Flatten().forward(X)
    theirs = torch.nn.Flatten()(torch.tensor(X).permute(0, 3, 1, 2)).numpy()
    image = (Grid(X[0, ..., 0], "channel 0", 0), " ", Grid(X[0, ..., 1], "channel 1", 0))
    return stacked(
        (*image, "Flatten", Grid(ours, "here: (h, w, c), the channels of a pixel together", 0)),
        (*image, "nn.Flatten", Grid(theirs, "PyTorch: (c, h, w), one channel after the other", 0)),
    )
