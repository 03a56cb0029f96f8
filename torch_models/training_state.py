"""All that a training run has to remember between two epochs, to go on as if it had never stopped.

    learner      the weights of now, the optimiser's moments, how many steps the schedules have taken
    best weights those of the best epoch so far
    generator    from which each coming epoch draws its seeds
    history      one row for each epoch that is done

The best epoch is the first one with the highest accuracy on the validation examples; where there are none, the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from torch_models.learner import Learner
from torch_models.training import Row


@dataclass(eq=False)
class TrainingState:
    """The objects that training changes, and what came of them so far."""

    learner: Learner
    generator: torch.Generator
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
            self.best_weights = self.learner.weights()

    def state_dict(self) -> dict[str, Any]:
        """Numbers, tensors, lists and dicts only: what torch.load reads with weights_only=True."""
        return {
            "learner": self.learner.state_dict(),
            "generator": self.generator.get_state(),
            "history": self.history,
            "best_weights": self.best_weights,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put everything back; the learner must have been made as that was which the state is of."""
        self.learner.load_state_dict(state["learner"])
        self.generator.set_state(state["generator"])
        self.history = list(state["history"])
        self.best_weights = dict(state["best_weights"])


def best_row(history: list[Row]) -> Row:
    if "validation_accuracy" not in history[-1]:
        return history[-1]
    return max(history, key=lambda row: row["validation_accuracy"])
