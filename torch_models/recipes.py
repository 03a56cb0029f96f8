"""How each network is trained, as data: optimiser, schedule, batch, augmentation, smoothing, predictions.

fashion_mlp  notes   Adam 1e-3, batches of 64, 10 epochs
             fast    Adam in one cycle up to 4e-3 and down to nothing, batches of 256, 6 epochs
cifar_cnn    notes   SGD 0.01, momentum 0.9, weight decay 5e-4, a tenth of the rate after 30 epochs; batches of 64,
                     random flip and crop, 30 epochs; the weights' running average over about 500 steps is what is
                     judged and kept: at a rate that does not fall they are noisy themselves
             fast    SGD in one cycle up to 0.1 and down to nothing, Nesterov momentum, batches of 128, dropout 0.1,
                     label smoothing 0.1, the same weight decay and augmentation, 18 epochs
             both predict a class from the mean of an image and its mirror image: what was learnt from flipped images
             is asked of both views

A recipe names PyTorch's classes and their arguments; a NumPy network takes the classes of the same arithmetic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, StepLR

from torch_models.processes import ALONE, Processes
from torch_models.randomness import seeded
from torch_models.torch_learner import TorchLearner

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Recipe:
    """`schedule` steps once an epoch; a OneCycleLR once a batch, and is told their number.

    `augmented`: training images are flipped and cropped. `mirrored`: test images are asked with their mirror images.
    `averaged`: the decay of the weights' running average, which is judged in their place; 0 for none.
    """

    epochs: int
    batch_size: int
    optimizer: type[Optimizer]
    optimizer_args: Arguments
    schedule: type[LRScheduler] | None = None
    schedule_args: Arguments = field(default_factory=dict)
    model_args: Arguments = field(default_factory=dict)
    augmented: bool = False
    label_smoothing: float = 0.0
    mirrored: bool = False
    averaged: float = 0.0

    @property
    def cycles(self) -> bool:
        """Whether the schedule steps once a batch."""
        return self.schedule is OneCycleLR

    def all_schedule_args(self, steps: int) -> dict[str, Any]:
        """The schedule's arguments; `steps` batches are to come, and it is stepped after the last one too."""
        if not self.cycles:
            return dict(self.schedule_args)
        total, climb = steps + 1, self.schedule_args.get("pct_start", 0.3)
        no_way_up = climb * total == 1  # the peak is step 0, and PyTorch divides by the steps up to it
        return {**self.schedule_args, "total_steps": total + no_way_up}

    def model(self, make: Callable[..., nn.Module], *, seed: int) -> nn.Module:
        """A new network; its weights follow from the seed and are the same on every device."""
        with seeded(seed):
            return make(**self.model_args)

    def learner(
        self,
        model: nn.Module,
        *,
        steps: int,
        device: torch.device,
        bfloat16: bool = False,
        compiled: bool = False,
        processes: Processes = ALONE,
    ) -> TorchLearner:
        """What trains the network in PyTorch."""
        model = place(model, device)
        optimizer = self.optimizer(model.parameters(), **self.optimizer_args)
        schedule = None if self.schedule is None else self.schedule(optimizer, **self.all_schedule_args(steps))
        return TorchLearner(
            model,
            optimizer,
            **{"batch_schedule" if self.cycles else "schedule": schedule},
            loss=partial(cross_entropy, label_smoothing=self.label_smoothing),
            bfloat16=bfloat16,
            compiled=compiled,
            processes=processes,
        )


def place(model: nn.Module, device: torch.device) -> nn.Module:
    """On the device, the weights of convolutions stored channels last, the faster layout for them on a CPU."""
    return model.to(device, memory_format=torch.channels_last)


FASHION_MLP = {
    "notes": Recipe(10, 64, Adam, {"lr": 1e-3}),
    "fast": Recipe(6, 256, Adam, {"lr": 4e-3}, OneCycleLR, {"max_lr": 4e-3, "cycle_momentum": False}),
}
CIFAR_CNN = {
    "notes": Recipe(
        30,
        64,
        SGD,
        {"lr": 0.01, "momentum": 0.9, "weight_decay": 5e-4},
        StepLR,
        {"step_size": 30, "gamma": 0.1},
        augmented=True,
        mirrored=True,
        averaged=0.998,
    ),
    "fast": Recipe(
        18,
        128,
        SGD,
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True},
        OneCycleLR,
        {"max_lr": 0.1, "pct_start": 0.25, "cycle_momentum": False},
        model_args={"dropout": 0.1},
        augmented=True,
        label_smoothing=0.1,
        mirrored=True,
    ),
}
