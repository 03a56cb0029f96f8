"""A network twice, ours and PyTorch's, of any batch and image size, with equal weights, optimisers and examples.

CifarCNN takes images of 32 x 32 pixels. For other sizes its twin here gets another first dense layer; ours reads the
number of features off its input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor, nn, optim
from torch.optim import Optimizer

from benchmarks.torch_side import carry_over
from parity_tests.layout import Weight
from parity_tests.pairs.networks import CIFAR_CNN, FASHION_MLP, behind_flatten
from scratch_nn import SGD, Adam, NeuralNetwork, cifar_cnn, fashion_mlp, one_hot
from torch_models import CifarCNN, FashionMLP, recipes

SEED = 0
N_CLASSES = 10
DROPOUT = 0.5
RECIPE = recipes.CIFAR_CNN["notes"].optimizer_args
BEHIND_FLATTEN = 13  # the place of the CNN's first dense layer
HALVINGS = 2**3  # a block halves the sides of an image, and there are three


@dataclass(frozen=True)
class Twins:
    """`ours` and `theirs` are made from the probability of dropout, with an optimiser each."""

    shape: tuple[int, ...]
    ours: Callable[[float], NeuralNetwork]
    theirs: Callable[[float], nn.Module]
    optimizer: Callable[[Iterable[nn.Parameter]], Optimizer]
    weights: tuple[Weight, ...]
    state: tuple[Weight, ...] = ()

    def network(self, dtype: np.dtype, dropout: float = DROPOUT) -> NeuralNetwork:
        """Ours, built; the weights are the same every time."""
        network = self.ours(dropout)
        network.build(self.shape[1:], dtype)
        return network

    def module(self, dtype: np.dtype, dropout: float = DROPOUT) -> nn.Module:
        """PyTorch's, in training mode, with our weights."""
        network, module = self.network(dtype, dropout), self.theirs(dropout)
        if np.dtype(dtype) == np.float64:
            module.double()
        carry_over(self.weights, network.parameters, module)
        return module.train()

    def examples(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """A batch X and its labels."""
        rng = np.random.default_rng(SEED)
        X = rng.standard_normal(self.shape, dtype=np.float32)
        return X.astype(dtype), rng.integers(N_CLASSES, size=self.shape[0])

    def targets(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """The same batch X and its one-hot rows Y."""
        X, labels = self.examples(dtype)
        return X, one_hot(labels, N_CLASSES).astype(dtype)


class CifarCNNOfSize(CifarCNN):
    """CifarCNN for images of `size` x `size` pixels."""

    def __init__(self, size: int, *, dropout: float) -> None:
        super().__init__(dropout=dropout)
        first = self.layers[BEHIND_FLATTEN]
        n_in = first.in_features * size**2 // CifarCNN.input_shape[1] ** 2
        self.layers[BEHIND_FLATTEN] = nn.Linear(n_in, first.out_features)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


def mlp_twins(batch: int) -> Twins:
    """FashionMNIST's, on flat images: a single channel has no other memory layout."""
    return Twins(
        (batch, 784),
        ours=lambda _: fashion_mlp(optimizer=Adam(1e-3), rng=np.random.default_rng(SEED)),
        theirs=lambda _: FashionMLP(),
        optimizer=lambda parameters: optim.Adam(parameters, lr=1e-3),
        weights=FASHION_MLP.weights,
    )


def cnn_twins(batch: int, size: int = 32) -> Twins:
    """CIFAR-10's. `size` is a multiple of 8."""
    side = size // HALVINGS
    of_size = behind_flatten(BEHIND_FLATTEN, side, side)
    changed = {entry.ours: entry for entry in of_size}
    return Twins(
        (batch, size, size, 3),
        ours=lambda dropout: cifar_cnn(optimizer=SGD(**RECIPE), rng=np.random.default_rng(SEED), dropout=dropout),
        theirs=lambda dropout: CifarCNNOfSize(size, dropout=dropout),
        optimizer=partial(optim.SGD, **RECIPE),
        weights=tuple(changed.get(entry.ours, entry) for entry in CIFAR_CNN.weights),
        state=CIFAR_CNN.state,
    )
