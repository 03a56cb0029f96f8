"""A PyTorch model that learns: forward, loss, gradients, step.

    logits = model(images);  loss = cross_entropy(logits, labels)
    optimizer.zero_grad();  loss.backward();  optimizer.step()

`bfloat16` computes the forward pass by torch.autocast in 16 bits where that is safe, and keeps the weights in 32.
`compiled` lets torch.compile fuse the model first, which takes its time. Both change the last bits of the results.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from torch_models.evaluation import answers, device_of
from torch_models.processes import ALONE, Processes

Loss = Callable[[Tensor, Tensor], Tensor]
STATEFUL = ("model", "optimizer", "schedule", "batch_schedule")


class TorchLearner:
    """`schedule` steps once an epoch, `batch_schedule` once a batch. `loss` of (logits, labels) is what is descended.

    With several `processes` each learns from its own share of a batch, and all get the mean of their gradients.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        *,
        schedule: LRScheduler | None = None,
        batch_schedule: LRScheduler | None = None,
        loss: Loss = cross_entropy,
        bfloat16: bool = False,
        compiled: bool = False,
        processes: Processes = ALONE,
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self.schedule, self.batch_schedule, self.loss = schedule, batch_schedule, loss
        self.device, self.bfloat16 = device_of(model), bfloat16
        self.logits, self.processes = answers(model), processes
        shared = model if processes.count == 1 else DistributedDataParallel(model)
        self.trained = torch.compile(shared) if compiled else shared

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    def learn(self, inputs: Tensor, labels: Tensor) -> tuple[float, Tensor]:
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            logits = self.trained(inputs)
            loss = self.loss(logits, labels)
        value = loss.item()
        if math.isfinite(value):
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if self.batch_schedule is not None:
                self.batch_schedule.step()
        return value, logits.detach()

    def end_epoch(self) -> None:
        self.processes.spread(self.model.buffers())  # each batch norm counted its own share; the first's is kept
        if self.schedule is not None:
            self.schedule.step()

    def weights(self) -> dict[str, Tensor]:
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.model.state_dict().items()}

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        self.model.load_state_dict(weights)

    def state_dict(self) -> dict[str, Any]:
        parts = {name: getattr(self, name) for name in STATEFUL}
        return {name: part.state_dict() for name, part in parts.items() if part is not None}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put everything back, into a model, optimiser and schedule that were made like those whose state it is."""
        for name in STATEFUL:
            if getattr(self, name) is not None:
                getattr(self, name).load_state_dict(state[name])
