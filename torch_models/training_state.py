"""All that a training run has to remember between two epochs, to go on as if it had never stopped.

    learner      the weights of now, the optimiser's moments, how many steps the schedules have taken
    best weights those of the best epoch so far
    generator    from which each coming epoch draws its seeds
    history      one row for each epoch that is done

The best epoch is the first one with the highest accuracy on the validation examples, or with the lowest loss if that is
to choose; where there are none, the last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from torch_models.learner import Learner
from torch_models.training import Row

CHOSEN_BY = "validation_accuracy"


def best_row(history: Sequence[Mapping[str, float]], chosen_by: str = CHOSEN_BY) -> Mapping[str, float]:
    """The row of the best epoch."""
    if chosen_by not in history[-1]:
        return history[-1]
    best = min if chosen_by.endswith("loss") else max
    return best(history, key=lambda row: row[chosen_by])


@dataclass(eq=False)
class TrainingState:
    """The objects that training changes, and what came of them so far.

    `chosen_by` is the column that tells the best epoch: validation_accuracy, or validation_loss, which is finer where
    there are few validation examples.
    """

    learner: Learner
    generator: torch.Generator
    history: list[Row] = field(default_factory=list)
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    chosen_by: str = CHOSEN_BY

    @property
    def epochs_done(self) -> int:
        return len(self.history)

    @property
    def best_epoch(self) -> int:
        return self.best_row["epoch"]

    @property
    def best_row(self) -> Row:
        return best_row(self.history, self.chosen_by)

    def record(self, row: Row) -> None:
        """An epoch is done; if it is the best so far, its weights are kept."""
        self.history.append(row)
        if self.best_row is row:
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
        """Put everything back, into a learner that was made like the one whose state it is."""
        self.learner.load_state_dict(state["learner"])
        self.generator.set_state(state["generator"])
        self.history = list(state["history"])
        self.best_weights = dict(state["best_weights"])
