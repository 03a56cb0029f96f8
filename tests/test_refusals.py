"""What a layer refuses: other layers as its activation, inputs that hold nothing, what is no initialiser."""

import re

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
WITH_PARAMETERS = [snn.FullyConnected(5), snn.Conv2D(2, 3), snn.BatchNorm()]


@pytest.mark.parametrize("make", WITH_ACTIVATION)
@pytest.mark.parametrize("other", WITH_PARAMETERS, ids=lambda layer: layer.name)
def test_a_layer_with_parameters_is_no_activation(make, other):
    message = (
        rf"expected activation to be an object such as ReLU\(\), got {other.name}\(.*its parameters would never learn"
    )
    with pytest.raises(TypeError, match=message):
        make(other)


def test_an_activation_of_ones_own_is_taken():
    layer, X = snn.FullyConnected(2, activation=Cube()), generator().uniform(1, 2, (3, 4))
    assert snn.gradient_check(layer, X, rng=generator()).keys() == {"X", "W", "b"}


# ---- nothing to work on

INITIALIZERS = [snn.torch_default, snn.he_uniform, snn.he_normal, snn.xavier_uniform, snn.zeros]
ROWS = [snn.SoftMax(), snn.BatchNorm(), snn.ReLU(), *(snn.FullyConnected(3, weight_init=i) for i in INITIALIZERS)]
IMAGES = [snn.Conv2D(3, 3), snn.Pool2D(2), snn.BatchNorm(), snn.Flatten()]


@pytest.mark.parametrize(("layer", "shape"), [(a, (2, 0)) for a in ROWS] + [(a, (2, 4, 4, 0)) for a in IMAGES])
def test_an_input_without_features_or_channels_is_refused(layer, shape):
    expected = (
        rf"{layer.name}: expected X of shape \(N, \.\.\.\) with at least one feature or channel, got \(2, .*0\)\."
    )
    with pytest.raises(ValueError, match=expected):
        layer.forward(np.ones(shape), training=True)


def test_a_built_layer_refuses_it_too():
    layer = snn.SoftMax()
    layer.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"SoftMax: expected .* at least one feature or channel, got \(2, 0\)"):
        layer.forward(np.ones((2, 0)))


def test_a_network_says_in_which_layer():
    layers = [snn.Flatten(), snn.FullyConnected(3)]
    network = snn.NeuralNetwork(layers, snn.L2(), snn.SGD(0.1), rng=generator())
    with pytest.raises(ValueError, match=r"layers\.0 Flatten: expected .* at least one feature or channel"):
        network.build((0, 4))


@pytest.mark.parametrize(
    ("who", "call"),
    [
        ("im2col", lambda: snn.im2col(np.ones((2, 3, 3, 0)), 2)),
        ("im2col", lambda: snn.im2col(np.ones((0, 3, 3, 1)), 2)),
        ("col2im", lambda: snn.col2im(np.ones((0, 4)), (0, 3, 3, 1), 2)),
        ("col2im", lambda: snn.col2im(np.ones((8, 0)), (2, 3, 3, 0), 2)),
    ],
)
def test_columns_are_of_something(who, call):
    with pytest.raises(ValueError, match=f"{who}: expected at least one image, pixel and channel, got shape "):
        call()


@pytest.mark.parametrize("initializer", [a for a in INITIALIZERS if a is not snn.zeros] + [snn.xavier_normal])
@pytest.mark.parametrize("shape", [(0, 3), (-1, 3), (3,), 3, None])
def test_no_weights_have_no_fans(initializer, shape):
    with pytest.raises(ValueError, match=rf"fans: expected a shape \(n_in, n_out\) or .*, got {re.escape(str(shape))}"):
        initializer(shape, generator())


# ---- sizes in pixels

