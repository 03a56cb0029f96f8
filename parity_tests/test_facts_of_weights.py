"""Facts about layers with weights: whose type the arithmetic has, which forward a backward belongs to."""

import numpy as np
import pytest

import scratch_nn as snn

LAYERS = [
    (lambda: snn.FullyConnected(3), (4, 5)),
    (lambda: snn.Conv2D(3, 2), (2, 4, 5, 3)),
    (snn.BatchNorm, (4, 3)),
]
IDS = ["FullyConnected", "Conv2D", "BatchNorm"]


@pytest.mark.parametrize(("make", "shape"), LAYERS, ids=IDS)
def test_the_arithmetic_follows_the_input_and_not_the_weights(make, shape, rng):
    """Weights kept in float64, as `build` makes them: float32 in is float32 out, forward and backward."""
    layer = make()
    layer.build(shape[1:], rng)
    X = rng.normal(size=shape).astype(np.float32)
    Y = layer.forward(X, training=True)
    dLdX = layer.backward(np.ones_like(Y) + Y)
    assert {a.dtype for a in (Y, dLdX, *layer.gradients.values())} == {np.dtype(np.float32)}
    assert {a.dtype for a in layer.parameters.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize(("make", "shape"), LAYERS, ids=IDS)
def test_a_row_may_be_given_without_its_unit_axis_and_its_gradient_is_like_it(make, shape, rng):
    layer = make()
    layer.build(shape[1:], rng)
    X, rows = rng.normal(size=shape), [key for key, array in layer.parameters.items() if array.shape[0] == 1]
    Y = layer.forward(X, training=True)
    for key in rows:
        layer.parameters[key] = layer.parameters[key][0]
    np.testing.assert_array_equal(layer.forward(X, training=True), Y)
    layer.backward(np.ones_like(Y))
    assert rows
    assert {key: layer.gradients[key].shape for key in rows} == dict.fromkeys(rows, (3,))


@pytest.mark.parametrize(("make", "shape"), LAYERS[:2], ids=IDS[:2])
def test_backward_belongs_to_the_weights_of_its_forward(make, shape, rng):
    layer = make()
    Y = layer.forward(rng.normal(size=shape))
    expected = layer.backward(np.ones_like(Y))
    layer.parameters = {key: 0 * array for key, array in layer.parameters.items()}
    assert expected.any()
    np.testing.assert_array_equal(layer.backward(np.ones_like(Y)), expected)


@pytest.mark.parametrize(("make", "shape"), LAYERS, ids=IDS)
def test_weights_set_before_the_first_forward_are_kept(make, shape, rng):
    ready, fresh, X = make(), make(), rng.normal(size=shape)
    ready.build(shape[1:], rng)
    fresh.parameters, fresh.state = dict(ready.parameters), dict(ready.state)
    np.testing.assert_array_equal(fresh.forward(X), ready.forward(X))


def test_one_activation_object_given_to_two_layers_is_not_shared(rng):
    relu = snn.ReLU()
    layers = [snn.FullyConnected(4, activation=relu), snn.FullyConnected(4, activation=relu)]
    X = rng.normal(size=(3, 4))
    outputs = [layer.forward(X) for layer in layers]
    alone = snn.FullyConnected(4, activation=snn.ReLU())
    alone.parameters = layers[0].parameters
    np.testing.assert_array_equal(alone.forward(X), outputs[0])
    dLdY = rng.normal(size=(3, 4))
    np.testing.assert_array_equal(layers[0].backward(dLdY), alone.backward(dLdY))


@pytest.mark.parametrize(
    "make", [lambda w: snn.FullyConnected(3, weight_init=w), lambda w: snn.Conv2D(3, 2, weight_init=w)]
)
def test_the_initialiser_that_is_given_is_the_one_that_draws(make, rng):
    layer = make(snn.constant(0.25))
    layer.build((5,) if isinstance(layer, snn.FullyConnected) else (4, 4, 5), rng)
    assert set(layer.parameters["W"].ravel()) == {0.25}
    assert not layer.parameters["b"].any()


def test_batch_norm_begins_as_pytorchs_does(rng):
    norm = snn.BatchNorm()
    norm.build((3,), rng)
    begin = {"gamma": 1, "beta": 0, "running_mean": 0, "running_var": 1, "num_batches_tracked": 0}
    arrays = norm.parameters | norm.state
    assert {key: set(array.ravel().tolist()) for key, array in arrays.items()} == {k: {v} for k, v in begin.items()}
    assert arrays["num_batches_tracked"].dtype == np.int64


def test_a_refused_batch_leaves_the_running_statistics_alone(rng):
    norm = snn.BatchNorm()
    norm.forward(rng.normal(size=(4, 3)), training=True)
    before = {key: array.copy() for key, array in norm.state.items()}
    with pytest.raises(ValueError, match="more than one value per channel"):
        norm.forward(rng.normal(size=(1, 3)), training=True)
    assert all(np.array_equal(norm.state[key], array) for key, array in before.items())


def test_dropout_draws_from_the_generator_it_was_given_and_else_from_builds():
    X = np.ones((5, 7))
    kept = np.random.default_rng(3).random(X.shape) >= 0.5
    own, built = snn.Dropout(0.5, rng=np.random.default_rng(3)), snn.Dropout(0.5)
    own.build((7,), np.random.default_rng(4))
    built.build((7,), np.random.default_rng(3))
    for dropout in (own, built):
        np.testing.assert_array_equal(dropout.forward(X, training=True) != 0, kept)
    assert len(np.unique(kept, axis=0)) > 1  # one draw an element, not one a row


def test_sizes_may_be_numpy_integers_and_lists(rng):
    layer = snn.Conv2D(np.int64(2), [2, 3], stride=np.int64(1), pad=[1, 0])
    assert layer.forward(rng.normal(size=(1, 4, 5, 3))).shape == (1, 5, 3, 2)
    assert snn.Pool2D(np.int64(2), stride=[1, 2]).forward(rng.normal(size=(1, 4, 4, 1))).shape == (1, 3, 2, 1)


def test_dropout_of_nothing_keeps_even_where_the_generator_gives_exactly_zero():
    class Zeros:
        def random(self, shape):
            return np.zeros(shape)

    np.testing.assert_array_equal(
        snn.Dropout(0.0, rng=Zeros()).forward(np.ones((2, 3)), training=True), np.ones((2, 3))
    )


@pytest.mark.parametrize(("make", "shape"), LAYERS, ids=IDS)
def test_building_again_begins_anew_for_another_number_of_features(make, shape, rng):
    layer, wider = make(), (*shape[:-1], shape[-1] + 2)
    Y = layer.forward(rng.normal(size=shape), training=True)
    layer.backward(np.ones_like(Y))
    layer.build(wider[1:], rng)
    assert layer.gradients == {}
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        layer.backward(np.ones_like(Y))
    assert len(layer.forward(rng.normal(size=wider))) == len(Y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("make", "shape"), LAYERS, ids=IDS)
def test_the_first_forward_builds_in_the_type_of_its_input(make, shape, dtype, rng):
    layer = make()
    layer.forward(rng.normal(size=shape).astype(dtype))
    floats = [a for a in (layer.parameters | layer.state).values() if a.dtype.kind == "f"]
    assert {a.dtype for a in floats} == {np.dtype(dtype)}


def test_a_missing_parameter_is_named(rng):
    layer = snn.FullyConnected(3)
    X = rng.normal(size=(4, 5))
    layer.forward(X)
    del layer.parameters["b"]
    with pytest.raises(ValueError, match=r"FullyConnected: expected parameters\['b'\] of shape \(1, 3\)"):
        layer.forward(X)


INITIALIZERS = [snn.zeros, snn.constant(1), snn.xavier_uniform, snn.xavier_normal, snn.he_uniform, snn.he_normal]


@pytest.mark.parametrize("initializer", [*INITIALIZERS, snn.torch_default])
def test_an_initialiser_gives_float64_and_only_pytorchs_default_draws_the_bias(initializer, rng):
    assert initializer((3, 2, 4, 5), rng).dtype == np.float64
    for layer, shape in ((snn.FullyConnected(5, weight_init=initializer), (4,)), (snn.Conv2D(5, 3), (6, 6, 4))):
        layer.weight_init = initializer
        layer.build(shape, rng)
        assert layer.parameters["b"].any() == (initializer is snn.torch_default)
