"""Whole networks: fashion_mlp beside FashionMLP, cifar_cnn beside CifarCNN, with the optimisers of their recipes."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

import numpy as np

from parity_tests import inputs
from parity_tests.layout import Layout, Weight
from parity_tests.pair import Case, Pair

RECIPE = {"lr": 0.01, "momentum": 0.9, "weight_decay": 5e-4}  # torch_models/recipes.py has it too, and needs PyTorch
ROW = Layout("m -> 1 m")
KINDS = {
    "dense": (("W", "weight", Layout("m d -> d m")), ("b", "bias", ROW)),
    "conv": (("W", "weight", Layout("m c i j -> i j c m")), ("b", "bias", ROW)),
    "norm": (("gamma", "weight", ROW), ("beta", "bias", ROW)),
}
STATE = (
    ("running_mean", "running_mean", ROW),
    ("running_var", "running_var", ROW),
    ("num_batches_tracked", "num_batches_tracked", Layout("->")),
)


def _entries(i: int, rows: Iterable[tuple[str, str, Layout]]) -> tuple[Weight, ...]:
    return tuple(Weight(f"layers.{i}.{ours}", f"layers.{i}.{theirs}", layout) for ours, theirs, layout in rows)


def behind_flatten(i: int, h: int, w: int) -> tuple[Weight, ...]:
    """The dense layer behind a flatten: its features stand in the order (c, h, w) there, (h, w, c) here."""
    permuted = Layout("m (c h w) -> (h w c) m", {"h": h, "w": w})
    return _entries(i, (("W", "weight", permuted), ("b", "bias", ROW)))


def _map(kinds: dict[int, str]) -> tuple[Weight, ...]:
    return tuple(entry for i, kind in kinds.items() for entry in _entries(i, KINDS[kind]))


def feedforward(n_layers: int) -> tuple[Weight, ...]:
    """The weight map of LogisticRegression (1 layer) and FeedforwardNeuralNet beside FeedforwardNet.

    Ours keeps a layer and its ReLU in one, the nn.Sequential one after the other: layers.i stands beside layers.(2 i).
    """
    return tuple(
        Weight(f"layers.{i}.{ours}", f"layers.{2 * i}.{theirs}", layout)
        for i in range(n_layers)
        for ours, theirs, layout in KINDS["dense"]
    )


def fashion(torch: ModuleType, case: Case):
    from torch_models import FashionMLP

    return FashionMLP(), lambda parameters: torch.optim.Adam(parameters, lr=1e-3)


def cifar(torch: ModuleType, case: Case):
    from torch_models import CifarCNN

    return CifarCNN(), lambda parameters: torch.optim.SGD(parameters, **RECIPE)


def _case(name: str, shape: tuple[int, ...], steps: int = 0, **more) -> Case:
    return Case(name, shape, {"classes": 10, "steps": steps}, **more)


RNG_OF_NOTHING = 0  # weights and masks are loaded; the generator only has to be there

FASHION_MLP = Pair(
    "fashion_mlp",
    "network",
    ours=lambda snn, case: snn.fashion_mlp(optimizer=snn.Adam(1e-3), rng=np.random.default_rng(RNG_OF_NOTHING)),
    theirs=fashion,
    weights=behind_flatten(1, 28, 28) + _map({3: "dense", 5: "dense"}),
    cases=(
        _case("digits", (6, 28, 28, 1), inputs=inputs.grainy_digits),
        _case("normal", (5, 28, 28, 1)),
        _case("one_image", (1, 28, 28, 1)),
        _case("lockstep", (16, 28, 28, 1), steps=20, inputs=inputs.grainy_digits),
    ),
)

# A convolution's bias in front of a batch norm shifts what the norm subtracts again: its gradient is exactly zero.
BIASES_BEFORE_NORM = tuple(f"backward.{i:02}.Conv2D.gradient.b" for i in (0, 4, 8))

CIFAR_CNN = Pair(
    "cifar_cnn",
    "network",
    ours=lambda snn, case: snn.cifar_cnn(optimizer=snn.SGD(**RECIPE), rng=np.random.default_rng(RNG_OF_NOTHING)),
    theirs=cifar,
    weights=_map({0: "conv", 1: "norm", 4: "conv", 5: "norm", 8: "conv", 9: "norm"})
    + behind_flatten(13, 4, 4)
    + _map({16: "dense", 18: "dense"}),
    state=tuple(entry for i in (1, 5, 9) for entry in _entries(i, STATE)),
    cases=(
        _case("digits", (4, 32, 32, 3), inputs=inputs.grainy_digits, vanishing=BIASES_BEFORE_NORM),
        _case("normal", (3, 32, 32, 3), vanishing=BIASES_BEFORE_NORM),
        _case("lockstep", (8, 32, 32, 3), steps=20, inputs=inputs.grainy_digits),
    ),
)

PAIRS = (FASHION_MLP, CIFAR_CNN)
