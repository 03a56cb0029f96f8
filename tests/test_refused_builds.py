"""What a build or a forward that is refused leaves behind: everything as it was, for the next one to succeed."""

import copy

import numpy as np
import pytest

from scratch_nn import L2, SGD, BatchNorm, Conv2D, Dropout, Flatten, FullyConnected, Linear, NeuralNetwork, ReLU
from small_networks import assert_same_arrays, dense_network, everything, examples, generator

# ---- one layer


@pytest.mark.parametrize("refused", [(2, 3, 4), (2, 5), (2, 0)], ids=["an image", "other features", "no features"])
def test_what_was_set_before_the_first_forward_stays_when_that_is_refused(refused):
    layer, W = FullyConnected(2), generator().standard_normal((3, 2))
    layer.parameters["W"] = W
    with pytest.raises(ValueError, match="FullyConnected: expected"):
        layer.forward(np.ones(refused))
    assert (layer.parameters, layer.state) == ({"W": W}, {})
    X = generator(1).standard_normal((4, 3))
    np.testing.assert_array_equal(layer.forward(X), X @ W)


def test_running_statistics_that_were_set_stay_too():
    layer, mean = BatchNorm(), np.full((1, 3), 2.0)
    layer.state["running_mean"] = mean
    with pytest.raises(ValueError, match="BatchNorm: expected X of shape"):
        layer.forward(np.ones((2, 3, 4)))
    np.testing.assert_allclose(layer.forward(np.full((2, 3), 2.0)), 0)


def test_a_built_layer_that_refuses_another_build_works_on():
    layer, X = FullyConnected(2), generator(1).standard_normal((4, 3))
    Y = layer.forward(X)
    before = dict(layer.parameters)
    with pytest.raises(ValueError, match="FullyConnected: expected X of shape"):
        layer.build((3, 4), generator())
    assert_same_arrays(layer.parameters, before)
    layer.backward(np.ones_like(Y))
    np.testing.assert_array_equal(layer.forward(X), Y)


def test_half_of_the_parameters_are_none():
    class HalfMade(FullyConnected):
        def create(self, input_shape, rng):
            super().create(input_shape, rng)
            if input_shape == (3,):
                raise ValueError("three is too few")

    layer = HalfMade(2)
    with pytest.raises(ValueError, match="three is too few"):
        layer.forward(np.ones((4, 3)))
    assert layer.parameters == {}
    assert layer.forward(np.ones((4, 5))).shape == (4, 2)


@pytest.mark.parametrize("shape", [(-3,), (3.0,), 3, "3", (3, None)], ids=repr)
def test_what_is_no_shape_is_refused_by_name(shape):
    for one, who in ((FullyConnected(2), "FullyConnected"), (dense_network(), "NeuralNetwork")):
        arguments = (shape, generator()) if who == "FullyConnected" else (shape,)
        with pytest.raises(ValueError, match=f"{who}: expected input_shape to be a tuple of sizes, got .* For example"):
            one.build(*arguments)


@pytest.mark.parametrize("dtype", [int, np.float16, complex], ids=["int", "float16", "complex"])
def test_a_layer_is_kept_in_floats_of_32_or_64_bits(dtype):
    with pytest.raises(TypeError, match="FullyConnected: expected dtype float32 or float64, got"):
        FullyConnected(2).build((3,), generator(), dtype=dtype)


# ---- a later forward


REFUSED_LATER = {
    "one value per channel": (BatchNorm, lambda layer: np.ones((1, 3)), {"training": True}),
    "other channels": (BatchNorm, lambda layer: np.ones((2, 4)), {}),
    "another type": (lambda: FullyConnected(2), lambda layer: np.ones((2, 3), int), {}),
    "weights of another shape": (lambda: FullyConnected(2), lambda layer: spoiled(layer, "W"), {}),
}


def spoiled(layer, key):
    layer.parameters = layer.parameters | {key: np.ones((7, 7))}
    return np.ones((6, 3))


