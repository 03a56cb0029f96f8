"""What is timed: float32, batches of 64, the layers of the two networks at the sizes they have there, and their steps.

A case is a name for --case, what it is, and a function that builds its contestants when its turn comes. To add one, add
it to CASES; another size is the same function with other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import nn, optim

from benchmarks.contestant import Case, Contestant
from benchmarks.layers import cross_entropy_contestants, layer_contestants
from benchmarks.steps import step_contestants
from scratch_nn import SGD, Adam, BatchNorm, Conv2D, FullyConnected, Pool2D, ReLU, cifar_cnn, fashion_mlp
from scratch_nn.layer import Layer
from torch_models import CifarCNN, FashionMLP

BATCH = 64
SEED = 0


def fully_connected(name: str, n_in: int, n_out: int, batch: int = BATCH) -> Case:
    ours, theirs = lambda: FullyConnected(n_out), lambda: nn.Linear(n_in, n_out)
    return _layer(name, f"FullyConnected({n_out})", (batch, n_in), ours, theirs, "FullyConnected")


def conv(name: str, n_in: int, n_out: int, size: int, batch: int = BATCH) -> Case:
    ours, theirs = lambda: Conv2D(n_out, 3), lambda: nn.Conv2d(n_in, n_out, 3, padding=1)
    return _layer(name, f"Conv2D({n_out}, 3)", (batch, size, size, n_in), ours, theirs, "Conv2D")


def batch_norm(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    shape = (batch, size, size, channels)
    return _layer(name, "BatchNorm()", shape, BatchNorm, lambda: nn.BatchNorm2d(channels), "BatchNorm")


def max_pool(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    return _layer(name, "Pool2D(2)", (batch, size, size, channels), lambda: Pool2D(2), lambda: nn.MaxPool2d(2))


def relu(name: str, channels: int, size: int, batch: int = BATCH) -> Case:
    return _layer(name, "ReLU()", (batch, size, size, channels), ReLU, nn.ReLU)


def _layer(
    name: str,
    what: str,
    shape: tuple[int, ...],
    ours: Callable[[], Layer],
    theirs: Callable[[], nn.Module],
    pair: str | None = None,
) -> Case:
    return Case(name, f"{what} of {shape}", lambda: layer_contestants(ours(), theirs(), shape, pair))


def softmax_cross_entropy(name: str, classes: int, batch: int = BATCH) -> Case:
    what = f"SoftmaxCrossEntropy() of {(batch, classes)}"
    return Case(name, what, lambda: cross_entropy_contestants(batch, classes))


def mlp_step(name: str, batch: int = BATCH) -> Case:
    shape = (batch, 784)  # flat: a single channel has no other memory layout

    def build() -> list[Contestant]:
        network = fashion_mlp(optimizer=Adam(1e-3), rng=np.random.default_rng(SEED))
        return step_contestants(network, FashionMLP(), lambda p: optim.Adam(p, lr=1e-3), shape, "fashion_mlp")

    return Case(name, f"fashion_mlp of {shape}, Adam", build)


def cnn_step(name: str, batch: int = BATCH) -> Case:
    shape, recipe = (batch, 32, 32, 3), {"lr": 0.01, "momentum": 0.9, "weight_decay": 5e-4}

    def build() -> list[Contestant]:
        network = cifar_cnn(optimizer=SGD(**recipe), rng=np.random.default_rng(SEED))
        return step_contestants(network, CifarCNN(), lambda p: optim.SGD(p, **recipe), shape, "cifar_cnn")

    return Case(name, f"cifar_cnn of {shape}, SGD", build)


CASES = (
    fully_connected("fully_connected", 2048, 256),
    conv("conv1", 3, 32, 32),
    conv("conv2", 32, 64, 16),
    conv("conv3", 64, 128, 8),
    batch_norm("batch_norm", 32, 32),
    max_pool("max_pool", 32, 32),
    relu("relu", 32, 32),
    softmax_cross_entropy("softmax_ce", 10),
    mlp_step("mlp_step"),
    cnn_step("cnn_step"),
)


def selected(cases: Sequence[Case], names: Sequence[str] | None) -> list[Case]:
    """The cases of these names (all of them for none). Raises ValueError, listing the known names, for another."""
    known = {case.name: case for case in cases}
    if unknown := [name for name in names or () if name not in known]:
        raise ValueError(f"no case is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [case for case in cases if not names or case.name in names]
