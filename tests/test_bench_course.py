"""Course code beside ours at shapes that no case has: strides, odd sizes, ties, several steps of an optimiser."""

import numpy as np
import pytest

from benchmarks.course import columns, layers, pixels
from benchmarks.course.network import PER_PIXEL, PLAIN, course_layer, course_optimizer
from scratch_nn import SGD, Adam, BatchNorm, Conv2D, FullyConnected, Pool2D, ReLU, SoftMax, Tanh

CONVOLUTIONS = [  # shape of X, channels out, kernel, stride, pads
    ((3, 5, 7, 2), 4, (3, 3), (1, 1), ((1, 1), (1, 1))),
    ((2, 7, 6, 3), 2, (2, 3), (2, 1), ((0, 1), (1, 1))),
    ((2, 8, 9, 1), 3, (3, 3), (2, 3), ((0, 0), (0, 0))),  # rows and columns are left over
    ((1, 4, 4, 2), 1, (1, 1), (3, 2), ((2, 0), (0, 1))),
]


def passes(layer, X, dLdY):
    return {"Y": layer.forward(X, training=True), "dX": layer.backward(dLdY)} | layer.gradients


def assert_same_passes(layer, style, shape, seed=0):
    rng = np.random.default_rng(seed)
    out = layer.build(shape[1:], rng)
    for key, array in layer.parameters.items():
        layer.parameters[key] = rng.standard_normal(array.shape)
    X, dLdY = rng.standard_normal(shape), rng.standard_normal((shape[0], *out))
    theirs = passes(course_layer(layer, style), X, dLdY)
    ours = passes(layer, X, dLdY)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_allclose(theirs[name], array, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("style", [PLAIN, PER_PIXEL], ids=lambda style: style.name)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution(case, style):
    shape, n_out, kernel, stride, pads = case
    assert_same_passes(Conv2D(n_out, kernel, stride=stride, pad=pads), style, shape)


@pytest.mark.parametrize("style", [PLAIN, PER_PIXEL], ids=lambda style: style.name)
@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(
    ("shape", "kernel", "stride"),
    [((2, 7, 5, 3), 2, None), ((3, 7, 8, 2), 3, 2), ((1, 6, 5, 2), (2, 3), (1, 2)), ((2, 5, 5, 1), 2, 3)],
)
def test_pooling(shape, kernel, stride, mode, style):
    assert_same_passes(Pool2D(kernel, mode=mode, stride=stride), style, shape)


@pytest.mark.parametrize("pooling", [columns.MaxPooling, pixels.MaxPooling])
def test_of_equal_maxima_the_first_has_the_gradient(pooling):
    layer = pooling((2, 2), (2, 2))
    layer.forward(np.array([[1.0, 3], [3, 3]]).reshape(1, 2, 2, 1), training=True)
    assert layer.backward(np.full((1, 1, 1, 1), 5.0)).ravel().tolist() == [0, 5, 0, 0]


@pytest.mark.parametrize("layer", [BatchNorm(), ReLU(), FullyConnected(3)], ids=repr)
def test_layers_without_windows(layer):
    assert_same_passes(layer, PLAIN, (6, 4))


def test_dropout_in_evaluation_does_nothing():
    X = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(layers.Dropout(0.5, np.random.default_rng(0)).forward(X, training=False), X)


@pytest.mark.parametrize(
    "layer",
    [SoftMax(), Conv2D(2, 3, activation=Tanh()), FullyConnected(2, activation=ReLU()), Pool2D(2, pad=1)],
    ids=repr,
)
def test_what_course_code_has_no_form_of_is_refused(layer):
    with pytest.raises(ValueError, match=r"benchmarks\.course: expected .*, got "):
        course_layer(layer, PLAIN)


@pytest.mark.parametrize("ours", [SGD(0.1, momentum=0.9, weight_decay=0.01), Adam(0.1)], ids=["SGD", "Adam"])
def test_optimisers_over_several_steps(ours):
    theirs, rng = course_optimizer(ours), np.random.default_rng(0)
    parameters = {"W": rng.standard_normal((3, 2)), "b": rng.standard_normal((1, 2))}
    ours_moved, theirs_moved = dict(parameters), dict(parameters)
    for _ in range(4):
        gradients = {name: rng.standard_normal(array.shape) for name, array in parameters.items()}
        ours.step(ours_moved, gradients)
        theirs.step(theirs_moved, gradients)
        for name, array in ours_moved.items():
            np.testing.assert_allclose(theirs_moved[name], array, rtol=1e-12)
