"""The networks that have a name."""

import numpy as np
import pytest

from scratch_nn import (
    SGD,
    BatchNorm,
    Conv2D,
    Dropout,
    FeedforwardNeuralNet,
    Flatten,
    FullyConnected,
    LogisticRegression,
    Pool2D,
    ReLU,
    SoftmaxCrossEntropy,
    Tanh,
    cifar_cnn,
    constant,
    fashion_mlp,
    one_hot,
)


def parts(seed=0):
    return {"optimizer": SGD(0.1), "rng": np.random.default_rng(seed)}


def count(network):
    return sum(array.size for array in network.parameters.values())


def test_logistic_regression_starts_from_zeros_with_the_loss_of_a_guess():
    X = np.random.default_rng(1).standard_normal((6, 4))
    network = LogisticRegression(5, **parts())
    Y_hat, loss = network.predict(X, one_hot(np.arange(6) % 5, 5))
    assert (Y_hat == 0).all()
    assert loss == pytest.approx(np.log(5))
    assert isinstance(network.loss, SoftmaxCrossEntropy)
    other = LogisticRegression(5, weight_init=constant(0.5), **parts())
    other.build((4,))
    assert (other.parameters["layers.0.W"] == 0.5).all()


@pytest.mark.parametrize("hidden", [7, np.int64(7), [7], (7, 6, 5), range(7, 4, -1), np.array([7, 6])], ids=str)
def test_a_feedforward_net_has_an_activation_behind_every_hidden_layer_and_none_at_the_end(hidden):
    network = FeedforwardNeuralNet(hidden, 3, activation=Tanh(), **parts())
    widths = [7] if np.ndim(hidden) == 0 else [*hidden]
    assert [layer.n_out for layer in network.layers] == [*widths, 3]
    assert [type(layer.activation).__name__ for layer in network.layers] == ["Tanh"] * len(widths) + ["Linear"]
    assert network.build((4,)) == (3,)
    W = network.parameters["layers.0.W"]
    bound = np.sqrt(6 / (4 + widths[0]))  # xavier_uniform
    assert 0.8 * bound < np.abs(W).max() <= bound
    assert isinstance(FeedforwardNeuralNet(hidden, 3, **parts()).layers[0].activation, ReLU)


@pytest.mark.parametrize("hidden", ["7", 7.0, [[7]], [7, None]], ids=repr)
def test_widths_are_integers(hidden):
    with pytest.raises(ValueError, match=r"FullyConnected: expected n_out to be an integer of at least 1, got"):
        FeedforwardNeuralNet(hidden, 3, **parts())


def test_fashion_mlp_is_the_network_of_the_notes():
    network = fashion_mlp(**parts())
    kinds = [Flatten, FullyConnected, ReLU, FullyConnected, ReLU, FullyConnected]
    assert [type(layer) for layer in network.layers] == kinds
    assert network.build((28, 28, 1)) == (10,)
    assert count(network) == 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10
    for name in ("layers.1.W", "layers.1.b"):  # torch_default draws the bias too
        assert 0.9 / 28 < np.abs(network.parameters[name]).max() <= 1 / 28
    flat, images = fashion_mlp(**parts()), np.random.default_rng(1).random((2, 28, 28, 1))
    np.testing.assert_array_equal(flat.forward(images.reshape(2, 784)), network.forward(images))


def test_cifar_cnn_is_the_network_of_the_notes():
    network = cifar_cnn(**parts())
    block = [Conv2D, BatchNorm, ReLU, Pool2D]
    head = [Flatten, FullyConnected, ReLU, Dropout, FullyConnected, ReLU, FullyConnected]
    assert [type(layer) for layer in network.layers] == block * 3 + head
    assert network.build((32, 32, 3), np.float32) == (10,)
    shapes = {name: array.shape for name, array in network.parameters.items() if name.endswith(".W")}
    assert shapes == {
        "layers.0.W": (3, 3, 3, 32),
        "layers.4.W": (3, 3, 32, 64),
        "layers.8.W": (3, 3, 64, 128),
        "layers.13.W": (2048, 256),
        "layers.16.W": (256, 128),
        "layers.18.W": (128, 10),
    }
    assert count(network) == 652_426
    assert len(network.state) == 9
    assert network.layers[15].p == 0.5
    assert cifar_cnn(dropout=0.1, **parts()).layers[15].p == 0.1
    X = np.random.default_rng(1).random((2, 32, 32, 3), np.float32)
    (row,) = network.train(X, one_hot([3, 8], 10), epochs=1)
    assert row["train_loss"] == pytest.approx(np.log(10), abs=0.5)
    assert network.forward(X).dtype == np.float32


def test_equal_seeds_give_equal_networks_and_others_others():
    first, again, other = (fashion_mlp(**parts(seed)) for seed in (3, 3, 4))
    for network in (first, again, other):
        network.build((28, 28, 1))
    name = "layers.3.W"
    np.testing.assert_array_equal(first.parameters[name], again.parameters[name])
    assert not np.array_equal(first.parameters[name], other.parameters[name])
