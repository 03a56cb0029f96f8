"""Schedules: the learning rate of each epoch, counted from 0. `schedule(epoch) -> float`, set once an epoch.

    Constant      lr
    Exponential   lr gamma^epoch                                                torch: ExponentialLR
    Step          lr gamma^floor(epoch / step_size)                             torch: StepLR
    Cosine        eta_min + (lr - eta_min) (1 + cos(π epoch / T_max)) / 2       torch: CosineAnnealingLR

Closed forms; PyTorch multiplies the last rate by a factor and so differs in the last bits.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from scratch_nn.errors import complaint, positive_int


@dataclass(frozen=True)
class Schedule(ABC):
    """lr: the rate of epoch 0."""

    lr: float

    def __post_init__(self) -> None:
        if not self.lr >= 0:
            cure = "A negative rate would climb the loss."
            raise ValueError(complaint(type(self).__name__, "lr of at least 0", repr(self.lr), cure))

    def __call__(self, epoch: int) -> float:
        if epoch < 0:
            raise ValueError(complaint(type(self).__name__, "an epoch of at least 0", repr(epoch), "Count from 0."))
        return self.rate(epoch)

    @abstractmethod
    def rate(self, epoch: int) -> float:
        """The formula."""


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate for ever."""

    def rate(self, epoch: int) -> float:
        return self.lr


@dataclass(frozen=True)
class Exponential(Schedule):
    """gamma times smaller every epoch. torch.optim.lr_scheduler.ExponentialLR."""

    gamma: float

    def rate(self, epoch: int) -> float:
        return self.lr * self.gamma**epoch


@dataclass(frozen=True)
class Step(Schedule):
    """gamma times smaller every `step_size` epochs, level in between. torch.optim.lr_scheduler.StepLR."""

    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        positive_int("Step", "step_size", self.step_size)

    def rate(self, epoch: int) -> float:
        return self.lr * self.gamma ** (epoch // self.step_size)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from lr down to eta_min at epoch T_max, and up again after. CosineAnnealingLR."""

    T_max: int
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        positive_int("Cosine", "T_max", self.T_max)

    def rate(self, epoch: int) -> float:
        return self.eta_min + (self.lr - self.eta_min) * (1 + math.cos(math.pi * epoch / self.T_max)) / 2
