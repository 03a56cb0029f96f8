"""Networks that have a name, each a short list of layers that ends in logits, with SoftmaxCrossEntropy.

    LogisticRegression     fc C
    FeedforwardNeuralNet   fc h_1, f; ...; fc h_k, f; fc C
    fashion_mlp            flatten; fc 256, relu; fc 128, relu; fc 10           28 x 28 grey images, (N, 28, 28, 1)
    cifar_cnn              three blocks [conv 3x3, batch norm, relu, max pool 2] of 32, 64 and 128 channels; flatten;
                           fc 256, relu, dropout; fc 128, relu; fc 10           32 x 32 colour images, (N, 32, 32, 3)

The last two have one layer for each entry of the nn.Sequential in torch_models, and PyTorch's initial weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scratch_nn.activations import Activation, ReLU
from scratch_nn.batch_norm import BatchNorm
from scratch_nn.conv import Conv2D
from scratch_nn.dropout import Dropout
from scratch_nn.flatten import Flatten
from scratch_nn.fully_connected import FullyConnected
from scratch_nn.initializers import Initializer, torch_default, xavier_uniform, zeros
from scratch_nn.layer import Layer
from scratch_nn.losses import SoftmaxCrossEntropy
from scratch_nn.network import NeuralNetwork
from scratch_nn.optimizers import Optimizer
from scratch_nn.pool import Pool2D


class LogisticRegression(NeuralNetwork):
    """Multinomial logistic regression, from zeros: the loss has one minimum, so it needs no luck to start with.

    forward gives the logits Z = X W + b; the loss takes softmax(Z), the probabilities of the classes.
    """

    def __init__(
        self, n_classes: int, *, optimizer: Optimizer, rng: np.random.Generator, weight_init: Initializer = zeros
    ) -> None:
        layers = [FullyConnected(n_classes, weight_init=weight_init)]
        super().__init__(layers, SoftmaxCrossEntropy(), optimizer, rng=rng)


class FeedforwardNeuralNet(NeuralNetwork):
    """Hidden layers of the widths `hidden` (an int is one layer), each with its activation; then logits."""

    def __init__(
        self,
        hidden: int | Sequence[int],
        n_classes: int,
        *,
        activation: Activation = ReLU(),  # noqa: B008 (each layer copies what it is given)
        weight_init: Initializer = xavier_uniform,
        optimizer: Optimizer,
        rng: np.random.Generator,
    ) -> None:
        widths = hidden if np.ndim(hidden) else [hidden]
        layers = [FullyConnected(width, activation=activation, weight_init=weight_init) for width in widths]
        layers.append(FullyConnected(n_classes, weight_init=weight_init))
        super().__init__(layers, SoftmaxCrossEntropy(), optimizer, rng=rng)


def fashion_mlp(*, optimizer: Optimizer, rng: np.random.Generator) -> NeuralNetwork:
    """784 - 256 - 128 - 10 for FashionMNIST: (N, 28, 28, 1) or (N, 784) to logits. torch_models.FashionMLP."""
    layers = [Flatten(), _dense(256), ReLU(), _dense(128), ReLU(), _dense(10)]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), optimizer, rng=rng)


def cifar_cnn(*, optimizer: Optimizer, rng: np.random.Generator, dropout: float = 0.5) -> NeuralNetwork:
    """For CIFAR-10: (N, 32, 32, 3) to logits. `dropout` is the probability of dropping. torch_models.CifarCNN.

    Its Flatten has the features in the order (h, w, c), PyTorch's in (c, h, w): a weight map permutes the rows of
    layers.13.W.
    """
    layers = [layer for n_out in (32, 64, 128) for layer in _block(n_out)]
    layers += [Flatten(), _dense(256), ReLU(), Dropout(dropout), _dense(128), ReLU(), _dense(10)]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), optimizer, rng=rng)


def _block(n_out: int) -> list[Layer]:
    """(N, H, W, C) -> (N, H/2, W/2, n_out): the convolution keeps the size, the pooling halves it."""
    return [Conv2D(n_out, 3, pad="same", weight_init=torch_default), BatchNorm(), ReLU(), Pool2D(2)]


def _dense(n_out: int) -> FullyConnected:
    return FullyConnected(n_out, weight_init=torch_default)
