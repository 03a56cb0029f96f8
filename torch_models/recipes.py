"""How each network is trained: optimiser, schedule, batch, augmentation and loss, as data.

fashion_mlp  notes   Adam 1e-3, batches of 64, 10 epochs
cifar_cnn    notes   SGD 0.01, momentum 0.9, weight decay 5e-4, a tenth of the rate after 30 epochs; batches of 64,
                     random flip and crop, 30 epochs
             fast    one cycle up to 0.1 and down to nothing, Nesterov momentum, batches of 128, label smoothing
                     0.1, the same weight decay and augmentation, 16 epochs
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, StepLR

from torch_models.randomness import seeded
from torch_models.training import Loss
from torch_models.training_state import TrainingState


@dataclass(frozen=True)
class Recipe:
    """`schedule` is made of the optimiser and steps once an epoch; `cycle` of it and the number of batches to come."""

    epochs: int
    batch_size: int
    optimizer: Callable[..., Optimizer]
    schedule: Callable[[Optimizer], LRScheduler] | None = None
    cycle: Callable[[Optimizer, int], LRScheduler] | None = None
    augmented: bool = False
    loss: Loss = cross_entropy

    def begin(self, make: Callable[[], nn.Module], *, seed: int, device: torch.device, steps: int) -> TrainingState:
        """A new network and what trains it; `steps` batches are to come. The weights are the same on every device."""
        with seeded(seed):
            model = make()
        model = place(model, device)
        optimizer = self.optimizer(model.parameters())
        return TrainingState(
            model,
            optimizer,
            torch.Generator().manual_seed(seed),
            schedule=None if self.schedule is None else self.schedule(optimizer),
            batch_schedule=None if self.cycle is None else self.cycle(optimizer, steps),
        )


def place(model: nn.Module, device: torch.device) -> nn.Module:
    """On the device, the weights of convolutions stored channels last, the faster layout for them on a CPU."""
    return model.to(device, memory_format=torch.channels_last)


def one_cycle(optimizer: Optimizer, steps: int, *, highest: float) -> LRScheduler:
    return OneCycleLR(optimizer, highest, total_steps=steps + 1, pct_start=0.25, cycle_momentum=False)


FASHION_MLP = {"notes": Recipe(epochs=10, batch_size=64, optimizer=partial(Adam, lr=1e-3))}
CIFAR_CNN = {
    "notes": Recipe(
        epochs=30,
        batch_size=64,
        optimizer=partial(SGD, lr=0.01, momentum=0.9, weight_decay=5e-4),
        schedule=partial(StepLR, step_size=30, gamma=0.1),
        augmented=True,
    ),
    "fast": Recipe(
        epochs=16,
        batch_size=128,
        optimizer=partial(SGD, lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True),
        cycle=partial(one_cycle, highest=0.1),
        augmented=True,
        loss=partial(cross_entropy, label_smoothing=0.1),
    ),
}
