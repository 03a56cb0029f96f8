"""A learner that is judged by the running average of its weights, not by their current, noisy values.

    θ      the weights that learn, as ever: they are not touched
    θ̄      θ̄ = θ̄ + s (θ - θ̄) after every EVERY steps; s = 1 - decay^EVERY, larger in the beginning (below)
    answers, weights, predictions are θ̄'s, its running statistics averaged with it

At a rate that does not fall, each step throws the weights about; their average over the last 1 / (1 - decay) steps does
without most of that noise. The k-th average takes the share s = max(1 - decay^EVERY, 10 / (9 + k)), so the first is θ
itself and what was learnt first is soon forgotten. torch.optim.swa_utils.AveragedModel does this to a model, after
every step; here it is done to any Learner, so also to one in NumPy. Source: Polyak and Juditsky 1992.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from torch_models.learner import Learner
from torch_models.processes import ALONE, Processes

EVERY = 8  # steps; to fetch the weights takes a while, and eight steps change them little


class AveragedLearner:
    """`learner`, judged by the average of its weights; `decay` is what a step leaves of an older one, below 1."""

    def __init__(self, learner: Learner, decay: float, *, processes: Processes = ALONE) -> None:
        if not 0 < decay < 1:
            raise ValueError(f"AveragedLearner: expected a decay between 0 and 1, got {decay!r}. 0.998 is usual")
        self.learner, self.decay, self.processes = learner, decay, processes
        self.device = learner.device
        self.average: dict[str, Tensor] = {}
        self.steps = self.averages = 0
        self.moving: dict[str, Tensor] | None = None  # the weights that learn, while the average stands in their place

    @property
    def lr(self) -> float:
        return self.learner.lr

    def learn(self, inputs: Tensor, labels: Tensor) -> tuple[float, Tensor]:
        self._put_back()
        loss, logits = self.learner.learn(inputs, labels)
        if math.isfinite(loss):
            self.steps += 1
            if self.steps % EVERY == 0:
                self._take_in()
        return loss, logits

    def end_epoch(self) -> None:
        self._put_back()
        self.learner.end_epoch()
        if not self.average:
            self._take_in()
        if self.processes.count > 1:  # each averaged the statistics of its own share; the first's are kept
            shared = {name: tensor.to(self.device) for name, tensor in self.average.items()}
            self.processes.spread(shared.values())
            self.average = {name: tensor.cpu() for name, tensor in shared.items()}

    def logits(self, inputs: Tensor) -> Tensor:
        if self.average and self.moving is None:
            self.moving = self.learner.weights()
            self.learner.load_weights(self.average)
        return self.learner.logits(inputs)

    def weights(self) -> dict[str, Tensor]:
        if not self.average:
            return self.learner.weights()
        return copies(self.average)

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """They learn on, and are the average too."""
        self.learner.load_weights(weights)
        self.average, self.moving = copies(weights), None

    def state_dict(self) -> dict[str, Any]:
        self._put_back()
        counts = {"steps": self.steps, "averages": self.averages}
        return {"learner": self.learner.state_dict(), "average": copies(self.average), **counts}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.learner.load_state_dict(state["learner"])
        self.average, self.moving = copies(state["average"]), None
        self.steps, self.averages = state["steps"], state["averages"]

    def _put_back(self) -> None:
        """The weights that learn, in their place again."""
        if self.moving is not None:
            self.learner.load_weights(self.moving)
            self.moving = None

    def _take_in(self) -> None:
        weights = self.learner.weights()
        self.averages += 1
        share = max(1 - self.decay**EVERY, 10 / (9 + self.averages))
        for name, tensor in weights.items():
            if name in self.average and tensor.is_floating_point():
                self.average[name] = torch.lerp(self.average[name], tensor, share)
            else:
                self.average[name] = tensor  # the first; and counts, which have no average


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in tensors.items()}
