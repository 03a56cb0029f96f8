"""The optimisers against their formulas written out, step after step."""

import numpy as np
import pytest

import plain_layers as plain
from plain_layers import FLOATS, assert_alike, generator
from scratch_nn import SGD, Adam, AdamW

OPTIMIZERS = [
    (SGD, plain.sgd, {"lr": 0.1}),
    (SGD, plain.sgd, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    (SGD, plain.sgd, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    (SGD, plain.sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    (Adam, plain.adam, {"lr": 0.1, "weight_decay": 0.01}),
    (Adam, plain.adam, {"lr": 0.1, "betas": (0, 0), "eps": 0.1}),
    (AdamW, lambda *args, **settings: plain.adam(*args, decoupled=True, **settings), {"lr": 0.1, "weight_decay": 0.1}),
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("optimizer", "form", "settings"), OPTIMIZERS)
def test_optimizers_step_as_written_and_leave_every_array_alone(optimizer, form, settings, dtype):
    rng = generator(4)
    theta, gradients = rng.standard_normal((3, 4)).astype(dtype), rng.standard_normal((6, 3, 4)).astype(dtype)
    optimizer, parameters, seen = optimizer(**settings), {"a": theta}, []
    for g in gradients:
        seen += [(array, array.copy()) for array in (parameters["a"], g)]
        optimizer.step(parameters, {"a": g})
    expected = form(theta.astype(np.float64), gradients.astype(np.float64), **settings)
    assert_alike({"a": parameters["a"]}, {"a": expected}, dtype)
    for array, before in seen:
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("optimizer", "form", "settings"), OPTIMIZERS)
def test_a_parameter_may_be_one_number_without_an_axis(optimizer, form, settings, dtype):
    optimizer, parameters, gradients = optimizer(**settings), {"scale": np.array(1, dtype)}, np.array([1, -2, 3], dtype)
    for g in gradients:
        optimizer.step(parameters, {"scale": np.array(g)})
        assert isinstance(parameters["scale"], np.ndarray)
    assert_alike(parameters, {"scale": form(np.float64(1), gradients.astype(np.float64), **settings)}, dtype)
