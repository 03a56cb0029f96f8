"""Small networks with everything in them, and examples for them."""

import copy

import numpy as np

from scratch_nn import (
    SGD,
    BatchNorm,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    NeuralNetwork,
    Pool2D,
    SoftmaxCrossEntropy,
    Tanh,
    one_hot,
)


def generator(seed=0):
    return np.random.default_rng(seed)


class Plain:
    """A network without a base class, a loss or a backward."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X


def dense_network(*, seed=0, optimizer=None, hidden=5, classes=3):
    layers = [FullyConnected(hidden, activation=Tanh()), FullyConnected(classes)]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), optimizer or SGD(0.1), rng=generator(seed))


def image_network(*, dropout=0.4, seed=0, optimizer=None):
    layers = [
        Conv2D(4, 3, activation=Tanh()),
        BatchNorm(),
        Pool2D(2, mode="average"),
        Flatten(),
        Dropout(dropout),
        FullyConnected(3),
    ]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), optimizer or SGD(0.1), rng=generator(seed))


def examples(N=12, D=4, classes=3, seed=1, dtype=np.float64):
    rng = generator(seed)
    return rng.standard_normal((N, D)).astype(dtype), one_hot(rng.integers(classes, size=N), classes, dtype)


def images(N=8, seed=1):
    rng = generator(seed)
    return rng.standard_normal((N, 6, 8, 2)), one_hot(rng.integers(3, size=N), 3)


def everything(network):
    return copy.deepcopy([network.parameters, network.gradients, network.state])


def assert_same_arrays(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name].dtype == theirs[name].dtype, name
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
