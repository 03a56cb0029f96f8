"""A training step's contestants: forward, loss, backward, update, on one batch of random images and classes.

The weights start equal, and before anything is timed both must give the same logits in evaluation mode. In training
their dropout masks differ, drawn by each library's own generator; that draw is part of the step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from benchmarks.contestant import OURS, Arrays, Contestant
from benchmarks.torch_side import MEMORY_FORMATS, carry_over, layouts_for, to_array, to_tensor
from scratch_nn import NeuralNetwork, one_hot

SEED = 0
N_CLASSES = 10

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]


def step_contestants(
    network: NeuralNetwork, module: nn.Module, make_optimizer: MakeOptimizer, shape: tuple[int, ...], pair: str
) -> list[Contestant]:
    """`shape` is that of the images, with the batch; `pair` names the weight map."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal(shape, dtype=np.float32)
    labels = rng.integers(N_CLASSES, size=shape[0])
    network.build(shape[1:], np.float32)
    carry_over(pair, network.parameters, module)
    Y = one_hot(labels, N_CLASSES).astype(np.float32)
    ours = Contestant(OURS, partial(our_step, network, X, Y), lambda: {"logits": network.forward(X)})
    return [ours] + [torch_network(name, module, make_optimizer, X, labels) for name in layouts_for(X)]


def our_step(network: NeuralNetwork, X: np.ndarray, Y: np.ndarray) -> float:
    out = network.forward(X, training=True)
    loss = network.backward(Y, out)
    network.update()
    return loss


def torch_network(
    name: str, module: nn.Module, make_optimizer: MakeOptimizer, X: np.ndarray, labels: np.ndarray
) -> Contestant:
    module = copy.deepcopy(module).train().to(memory_format=MEMORY_FORMATS[name])
    x, y = to_tensor(X, name), torch.tensor(labels)

    def answer() -> Arrays:
        with torch.no_grad():
            logits = module.eval()(x)
        module.train()
        return {"logits": to_array(logits)}

    return Contestant(name, partial(torch_step, module, make_optimizer(module.parameters()), x, y), answer)


def torch_step(module: nn.Module, optimizer: Optimizer, x: Tensor, labels: Tensor) -> float:
    optimizer.zero_grad()
    loss = cross_entropy(module(x), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
