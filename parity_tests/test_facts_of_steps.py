"""Facts about an optimiser's step that no trajectory shows: types, refused steps, arrays that are not shared."""

import numpy as np
import pytest
import torch

import scratch_nn as snn

MAKE = {
    "SGD": lambda lr: snn.SGD(lr, momentum=0.9),
    "Adam": lambda lr: snn.Adam(lr),
    "AdamW": lambda lr: snn.AdamW(lr),
}


@pytest.fixture(params=MAKE)
def make(request):
    return MAKE[request.param]


def test_a_numpy_number_as_rate_does_not_promote(make):
    parameters = {"w": np.ones(3, np.float32)}
    optimizer = make(np.float64(0.1))
    optimizer.step(parameters, {"w": np.ones(3, np.float32)})
    optimizer.lr = np.float64(0.01)
    optimizer.step(parameters, {"w": np.ones(3, np.float32)})
    assert parameters["w"].dtype == np.float32


def test_a_gradient_of_another_type_does_not_promote(make):
    parameters = {"w": np.ones(3, np.float32)}
    make(0.1).step(parameters, {"w": np.ones(3, np.float64)})
    assert parameters["w"].dtype == np.float32


def test_the_rate_before_the_first_epoch_is_that_of_epoch_0(make):
    optimizer = make(snn.Exponential(0.1, 0.5))
    assert optimizer.lr == 0.1
    optimizer.start_epoch(2)
    assert optimizer.lr == pytest.approx(0.025)


def test_a_gradient_that_changes_after_the_step_changes_nothing(make):
    found = []
    for spoil in (1.0, np.nan):
        optimizer, parameters, g = make(0.1), {"w": np.ones(3)}, np.full(3, 0.5)
        optimizer.step(parameters, {"w": g})
        g *= spoil
        optimizer.step(parameters, {"w": np.ones(3)})
        found.append(parameters["w"])
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("bad", [{"a": np.ones(3), "b": np.ones(4)}, {"a": np.ones(3)}])
def test_a_refused_step_is_no_step(make, bad):
    """Neither a parameter moves nor the count of steps, on which Adam's bias correction hangs."""
    g = {"a": np.full(3, 0.5), "b": np.full(3, -0.5)}
    results = []
    for refused in (False, True):
        optimizer, parameters = make(0.1), {"a": np.ones(3), "b": np.ones(3)}
        if refused:
            before = dict(parameters)
            with pytest.raises(ValueError, match="gradient"):
                optimizer.step(parameters, bad)
            assert all(parameters[name] is array for name, array in before.items())
        optimizer.step(parameters, g)
        results.append(parameters)
    for name in g:
        np.testing.assert_array_equal(results[0][name], results[1][name])


def test_nan_is_no_setting(make):
    with pytest.raises(ValueError, match="lr of at least 0, got nan"):
        make(float("nan"))
    with pytest.raises(ValueError, match="weight_decay in"):
        snn.SGD(0.1, weight_decay=float("nan"))
    with pytest.raises(ValueError, match="momentum in"):
        snn.SGD(0.1, momentum=float("nan"))


def test_defaults_are_pytorchs():
    for name in ("Adam", "AdamW"):
        ours, theirs = getattr(snn, name)(), getattr(torch.optim, name)([torch.nn.Parameter(torch.zeros(1))]).defaults
        found = {"lr": ours.lr, "betas": ours.betas, "eps": ours.eps, "weight_decay": ours.weight_decay}
        assert found == {key: theirs[key] for key in found}
