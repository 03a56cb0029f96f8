"""Schedules: the learning rate of each epoch, counted from 0. `schedule(epoch) -> float`, set once an epoch.

    Constant      lr
    Exponential   lr gamma^epoch                                                torch: ExponentialLR
    Step          lr gamma^floor(epoch / step_size)                             torch: StepLR
    Cosine        eta_min + (lr - eta_min) (1 + cos(π epoch / T_max)) / 2       torch: CosineAnnealingLR
    OneCycle      half a cosine up to lr, another down to almost nothing        torch: OneCycleLR
                    a + (lr - a) (1 - cos(π k / top)) / 2                            k <= top
                    e + (lr - e) (1 + cos(π (k - top) / (last - top))) / 2           k > top
                      k the batch, last = total_steps - 1, top = pct_start total_steps - 1,
                      a = lr / div_factor, e = a / final_div_factor

OneCycle is meant to be set once a batch, and counts batches. All are closed forms. PyTorch's other schedules multiply
the last rate by a factor, and so differ from ours in the last bits.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from numbers import Real

from scratch_nn.errors import complaint, plain_float, positive_int


@dataclass(frozen=True)
class Schedule(ABC):
    """lr: the rate of epoch 0; of OneCycle, the highest.

    Raises TypeError for a rate or factor that is no number, ValueError for a negative lr or epoch.
    """

    lr: float

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type in ("float", float):
                number = plain_float(type(self).__name__, field.name, getattr(self, field.name))
                object.__setattr__(self, field.name, number)
        if not self.lr >= 0:
            cure = "A negative rate would climb the loss."
            raise ValueError(complaint(type(self).__name__, "lr of at least 0", repr(self.lr), cure))

    def __call__(self, epoch: int) -> float:
        if not (isinstance(epoch, Real) and epoch >= 0):
            raise ValueError(complaint(type(self).__name__, "an epoch of at least 0", repr(epoch), "Count from 0."))
        return float(self.rate(epoch))

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


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up from lr / div_factor to lr in the first `pct_start` of total_steps, then down to the start / final_div_factor.

    OneCycleLR(max_lr=lr, cycle_momentum=False). Raises ValueError beyond the last step; PyTorch a step later.
    Source: Smith and Topin 2017, with the cosines of fast.ai.
    """

    total_steps: int
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self) -> None:
        super().__post_init__()
        positive_int("OneCycle", "total_steps", self.total_steps)
        if not 0 <= self.pct_start <= 1:
            cure = "It is the share of the steps that climb."
            raise ValueError(complaint("OneCycle", "pct_start between 0 and 1", repr(self.pct_start), cure))
        if not (self.div_factor > 0 and self.final_div_factor > 0):
            got, cure = f"{self.div_factor} and {self.final_div_factor}", "They divide rates; PyTorch's are 25 and 1e4."
            raise ValueError(complaint("OneCycle", "div_factor and final_div_factor above 0", got, cure))

    def rate(self, epoch: int) -> float:
        start, top, last = self.lr / self.div_factor, self.pct_start * self.total_steps - 1, self.total_steps - 1
        if epoch > last:
            cure = "Give total_steps all the steps that are to come."
            raise ValueError(complaint("OneCycle", f"a step of at most {last}", repr(epoch), cure))
        if epoch <= top:
            return _half_cosine(start, self.lr, epoch / top if top > 0 else 1)
        return _half_cosine(self.lr, start / self.final_div_factor, (epoch - top) / (last - top))


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
