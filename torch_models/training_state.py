"""All that a training run has to remember between two epochs, to go on as if it had never stopped.

    weights      those of now, and those of the best epoch so far
    optimiser    its moments and learning rates
    schedules    how many steps they have taken
    generator    from which each coming epoch draws its one seed
    history      one row for each epoch that is done

The best epoch is the first one with the highest accuracy on the validation images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from torch_models.training import Row

STATEFUL = ("model", "optimizer", "schedule", "batch_schedule")


@dataclass(eq=False)
class TrainingState:
    """The objects that training changes, and what came of them so far."""

    model: nn.Module
    optimizer: Optimizer
    generator: torch.Generator
    schedule: LRScheduler | None = None
    batch_schedule: LRScheduler | None = None
    history: list[Row] = field(default_factory=list)
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    @property
    def epochs_done(self) -> int:
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        return best_row(self.history)["epoch"]

    def record(self, row: Row) -> None:
        """An epoch is done; if it is the best so far, its weights are kept."""
        self.history.append(row)
        if best_row(self.history) is row:
            self.best_weights = copy_of(self.model.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """Numbers, tensors, lists and dicts only: what torch.load reads with weights_only=True."""
        parts = {name: getattr(self, name) for name in STATEFUL}
        return {
            **{name: part.state_dict() for name, part in parts.items() if part is not None},
            "generator": self.generator.get_state(),
            "history": self.history,
            "best_weights": self.best_weights,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put everything back; the objects must have been made as those were that the state is of."""
        for name in STATEFUL:
            if getattr(self, name) is not None:
                getattr(self, name).load_state_dict(state[name])
        self.generator.set_state(state["generator"])
        self.history = list(state["history"])
        self.best_weights = dict(state["best_weights"])


def best_row(history: list[Row]) -> Row:
    return max(history, key=lambda row: row["validation_accuracy"])


def copy_of(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}