@pytest.mark.parametrize("name", REFUSED_LATER)
def test_backward_of_the_pass_before_is_not_disturbed(name):
    make, refused, how = REFUSED_LATER[name]
    X, layers = generator(1).standard_normal((4, 3)), (make(), make())
    for layer in layers:
        layer.build((3,), generator())
        dLdY = generator(2).standard_normal(layer.forward(X, training=True).shape)
    disturbed, alone = layers
    parameters = disturbed.parameters
    with pytest.raises((ValueError, TypeError), match=f"{disturbed.name}: expected"):
        disturbed.forward(refused(disturbed), **how)
    disturbed.parameters = parameters
    np.testing.assert_array_equal(disturbed.backward(dLdY), alone.backward(dLdY))
    assert_same_arrays(disturbed.gradients, alone.gradients)


def test_backward_after_nothing_but_a_refusal_says_that_forward_is_missing():
    layer = BatchNorm()
    with pytest.raises(ValueError, match="more than one value per channel"):
        layer.forward(np.ones((1, 3)), training=True)
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        layer.backward(np.ones((1, 3)))


# ---- a network


def image_network():
    """Wants images of at least 5 x 5 pixels, which only its third layer says."""
    layers = [Conv2D(2, 3), ReLU(), Conv2D(2, 5, pad="valid"), Flatten(), FullyConnected(3)]
    return NeuralNetwork(layers, L2(), SGD(0.1), rng=generator())


def test_a_network_that_refuses_its_first_images_takes_others():
    network = image_network()
    with pytest.raises(ValueError, match=r"^layers\.2 Conv2D: expected X"):
        network.forward(np.ones((2, 4, 4, 1)))
    assert (network.input_shape, network.parameters, network.state) == (None, {}, {})
    assert network.forward(np.ones((2, 8, 8, 3))).shape == (2, 3)


def test_weights_set_before_survive_the_refusal():
    network, W = image_network(), generator(5).standard_normal((3, 3, 3, 2))
    network.layers[0].parameters["W"] = W
    with pytest.raises(ValueError, match=r"^layers\.2 Conv2D"):
        network.forward(np.ones((2, 4, 4, 3)))
    network.forward(np.ones((2, 8, 8, 3)))
    assert network.parameters["layers.0.W"] is W


@pytest.mark.parametrize("shape", [(2, 5), (0, 5)], ids=["other features", "no rows"])
def test_a_refusal_of_the_pass_behind_the_build_undoes_the_build(shape):
    network, W = dense_network(), generator(5).standard_normal((4, 5))
    network.layers[0].parameters["W"] = W
    with pytest.raises(ValueError, match=r"^layers\.0 FullyConnected: expected"):
        network.forward(np.ones(shape))
    assert network.input_shape is None
    network.forward(examples()[0])
    assert network.parameters["layers.0.W"] is W


def test_the_optimizer_stays_with_the_network_it_serves():
    optimizer, (X, Y) = SGD(0.1, momentum=0.9), examples()
    first, second = dense_network(optimizer=optimizer), dense_network(optimizer=optimizer)
    first.train(X, Y, epochs=2)
    second.layers[0].parameters["W"] = np.ones((7, 5))
    with pytest.raises(ValueError, match=r"parameters\['W'\] of shape"):
        second.forward(X)
    assert optimizer.steps == 2
    first.train(X, Y, epochs=1)


def test_a_built_network_that_refuses_another_build_trains_on():
    (X, Y), network = examples(), dense_network(optimizer=SGD(0.1, momentum=0.9))
    network.layers.insert(1, Dropout(0.5))
    network.train(X, Y, epochs=2)
    twin, before = copy.deepcopy(network), everything(network)
    network.layers.append(Linear())  # built with the others, before the last of them refuses
    network.layers.append(Conv2D(1, 1))
    with pytest.raises(ValueError, match=r"^layers\.4 Conv2D"):
        network.build((6,))
    del network.layers[3:]
    assert (network.input_shape, network.epoch, network.optimizer.steps) == ((4,), 2, 2)
    for ours, theirs in zip(everything(network), before, strict=True):
        assert_same_arrays(ours, theirs)
    network.rng.bit_generator.state = twin.rng.bit_generator.state
    assert network.train(X, Y, epochs=1) == twin.train(X, Y, epochs=1)
