"""backward_parameters: the gradients of backward, without dLdX; and where a network uses it."""

import numpy as np
import pytest

from scratch_nn import (
    SGD,
    BatchNorm,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    NeuralNetwork,
    ReLU,
    SoftmaxCrossEntropy,
    Tanh,
)
from scratch_nn.layer import Layer
from small_networks import assert_same_arrays, dense_network, examples, generator, image_network, images

LAYERS = [
    (lambda: FullyConnected(3, activation=Tanh()), (5, 4)),
    (lambda: Conv2D(3, 3, activation=ReLU()), (4, 6, 5, 2)),
    (lambda: Conv2D(3, 3, stride=2, pad=1), (4, 6, 5, 2)),
    (BatchNorm, (4, 6, 5, 2)),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_the_gradients_are_those_of_backward(make, shape):
    layer = make()
    Y = layer.forward(generator(1).standard_normal(shape), training=True)
    dLdY = generator(2).standard_normal(Y.shape)
    layer.backward(dLdY)
    expected = dict(layer.gradients)
    layer.gradients = {}
    for _ in range(2):  # nothing accumulates
        assert layer.backward_parameters(dLdY) is None
        assert_same_arrays(layer.gradients, expected)


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_it_refuses_what_backward_refuses(make, shape):
    layer = make()
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        layer.backward_parameters(np.ones(shape))
    Y = layer.forward(generator(1).standard_normal(shape))
    with pytest.raises(ValueError, match="dLdY has the shape of the output"):
        layer.backward_parameters(Y[:1])
    with pytest.raises(TypeError, match="Nothing promotes silently"):
        layer.backward_parameters(Y.astype(np.float32))


class Recorder:
    """Stands in the place of a layer and counts what comes back through it."""

    def __init__(self, layer):
        self.layer, self.gradients_seen = layer, []

    def __getattr__(self, name):
        return getattr(self.layer, name)

    def backward(self, dLdY):
        self.gradients_seen.append(self.layer.backward(dLdY))
        return self.gradients_seen[-1]


def flattened():
    layers = [Flatten(), Dropout(0), FullyConnected(4, activation=Tanh()), BatchNorm(), FullyConnected(3)]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1), rng=generator())


@pytest.mark.parametrize(
    ("make", "data"), [(dense_network, examples), (image_network, images), (flattened, images)], ids=str
)
def test_a_networks_gradients_do_not_depend_on_who_watches(make, data):
    X, Y = data()
    networks = make(), make()
    losses = []
    networks[1].build(X.shape[1:])
    networks[1].layers = [Recorder(layer) for layer in networks[1].layers]
    for network in networks:
        losses.append(network.backward(Y, network.forward(X, training=True)))
    assert losses[0] == losses[1]
    assert_same_arrays(networks[0].gradients, networks[1].gradients)
    assert [len(recorder.gradients_seen) for recorder in networks[1].layers] == [1] * len(networks[1].layers)
    assert networks[1].layers[0].gradients_seen[0].shape == X.shape


def test_one_watcher_anywhere_is_shown_its_gradient():
    (X, Y), network = images(), flattened()
    network.build(X.shape[1:])
    network.layers[0] = Recorder(network.layers[0])
    network.backward(Y, network.forward(X, training=True))
    assert network.layers[0].gradients_seen[0].shape == X.shape


def test_nothing_is_asked_of_the_layers_before_the_first_parameters(monkeypatch):
    (X, Y), network = images(), flattened()
    out = network.forward(X, training=True)
    monkeypatch.setattr(Flatten, "backward", None)
    network.backward(Y, out)
    assert list(network.gradients) == list(network.parameters)


def test_a_network_without_parameters_goes_back_to_the_start():
    network = NeuralNetwork([Tanh()], SoftmaxCrossEntropy(), SGD(0.1), rng=generator())
    X, Y = examples(D=3)
    assert network.backward(Y, network.forward(X)) > 0


def test_a_layer_that_writes_its_own_backward_is_not_passed_over():
    class Halved(FullyConnected):
        def backward(self, dLdY):
            dLdX = super().backward(dLdY)
            self.gradients["W"] = self.gradients["W"] / 2
            return dLdX

    class Quartered(Halved):
        """Inherits the backward above, and its short form with it."""

    (X, Y), gradients = examples(), []
    for layer in (FullyConnected(3), Halved(3), Quartered(3)):
        network = NeuralNetwork([layer], SoftmaxCrossEntropy(), SGD(0.1), rng=generator())
        network.backward(Y, network.forward(X))
        gradients.append(layer.gradients["W"])
    np.testing.assert_array_equal(gradients[1], gradients[0] / 2)
    np.testing.assert_array_equal(gradients[2], gradients[1])


@pytest.mark.parametrize("kind", [FullyConnected, Conv2D])
def test_the_short_form_beside_a_backward_is_kept(kind):
    assert kind.backward_parameters is vars(kind)["backward_parameters"] is not Layer.backward_parameters
