"""What a layer refuses: other layers as its activation."""

import numpy as np
import pytest

import scratch_nn as snn
from scratch_nn.activations import Activation
from small_networks import generator

# ---- activation=


class Cube(Activation):
    def forward(self, X, *, training=False):
        self._enter(X)
        self._X = X
        return X**3

    def backward(self, dLdY):
        return 3 * self._X**2 * dLdY


WITH_ACTIVATION = [
    lambda activation: snn.FullyConnected(2, activation=activation),
    lambda activation: snn.Conv2D(2, 3, activation=activation),
]
OTHER_LAYERS = [
    snn.FullyConnected(5),
    snn.Conv2D(2, 3),
    snn.BatchNorm(),
    snn.Dropout(0.5),
    snn.Pool2D(2),
    snn.Flatten(),
]


@pytest.mark.parametrize("make", WITH_ACTIVATION)
@pytest.mark.parametrize("other", OTHER_LAYERS, ids=lambda layer: layer.name)
def test_another_layer_is_no_activation_for_its_parameters_would_never_learn(make, other):
    message = rf"expected activation to be an object such as ReLU\(\), got {other.name}\(.*Put it next in the network"
    with pytest.raises(TypeError, match=message):
        make(other)


def test_an_activation_of_ones_own_is_taken():
    layer, X = snn.FullyConnected(2, activation=Cube()), generator().uniform(1, 2, (3, 4))
    assert snn.gradient_check(layer, X, rng=generator()).keys() == {"X", "W", "b"}
