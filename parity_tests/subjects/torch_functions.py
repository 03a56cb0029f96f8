"""Subjects of PyTorch that are no modules: losses, optimisers, schedules and initialisers."""

from __future__ import annotations

import numpy as np
import torch

from parity_tests.layout import Layout
from parity_tests.pair import Arrays, Case, Pair
from parity_tests.subjects.torch import to_array, to_tensor


class TorchLoss:
    """`theirs(torch, case)` gives a function (Y_hat, Y) -> loss of tensors."""

    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        self.loss = pair.theirs(torch, case)

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        return self.loss(to_tensor(Y_hat), to_tensor(Y)).item()

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        leaf = to_tensor(Y_hat).requires_grad_()
        self.loss(leaf, to_tensor(Y)).backward()
        return to_array(leaf.grad)


class TorchOptimizer:
    """`theirs(torch, case)` gives a function of a list of tensors that makes the optimiser."""

    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        self.make = pair.theirs(torch, case)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self.tensors = {name: torch.nn.Parameter(torch.tensor(array)) for name, array in parameters.items()}
        self.optimizer = self.make(list(self.tensors.values()))

    def step(self, gradients: Arrays, lr: float) -> None:
        for name, tensor in self.tensors.items():
            tensor.grad = torch.tensor(gradients[name])
        for settings in self.optimizer.param_groups:
            settings["lr"] = lr
        self.optimizer.step()

    def parameters(self) -> dict[str, np.ndarray]:
        return {name: tensor.detach().numpy().copy() for name, tensor in self.tensors.items()}


class TorchSchedule:
    """`theirs(torch, case)` gives a function of an optimiser that makes the scheduler, stepped once an epoch."""

    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        self.optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=case["lr"])
        self.scheduler = pair.theirs(torch, case)(self.optimizer)

    def rates(self, epochs: int) -> list[float]:
        rates = []
        for _ in range(epochs):
            rates.append(self.optimizer.param_groups[0]["lr"])
            self.optimizer.step()
            self.scheduler.step()
        return rates


DENSE, CONVOLUTION = Layout("m d -> d m"), Layout("m c i j -> i j c m")


class TorchInitializer:
    """`theirs(torch, case)` gives a function that fills a weight tensor (and, with a bias, a layer) in place."""

    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        self.case, self.fill = case, pair.theirs(torch, case)

    def draws(self, shape: tuple[int, ...], seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        layer = self._layer(shape)
        layout = DENSE if len(shape) == 2 else CONVOLUTION
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.fill(layer)
            torch.manual_seed(seed)
            weight, bias = (self._standard(tensor) for tensor in (layer.weight, layer.bias))
        drawn = {"weight": tuple(to_array(tensor, layout) for tensor in (layer.weight, weight))}
        if "bias" in self.case["parts"]:
            drawn["bias"] = tuple(tensor.detach().numpy()[None] for tensor in (layer.bias, bias))
        return drawn

    def _layer(self, shape: tuple[int, ...]) -> torch.nn.Module:
        if len(shape) == 2:
            return torch.nn.Linear(*shape, dtype=torch.float64)
        return torch.nn.Conv2d(shape[2], shape[3], shape[:2], dtype=torch.float64)

    def _standard(self, like: torch.Tensor) -> torch.Tensor:
        """The standard draw of the case's kind, from PyTorch's generator as it stands."""
        tensor = torch.ones_like(like)
        kinds = {"ones": lambda t: t, "normal": lambda t: t.normal_(0, 1), "uniform": lambda t: t.uniform_(-1, 1)}
        return kinds[self.case["kind"]](tensor)
