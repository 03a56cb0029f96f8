"""Numbers given to constructors: NumPy's are taken and promote nothing, what is no number is refused in clear words."""

import copy
import math
import pickle
import re

import numpy as np
import pytest

import scratch_nn as snn

NUMPY = [np.float64, np.float32]
X32 = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)

LAYERS = [
    lambda number: snn.Dropout(number(0.5)),
    lambda number: snn.LeakyReLU(number(0.2)),
    lambda number: snn.BatchNorm(eps=number(1e-3), momentum=number(0.3)),
    lambda number: snn.FullyConnected(3, activation=snn.LeakyReLU(number(0.2)), weight_init=snn.constant(number(0.1))),
]
OPTIMIZERS = [
    lambda number: snn.SGD(number(0.1), momentum=number(0.9), dampening=number(0.1), weight_decay=number(0.01)),
    lambda number: snn.SGD(number(0.1), momentum=number(0.9), nesterov=True, weight_decay=number(0.01)),
    *(
        lambda number, kind=kind: kind(number(0.1), (number(0.8), number(0.9)), number(1e-6), number(0.01))
        for kind in (snn.Adam, snn.AdamW)
    ),
]
SCHEDULES = [
    lambda number: snn.Constant(number(0.1)),
    lambda number: snn.Exponential(number(0.1), number(0.9)),
    lambda number: snn.Step(number(0.1), np.int64(2), number(0.9)),
    lambda number: snn.Cosine(number(0.1), np.int64(6), number(0.01)),
    lambda number: snn.OneCycle(number(0.1), np.int64(6), number(0.4), number(20), number(100)),
]


@pytest.mark.parametrize("number", NUMPY)
@pytest.mark.parametrize("make", LAYERS)
def test_numpys_numbers_do_not_promote_in_a_layer(make, number):
    layer = make(number)
    Y = layer.forward(X32, training=True)
    dLdX = layer.backward(np.ones_like(Y))
    arrays = [Y, dLdX, *layer.parameters.values(), *layer.gradients.values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert layer.forward(X32).dtype == np.float32


@pytest.mark.parametrize("number", NUMPY)
@pytest.mark.parametrize("make", OPTIMIZERS)
def test_numpys_numbers_do_not_promote_in_an_optimizer(make, number):
    optimizer, parameters = make(number), {"a": X32}
    for _ in range(3):
        optimizer.step(parameters, {"a": X32 / 2})
    assert parameters["a"].dtype == np.float32
    assert {array.dtype for array in optimizer.state["a"].values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("number", NUMPY)
@pytest.mark.parametrize("make", SCHEDULES)
def test_rates_are_python_floats_worked_out_in_double_precision(make, number):
    rates = [make(number)(epoch) for epoch in (0, 3, np.int64(3))]
    assert {type(rate) for rate in rates} == {float}
    assert rates == pytest.approx([make(float)(0), make(float)(3), make(float)(3)], rel=1e-6)
    assert rates[1] == make(lambda value: float(number(value)))(3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.Dropout("0.5"), r"Dropout: expected p to be a number, got '0\.5'\. For example p=0\.5\."),
        (lambda: snn.Dropout(True), "Dropout: expected p to be a number, got True"),
        (
            lambda: snn.Dropout(0.5, rng=3),
            r"Dropout: expected rng with a method random\(shape\), got 3\. Use np\.random",
        ),
        (lambda: snn.LeakyReLU(None), "LeakyReLU: expected slope to be a number, got None"),
        (lambda: snn.BatchNorm(momentum="a"), "BatchNorm: expected momentum to be a number, got 'a'"),
        (lambda: snn.BatchNorm(eps="a"), "BatchNorm: expected eps to be a number, got 'a'"),
        (lambda: snn.SGD("a"), "SGD: expected lr to be a number, got 'a'"),
        (lambda: snn.SGD(None), "SGD: expected lr to be a number, got None"),
        (lambda: snn.SGD(np.ones(2)), "SGD: expected lr to be a number, got array"),
        (lambda: snn.SGD(0.1, momentum=[0.9]), r"SGD: expected momentum to be a number, got \[0\.9\]"),
        (lambda: snn.SGD(0.1, dampening="a"), "SGD: expected dampening to be a number"),
        (lambda: snn.AdamW(betas=(0.9, "b")), r"AdamW: expected betas\[1\] to be a number, got 'b'"),
        (lambda: snn.Constant("a"), "Constant: expected lr to be a number"),
        (lambda: snn.Exponential(0.1, "a"), "Exponential: expected gamma to be a number"),
        (lambda: snn.Cosine(0.1, 5, None), "Cosine: expected eta_min to be a number"),
        (lambda: snn.constant("a"), "constant: expected value to be a number, got 'a'"),
    ],
)
def test_what_is_no_number_is_a_type_error(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: snn.BatchNorm(eps=-1e-5), r"BatchNorm: expected eps of at least 0, got -1e-05\. .*is 1e-5"),
        (lambda: snn.BatchNorm(eps=math.nan), "BatchNorm: expected eps of at least 0, got nan"),
        (lambda: snn.Adam(betas=0.9), r"Adam: expected betas to be a pair of numbers, got 0\.9\. .*\(0\.9, 0\.999\)"),
        (lambda: snn.AdamW(betas=(0.9,)), r"AdamW: expected betas to be a pair of numbers, got \(0\.9,\)"),
        (lambda: snn.SGD(0.1, weight_decay=-1), r"SGD: expected weight_decay in \[0, inf\), got -1\. .*is 0\.0005"),
        (lambda: snn.SGD(0.1, -0.9), r"momentum in \[0, inf\), got -0\.9\. A usual momentum is 0\.9\."),
        (lambda: snn.Adam(betas=(-1, 0.9)), r"betas\[0\] in \[0, 1\), got -1\. A usual betas\[0\] is 0\.9\."),
        (lambda: snn.AdamW(betas=(0.9, 1)), r"betas\[1\] in \[0, 1\), got 1\. A usual betas\[1\] is 0\.999\."),
        (lambda: snn.Adam(eps=math.nan), r"Adam: expected eps in \[0, inf\), got nan\. A usual eps is 1e-08\."),
        (lambda: snn.OneCycle(0.1, 9, div_factor=0), r"OneCycle: expected div_factor .* above 0, got 0\.0 and 10000"),
        (lambda: snn.OneCycle(0.1, 9, final_div_factor=0), r"final_div_factor above 0, got 25\.0 and 0\.0"),
        (lambda: snn.OneCycle(0.1, 9, final_div_factor=-1), r"final_div_factor above 0, got 25\.0 and -1\.0"),
    ],
)
def test_a_number_out_of_range_is_a_value_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("epoch", [-1, math.nan, None, "a", [0]])
@pytest.mark.parametrize("make", SCHEDULES)
def test_an_epoch_is_a_number_from_0(make, epoch):
    schedule = make(float)
    message = rf"{type(schedule).__name__}: expected an epoch of at least 0, got {re.escape(repr(epoch))}\. Count"
    with pytest.raises(ValueError, match=message):
        schedule(epoch)


def test_a_layer_with_a_constant_weight_can_be_pickled():
    """As multiprocessing does when it hands a layer to another process."""
    layer = snn.FullyConnected(3, weight_init=snn.constant(0.1))
    assert b"initializers" in pickle.dumps(layer)
    np.testing.assert_array_equal(copy.deepcopy(layer).forward(X32), layer.forward(X32))
