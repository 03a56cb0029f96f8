"""FeedforwardNet: rows of a table to logits through hidden ReLU layers; without any, it is logistic regression.

    (N, D)  Linear ReLU  (N, h_1)  ...  Linear ReLU  (N, h_k)  Linear  logits (N, C)

    hidden (h_1, ..., h_k)   each weight from U(-a, a), a = sqrt(6 / (n_in + n_out)), each bias 0
    hidden ()                weight and bias 0: the loss has one minimum, so it needs no luck to start with

Weights are PyTorch's (n_out, n_in). The NumPy twins, LogisticRegression and FeedforwardNeuralNet, keep a layer and its
ReLU in one: their layers.i is layers.(2 i) here.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class FeedforwardNet(nn.Module):
    """(N, n_inputs) to logits (N, n_classes), all of one floating-point type; `hidden` are the widths in between."""

    def __init__(
        self, n_inputs: int, hidden: Sequence[int], n_classes: int, *, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.input_shape = (n_inputs,)
        widths = (n_inputs, *hidden, n_classes)
        if not all(isinstance(width, int) and width >= 1 for width in widths):
            raise ValueError(f"FeedforwardNet: expected sizes of at least 1, got {' - '.join(map(str, widths))}")
        modules = [module for sizes in pairwise(widths) for module in (nn.Linear(*sizes, dtype=dtype), nn.ReLU())]
        self.layers = nn.Sequential(*modules[:-1])
        for layer in self.layers[::2]:
            if hidden:
                nn.init.xavier_uniform_(layer.weight)
            else:
                nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, rows: Tensor) -> Tensor:
        if rows.ndim != 2 or rows.shape[1:] != self.input_shape:
            wanted, got = f"(N, {self.input_shape[0]})", tuple(rows.shape)
            raise ValueError(f"FeedforwardNet: expected rows {wanted}, got {got}. Images? Use images.flatten(1).")
        return self.layers(rows)
