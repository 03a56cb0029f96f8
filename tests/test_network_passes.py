"""NeuralNetwork: backward, update, and evaluation that touches nothing."""

import copy
import math

import numpy as np
import pytest

from scratch_nn import L2, SGD, Exponential, FullyConnected, NeuralNetwork, SoftmaxCrossEntropy, Tanh, one_hot
from small_networks import assert_same_arrays, dense_network, everything, examples, generator, image_network, images

# ---- backward and update


def numerical(network, X, Y, name, i, h=1e-6):
    """dL/dθ_i of the whole network in training mode, with the same masks each time."""
    losses = []
    for step in (h, -h):
        moved = copy.deepcopy(network)
        array = moved.parameters[name].copy()
        array[i] += step
        moved.assign({name: array})
        losses.append(moved.loss.forward(Y, moved.forward(X, training=True)))
    return (losses[0] - losses[1]) / (2 * h)


def test_backward_gives_the_gradient_of_the_loss_for_every_parameter():
    network, (X, Y) = image_network(), images()
    network.build(X.shape[1:])
    before = copy.deepcopy(network)
    out = network.forward(X, training=True)
    assert network.backward(Y, out) == pytest.approx(network.loss.forward(Y, out), abs=0)
    assert list(network.gradients) == list(network.parameters)
    rng = generator(2)
    for name, gradient in network.gradients.items():
        for _ in range(4):
            i = tuple(rng.integers(gradient.shape))
            assert gradient[i] == pytest.approx(numerical(before, X, Y, name, i), abs=1e-8), (name, i)


def test_backward_reaches_through_the_last_layers_activation():
    network, (X, Y) = dense_network(), examples()
    network = NeuralNetwork([FullyConnected(3, activation=Tanh())], L2(), SGD(0.1), rng=generator())
    out = network.forward(X)
    network.backward(Y, out)
    np.testing.assert_allclose(network.gradients["layers.0.W"], X.T @ (2 * (out - Y) / out.size * (1 - out**2)))


def test_backward_overwrites_and_leaves_the_callers_arrays_alone():
    network, (X, Y) = image_network(), images()
    given = X.copy(), Y.copy()
    out = network.forward(X, training=True)
    kept = out.copy()
    network.backward(Y, out)
    first = copy.deepcopy(network.gradients)
    network.backward(Y, out)
    assert_same_arrays(first, network.gradients)
    for ours, theirs in zip((X, Y, out), (*given, kept), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_update_moves_every_parameter_by_its_gradient_and_puts_it_in_the_layer():
    network, (X, Y) = dense_network(optimizer=SGD(0.5)), examples()
    network.backward(Y, network.forward(X, training=True))
    before, gradients = dict(network.parameters), network.gradients
    network.update()
    assert list(before) == ["layers.0.W", "layers.0.b", "layers.1.W", "layers.1.b"]
    for name, array in before.items():
        np.testing.assert_array_equal(network.parameters[name], array - 0.5 * gradients[name])
    assert network.layers[1].parameters["b"] is network.parameters["layers.1.b"]


def test_momentum_is_each_parameters_own_also_in_layers_of_one_shape():
    X, Y = examples(D=3)
    layers = [FullyConnected(3, activation=Tanh()), FullyConnected(3)]
    network = NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1, momentum=0.9), rng=generator())
    network.build((3,))
    expected, velocity = dict(network.parameters), {}
    for _ in range(3):
        network.backward(Y, network.forward(X, training=True))
        for name, g in network.gradients.items():
            velocity[name] = 0.9 * velocity[name] + g if name in velocity else g
            expected[name] = expected[name] - 0.1 * velocity[name]
        network.update()
        for name, array in expected.items():
            np.testing.assert_allclose(network.parameters[name], array, rtol=1e-13, err_msg=name)


def test_update_takes_the_rate_of_the_epoch_it_is_told():
    network, (X, Y) = dense_network(optimizer=SGD(Exponential(0.1, 0.5))), examples()
    network.backward(Y, network.forward(X))
    before, g = network.parameters["layers.0.W"], network.gradients["layers.0.W"]
    network.update(epoch=2)
    np.testing.assert_array_equal(network.parameters["layers.0.W"], before - 0.1 * 0.5**2 * g)


def test_update_before_backward_is_refused():
    network = dense_network()
    network.build((4,))
    with pytest.raises(ValueError, match="Run forward and backward before the step"):
        network.update()


def test_assign_takes_all_or_nothing():
    network = dense_network()
    network.build((4,))
    before = dict(network.parameters)
    good = {"layers.0.W": np.ones((4, 5))}
    with pytest.raises(ValueError, match=r"layers\.1\.b of shape \(1, 3\), got layers\.1\.b of shape \(3,\)"):
        network.assign(good | {"layers.1.b": np.ones(3)})
    with pytest.raises(ValueError, match=r"a name among \['layers\.0\.W', .* got layers\.7\.W"):
        network.assign(good | {"layers.7.W": np.ones(3)})
    assert_same_arrays(before, network.parameters)
    network.assign(good)
    np.testing.assert_array_equal(network.layers[0].parameters["W"], 1)


# ---- evaluation


def test_predict_is_in_evaluation_mode_and_touches_nothing():
    network, (X, Y) = image_network(), images()
    network.backward(Y, network.forward(X, training=True))
    network.update()
    before, rng = everything(network), copy.deepcopy(network.rng.bit_generator.state)
    Y_hat, loss = network.predict(X, Y)
    network.test(X, Y, batch_size=3)
    for ours, theirs in zip(everything(network), before, strict=True):
        assert_same_arrays(ours, theirs)
    assert network.rng.bit_generator.state == rng
    assert loss == network.loss.forward(Y, Y_hat)
    np.testing.assert_array_equal(Y_hat, network.forward(X, training=False))
    assert not np.allclose(Y_hat, network.forward(X, training=True))


def test_error_is_the_share_of_rows_with_another_largest_entry():
    Y = one_hot([0, 1, 2, 1], 3)
    out = np.array([[5, 1, 1], [0, 0, 9], [1, 2, 3], [-3, -1, -2.0]])
    assert NeuralNetwork.error(Y, out) == 0.25
    out[0, 1] = np.nan
    assert NeuralNetwork.error(Y, out) == 0.5
    assert math.isnan(NeuralNetwork.error(Y[:, :1], out[:, :1]))
    assert math.isnan(NeuralNetwork.error(np.ones((1, 1)), np.ones((1, 1))))
    with pytest.raises(ValueError, match=r"target and out of one shape \(N, C\), got \(4,\) and \(4, 3\)"):
        NeuralNetwork.error(np.array([0, 1, 2, 1]), out)
    with pytest.raises(ValueError, match=r"target and out of one shape \(N, C\), got \(0, 3\) and \(0, 3\)"):
        NeuralNetwork.error(Y[:0], out[:0])


@pytest.mark.parametrize("batch_size", [None, 1, 5, 8, 100])
def test_the_batch_size_of_a_test_changes_nothing(batch_size):
    network, (X, Y) = image_network(), images()
    network.train(X, Y, epochs=2)
    Y_hat, loss = network.predict(X, Y)
    assert network.test(X, Y, batch_size=batch_size) == pytest.approx((loss, network.error(Y, Y_hat)), rel=1e-12)