PAIR = r"to be an int or a pair of ints, each at least {}, got {}\. For example"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: snn.Conv2D(2, True), "Conv2D: expected kernel_shape " + PAIR.format(1, "True")),
        (lambda: snn.Conv2D(2, 3, stride=(1, True)), "Conv2D: expected stride " + PAIR.format(1, r"\(1, True\)")),
        (lambda: snn.Pool2D(2, pad=False), "Pool2D: expected pad " + PAIR.format(0, "False")),
        (
            lambda: snn.Conv2D(2, 3, pad=np.array([1, 1])),
            "Conv2D: expected pad " + PAIR.format(0, r"array\(\[1, 1\]\)"),
        ),
        (
            lambda: snn.im2col(np.ones((1, 3, 3, 1)), 2, pad=np.ones((2, 2), int)),
            "im2col: expected pad to be an int or",
        ),
        (
            lambda: snn.Conv2D(2, 3, pad="full"),
            r"expected pad to be \"same\" or \"valid\", got 'full'\. Or give an int",
        ),
    ],
)
def test_sizes_in_pixels_are_integers_or_pairs_of_them(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- weight_init=

WITH_WEIGHTS = [
    lambda init: snn.FullyConnected(3, weight_init=init),
    lambda init: snn.Conv2D(3, (1, 1), weight_init=init),
]


@pytest.mark.parametrize("make", WITH_WEIGHTS)
@pytest.mark.parametrize("init", ["zeros", snn.constant, snn.Constant(0.1), None, 0.1])
def test_what_is_no_initialiser_is_refused_at_once(make, init):
    message = r"expected weight_init\(shape, rng\), a function, got .*For example weight_init=he_uniform"
    with pytest.raises(TypeError, match=message):
        make(init)


@pytest.mark.parametrize("make", WITH_WEIGHTS)
@pytest.mark.parametrize(
    ("init", "error", "message"),
    [
        (
            lambda shape, rng: np.ones(shape).tolist(),
            TypeError,
            "weight_init: expected W to be a NumPy array, got list",
        ),
        (lambda shape, rng: np.ones(shape, int), TypeError, "weight_init: expected W of type float32 or float64"),
        (lambda shape, rng: np.ones(shape).T, ValueError, r"weight_init: expected W of shape \(.*4, 3\), got \(3, 4"),
    ],
)
def test_what_an_initialiser_gives_is_looked_at(make, init, error, message):
    layer = make(init)
    shape = (2, 4) if isinstance(layer, snn.FullyConnected) else (2, 5, 5, 4)
    with pytest.raises(error, match=message):
        layer.forward(np.ones(shape))


@pytest.mark.parametrize("name", ["xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "torch_default"])
def test_a_seed_is_no_generator_for_an_initialiser(name):
    with pytest.raises(TypeError, match=r"initialiser: expected rng to be of type Generator, got 0\. Use np\.random"):
        getattr(snn, name)((3, 3), 0)


# ---- parameters


def test_a_weight_needs_both_its_axes_where_a_bias_needs_one():
    """W (1, M) given as (M,) would be taken for another product, and the output be (N, N)."""
    layer = snn.FullyConnected(1)
    layer.build((1,), generator(6))
    layer.parameters |= {"W": np.array([[2.0]]), "b": np.array([1.0])}
    np.testing.assert_array_equal(layer.forward(np.ones((3, 1))), [[3], [3], [3]])
    layer.parameters["W"] = np.array([2.0])
    with pytest.raises(ValueError, match=r"expected parameters\['W'\] of shape \(1, 1\), got \(1,\)"):
        layer.forward(np.ones((3, 1)))


@pytest.mark.parametrize(("W", "kind", "got"), [({}, ValueError, "none"), ({"W": None}, TypeError, "NoneType")])
def test_a_parameter_that_is_gone_is_not_told_to_have_another_shape(W, kind, got):
    layer = snn.FullyConnected(2)
    layer.build((3,), generator())
    layer.parameters = {"b": layer.parameters["b"], **W}
    with pytest.raises(kind, match=rf"FullyConnected: expected parameters\['W'\] .*, got {got}\. "):
        layer.forward(np.ones((4, 3)))


# ---- what was set by hand


@pytest.mark.parametrize("name", ["weight", "w", "bias", "B"])
def test_a_parameter_under_another_spelling_is_not_ignored(name):
    layer = snn.FullyConnected(2)
    layer.build((3,), generator())
    layer.parameters[name] = np.ones((3, 2))
    with pytest.raises(ValueError, match=rf"expected parameters named W, b, got parameters\['{name}'\] beside them"):
        layer.forward(np.ones((4, 3)))


def test_a_layer_may_have_parameters_beside_those_that_it_creates():
    layer = snn.FullyConnected(2)
    layer.build((3,), generator())
    layer.parameters["temperature"] = np.ones(1)
    assert layer.forward(np.ones((4, 3))).shape == (4, 2)


STATISTICS = [(np.zeros((1, 1)), ValueError, "of shape (1, 3), got (1, 1)"), ([0.0] * 3, TypeError, "got list"),
              (np.zeros((1, 3), int), TypeError, "of type float32 or float64, got int64")]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "said"), STATISTICS, ids=["shape", "list", "int"])
@pytest.mark.parametrize("key", ["running_mean", "running_var"])
@pytest.mark.parametrize("training", [True, False])
def test_statistics_that_do_not_fit_are_refused(key, given, kind, said, training):
    """Integers would cut off what is added to them."""
    layer = snn.BatchNorm()
    layer.build((3,), generator())
    layer.state[key] = given
    with pytest.raises(kind, match=re.escape(f"BatchNorm: expected state['{key}'] ") + ".*" + re.escape(said)):
        layer.forward(np.ones((4, 3)), training=training)


def test_a_batch_norm_refuses_what_has_no_channels():
    with pytest.raises(ValueError, match=r"BatchNorm: expected X of shape \(N, D\) or .*, got \(3,\)"):
        snn.BatchNorm().forward(np.ones(3))


def test_the_cure_for_another_type_loses_no_digits():
    layer = snn.FullyConnected(2)
    layer.forward(np.ones((4, 3)))
    for wrong in (np.ones((4, 2), int), np.ones((4, 2), np.float32)):
        with pytest.raises(TypeError, match=r"use dLdY\.astype\(np\.float64\)"):
            layer.backward(wrong)
    with pytest.raises(TypeError, match=r"Use X\.astype\(np\.float64\)"):
        layer.forward(np.ones((4, 3)).astype(">f8"))
