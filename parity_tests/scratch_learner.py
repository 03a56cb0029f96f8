"""A NumPy network that learns in the training loop of torch_models: forward, loss, gradients and step are scratch_nn's.

    from PyTorch   the data, the order of the batches, the augmentation, the initial weights, the dropout masks
    from NumPy     everything that is computed with them

So a run differs from PyTorch's by rounding alone, epoch after epoch: see parity_tests/test_scratch_learner.py. Weights
go in and out under PyTorch's names and in its layout, so that either side predicts with what the other has learnt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import dropout
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, OneCycleLR, StepLR

import scratch_nn as snn
from parity_tests.convert import WeightMap, to_ours, to_theirs
from parity_tests.layout import AsTheyAre
from scratch_nn.optimizers import Optimizer
from scratch_nn.schedules import Schedule
from torch_models.recipes import Recipe

# PyTorch's classes, and ours of the same arithmetic. The arguments are the same, but for the rate of a schedule.
OPTIMIZERS = {torch.optim.SGD: snn.SGD, torch.optim.Adam: snn.Adam, torch.optim.AdamW: snn.AdamW}
SCHEDULES = {
    StepLR: snn.Step,
    ExponentialLR: snn.Exponential,
    CosineAnnealingLR: snn.Cosine,
    OneCycleLR: snn.OneCycle,
}
IN_TORCH_ONLY = ("max_lr", "cycle_momentum")
AS_THEY_ARE = AsTheyAre()


class TorchMasks:
    """Stands where a Dropout expects its random generator; drops what PyTorch's own would drop at this moment."""

    def __init__(self, p: float) -> None:
        self.p = p

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        return (dropout(torch.ones(shape), self.p) != 0).numpy().astype(np.float64)  # 1 is kept, 0 dropped


def scratch_optimizer(recipe: Recipe) -> Optimizer:
    """The recipe's optimiser in NumPy."""
    return OPTIMIZERS[recipe.optimizer](**recipe.optimizer_args)


def scratch_schedule(recipe: Recipe, steps: int) -> Schedule:
    """The recipe's schedule in NumPy: of epochs, or of batches where it cycles; `steps` batches are to come."""
    if recipe.schedule is None:
        return snn.Constant(recipe.optimizer_args["lr"])
    settings = recipe.all_schedule_args(steps)
    lr = settings.get("max_lr", recipe.optimizer_args["lr"])
    return SCHEDULES[recipe.schedule](lr, **{name: v for name, v in settings.items() if name not in IN_TORCH_ONLY})


class ScratchLearner:
    """`network` starts from `model`, its PyTorch twin, whose weights `entries` map; then the twin is no longer needed.

    The network is built here, in the type of the model's weights.
    """

    device = torch.device("cpu")

    def __init__(
        self, network: snn.NeuralNetwork, model: torch.nn.Module, entries: WeightMap, recipe: Recipe, *, steps: int
    ) -> None:
        self.network, self.entries, self.recipe = network, entries, recipe
        self.schedule, self.steps_done, self.epochs_done = scratch_schedule(recipe, steps), 0, 0
        dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
        network.build(channels_last_shape(model.input_shape), np.dtype(dtype))
        for layer in network.layers:
            if isinstance(layer, snn.Dropout):
                layer.rng = TorchMasks(layer.p)
        self.load_weights(model.state_dict())

    @property
    def lr(self) -> float:
        return self.schedule(self.steps_done if self.recipe.cycles else self.epochs_done)

    def learn(self, inputs: Tensor, labels: Tensor) -> tuple[float, Tensor]:
        network, X = self.network, to_array(inputs)
        network.optimizer.lr = self.lr
        Y_hat = network.forward(X, training=True)
        loss = network.backward(self.targets(labels, Y_hat), Y_hat)
        if math.isfinite(loss):
            network.update()
            self.steps_done += 1
        return loss, torch.from_numpy(Y_hat)

    def targets(self, labels: Tensor, Y_hat: np.ndarray) -> np.ndarray:
        """One-hot rows; smoothed, they give a share of the certainty to all classes alike."""
        n_classes, smoothing = Y_hat.shape[1], self.recipe.label_smoothing
        Y = snn.one_hot(labels.numpy(), n_classes, Y_hat.dtype)
        return Y * (1 - smoothing) + smoothing / n_classes if smoothing else Y

    def end_epoch(self) -> None:
        self.epochs_done += 1

    def logits(self, inputs: Tensor) -> Tensor:
        return torch.from_numpy(self.network.forward(to_array(inputs)))

    def weights(self) -> dict[str, Tensor]:
        return as_tensors(to_theirs(self.entries, self.network.parameters | self.network.state))

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        self.network.assign(to_ours(self.entries, {name: tensor.numpy() for name, tensor in weights.items()}))

    def state_dict(self) -> dict[str, Any]:
        optimizer = self.network.optimizer
        return {
            "weights": self.weights(),
            "averages": {name: as_tensors(averages) for name, averages in optimizer.state.items()},
            "optimizer_steps": optimizer.steps,
            "steps_done": self.steps_done,
            "epochs_done": self.epochs_done,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        optimizer = self.network.optimizer
        self.load_weights(state["weights"])
        averages = state["averages"].items()
        optimizer.state = {name: {key: t.numpy().copy() for key, t in tensors.items()} for name, tensors in averages}
        optimizer.steps = state["optimizer_steps"]
        self.steps_done, self.epochs_done = state["steps_done"], state["epochs_done"]


def to_array(inputs: Tensor) -> np.ndarray:
    """In our layout: images NHWC."""
    return np.ascontiguousarray(AS_THEY_ARE.to_ours(inputs.numpy()))


def as_tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Copies, which no later step changes."""
    return {name: torch.tensor(array) for name, array in arrays.items()}


def channels_last_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """(C, H, W) as (H, W, C); (D,) stays."""
    return (*shape[1:], shape[0])
