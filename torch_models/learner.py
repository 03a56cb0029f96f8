"""What the training loop trains: something that learns from a batch, answers, and can be put away and taken up again.

TorchLearner is one; parity_tests/scratch_learner.py makes another of a NumPy network. Both get the same batches in the
same order from the same loop, and both speak of their weights in PyTorch's names and layout.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor


class Learner(Protocol):
    device: torch.device

    @property
    def lr(self) -> float:
        """The learning rate of the next batch."""

    def learn(self, inputs: Tensor, labels: Tensor) -> tuple[float, Tensor]:
        """One step of the optimiser on a batch; (its loss, its logits (N, C)), both from before the step.

        A loss that is not a finite number is returned without a step.
        """

    def end_epoch(self) -> None:
        """What follows an epoch: a step of the schedule."""

    def logits(self, inputs: Tensor) -> Tensor:
        """(N, C) in evaluation mode; nothing changes."""

    def weights(self) -> dict[str, Tensor]:
        """A copy, on the CPU, of parameters and running statistics, as PyTorch names them and lays them out."""

    def load_weights(self, weights: Mapping[str, Tensor]) -> None: ...

    def state_dict(self) -> dict[str, Any]:
        """All that learning changes: numbers, tensors, lists and dicts only."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...
