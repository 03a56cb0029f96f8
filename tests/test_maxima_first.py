"""Batch norm and ReLU done to the maxima of a pooling: what the layers give one by one.

Forward to the bit; backward to rounding, since two sums are added up in another order.
"""

import numpy as np
import pytest
import torch

from parity_tests import inputs
from parity_tests.compare import compare, compare32
from scratch_nn import BatchNorm, Pool2D, ReLU, parallel
from scratch_nn.chain import chains
from scratch_nn.maxima_first import MaxOfNorm
from small_networks import assert_same_arrays

SHAPE = (7, 9, 8, 5)

POOLS = {
    "tiles": lambda: [Pool2D((3, 2))],
    "rows_left_over": lambda: [Pool2D(2)],
    "apart": lambda: [Pool2D(2, stride=(3, 4))],
    "overlapping": lambda: [Pool2D((2, 3), stride=(2, 1))],
    "and_more": lambda: [Pool2D(2), ReLU(), Pool2D(3, stride=1, pad=1)],
}


@pytest.fixture(params=[1, 700, 1 << 30], ids=["one_at_a_time", "some_at_a_time", "all_at_once"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", request.param)


@pytest.fixture
def together(monkeypatch):
    """How many times the three went backward in one."""
    found, end = [], MaxOfNorm.end_backward
    monkeypatch.setattr(MaxOfNorm, "end_backward", lambda self, *given: found.append(1) or end(self, *given))
    return found


def built(pool, dtype=np.float64, norm=BatchNorm, **parameters):
    """Batch norm, ReLU and what `pool` makes, the gammas above zero unless `parameters` says otherwise."""
    rng, layers, shape = np.random.default_rng(3), [norm(), ReLU(), *pool()], SHAPE[1:]
    for layer in layers:
        shape = layer.build(shape, rng, dtype=dtype)
    gamma, beta = rng.uniform(0.1, 2, (1, SHAPE[-1])), rng.standard_normal((1, SHAPE[-1]))
    given = {"gamma": gamma, "beta": beta} | parameters
    layers[0].parameters = {key: np.asarray(array, dtype) for key, array in given.items()}
    layers[0].state |= {"running_mean": beta.astype(dtype), "running_var": gamma.astype(dtype)}
    return layers


def images(dtype=np.float64, shift=0.0):
    """Few different numbers, so that windows have ties."""
    return (np.random.default_rng(5).integers(-3, 4, SHAPE) + shift).astype(dtype)


def forward(steps, X, training=True):
    for step in steps:
        X = step.forward(X, training=training)
    return X


def backward(steps, dLdY):
    for step in reversed(steps):
        dLdY = step.backward(dLdY)
    return dLdY


def gradient_like(Y):
    return np.random.default_rng(4).standard_normal(Y.shape).astype(Y.dtype)


def assert_alike(found, expected, digits):
    assert found.keys() == expected.keys()
    for key, array in expected.items():
        assert found[key].dtype == array.dtype, key
        np.testing.assert_allclose(found[key], array, rtol=0, atol=digits * np.abs(array).max(), err_msg=key)


@pytest.mark.parametrize("shift", [0, 1000], ids=["about_zero", "far_from_zero"])
@pytest.mark.parametrize(("dtype", "digits"), [("float32", 1e-5), ("float64", 1e-13)])
@pytest.mark.parametrize("name", POOLS)
def test_in_training_they_give_what_the_layers_give(name, dtype, digits, shift, blocks, together):
    X = images(dtype, shift)
    one, alone = built(POOLS[name], dtype), built(POOLS[name], dtype)
    (chain,) = chains(one)
    Y = forward([chain], X)
    np.testing.assert_array_equal(Y, forward(alone, X))
    assert_same_arrays(one[0].state, alone[0].state)
    dLdY = gradient_like(Y)
    given = dLdY.copy()
    found = {"dX": chain.backward(dLdY)} | one[0].gradients
    assert_alike(found, {"dX": backward(alone, dLdY)} | alone[0].gradients, digits)
    np.testing.assert_array_equal(dLdY, given)
    assert together == [1]


def test_where_rounding_makes_most_of_y_equal_the_first_of_a_window_wins(together):
    one, alone = (built(POOLS["tiles"], gamma=np.full((1, 5), 1e-20), beta=np.ones((1, 5))) for _ in range(2))
    X = np.random.default_rng(5).standard_normal(SHAPE)
    dLdY = gradient_like(forward(chains(one), X))
    forward(alone, X)
    np.testing.assert_array_equal(backward(chains(one), dLdY), backward(alone, dLdY))
    assert not together


@pytest.mark.parametrize("name", POOLS)
def test_afterwards_each_layer_can_go_back_by_itself(name, blocks):
    X, beta = images(), np.array([[0, 0.1, -0.1, 1, -1]])
    X[..., 0] = 0  # and so is y
    one, alone = (built(POOLS[name], beta=beta) for _ in range(2))
    dLdY = gradient_like(forward(chains(one), X))
    forward(alone, X)
    np.testing.assert_array_equal(backward(one, dLdY), backward(alone, dLdY))
    assert_same_arrays(one[0].gradients, alone[0].gradients)


def test_after_the_layers_went_forward_by_themselves_the_chain_goes_back_through_them(together):
    X, layers = images(), built(POOLS["tiles"])
    forward(chains(layers), -X)
    dLdY = gradient_like(forward(layers, X))
    alone = backward(layers, dLdY)
    np.testing.assert_array_equal(chains(layers)[0].backward(dLdY), alone)
    assert not together


@pytest.mark.parametrize("name", POOLS)
def test_in_evaluation_they_give_what_the_layers_give(name, blocks):
    """Where an x is infinite as well: dγ is a sum over all pixels, and 0 inf is NaN."""
    X = images()
    X[0, 0, 0, :3] = -np.inf, np.inf, np.nan
    one, alone = built(POOLS[name]), built(POOLS[name])
    (chain,) = chains(one)
    with np.errstate(invalid="ignore"):
        Y = forward([chain], X, training=False)
        np.testing.assert_array_equal(Y, forward(alone, X, training=False))
        dLdY = gradient_like(Y)
        np.testing.assert_array_equal(chain.backward(dLdY), backward(alone, dLdY))
    assert_same_arrays(one[0].gradients, alone[0].gradients)
    assert np.isnan(one[0].gradients["gamma"][0, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("of", ["X", "dLdY"])
def test_what_is_not_finite_is_where_the_layers_have_it(of, value):
    X, dLdY = images(), gradient_like(np.empty((7, 4, 4, 5)))
    {"X": X, "dLdY": dLdY}[of][2, 1, 1, 3] = value
    one, alone = built(POOLS["rows_left_over"]), built(POOLS["rows_left_over"])
    with np.errstate(invalid="ignore"):
        Y = forward(chains(one), X)
        np.testing.assert_array_equal(Y, forward(alone, X))
        found, expected = chains(one)[0].backward(dLdY), backward(alone, dLdY)
    np.testing.assert_allclose(found, expected, atol=1e-12)  # NaN and infinities in the same places
    assert not np.isfinite(expected).all()


class OwnSums(BatchNorm):
    def sums_of(self, dLdY, some):
        return 2 * super().sums_of(dLdY, some)


GAMMA = np.array([[1, 2, 0.5, 1, 1]])
ELSEWHERE = {
    "gamma_negative": ([Pool2D(2)], {"gamma": -GAMMA}),
    "one_gamma_negative": ([Pool2D(2)], {"gamma": GAMMA * [[1, 1, 1, -1, 1]]}),
    "one_gamma_zero": ([Pool2D(2)], {"gamma": GAMMA * [[1, 0, 1, 1, 1]]}),
    "one_slope_rounded_to_zero": ([Pool2D(2)], {"gamma": GAMMA * [[1, 1, 1e-37, 1, 1]]}),
    "one_gamma_nan": ([Pool2D(2)], {"gamma": GAMMA * [[1, 1, 1, 1, np.nan]]}),
    "border": ([Pool2D(3, stride=2, pad=1)], {}),
    "border_by_ceil_mode": ([Pool2D(2, ceil_mode=True)], {}),
    "average": ([Pool2D(2, mode="average")], {}),
    "subclass": ([Pool2D(2)], {"norm": OwnSums}),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_elsewhere_the_layers_take_their_turns(name, together):
    (pool,), given = ELSEWHERE[name]
    X = images(np.float32)
    X[..., 2] *= 1e15
    one, alone = built(lambda: [pool], np.float32, **given), built(lambda: [pool], np.float32, **given)
    (chain,) = chains(one)
    Y = forward([chain], X)
    dLdY = gradient_like(Y)
    found = {"Y": Y, "dX": chain.backward(dLdY)} | one[0].gradients
    expected = {"Y": forward(alone, X), "dX": backward(alone, dLdY)} | alone[0].gradients
    assert_same_arrays(found, expected)
    assert not together


def test_of_two_close_ones_that_are_rounded_to_one_number_the_larger_wins(together):
    """By PyTorch's rule the first would: it sees y, which is 64 for both."""
    X = np.zeros((2, 1, 4, 5), np.float32)
    X[:, 0] = np.array([0, 2.0**-20, -1, 1])[:, None]
    one = built(lambda: [Pool2D((1, 2))], np.float32, gamma=np.ones((1, 5)), beta=np.full((1, 5), 64))
    (chain,) = chains(one)
    Y = forward([chain], X)
    assert (Y[:, 0, 0] == 64).all()
    dX = chain.backward(np.array([1, -1], np.float32).reshape(2, 1, 1, 1) * np.ones_like(Y))
    assert (np.abs(dX[:, 0, 1]) > np.abs(dX[:, 0, 0])).all()
    assert together == [1]


# ---- beside PyTorch

FILLS = [inputs.normal, inputs.offset, inputs.digits, inputs.negative, inputs.huge, inputs.kinks]


def ours(X, dLdY, parameters):
    """Y, dX and the parameters' gradients of our three, in X's type."""
    layers = [BatchNorm(), ReLU(), Pool2D(2)]
    layers[0].parameters = {key: array.astype(X.dtype) for key, array in parameters.items()}
    (chain,) = chains(layers)
    return {"Y": chain.forward(X, training=True), "dX": chain.backward(dLdY)} | layers[0].gradients


def torchs(X, dLdY, parameters):
    x, dy = (torch.tensor(A.transpose(0, 3, 1, 2).copy()) for A in (X, dLdY))
    layers = torch.nn.Sequential(torch.nn.BatchNorm2d(X.shape[-1]), torch.nn.ReLU(), torch.nn.MaxPool2d(2)).to(x.dtype)
    named = {"gamma": layers[0].weight, "beta": layers[0].bias}
    for key, parameter in named.items():
        parameter.data = torch.tensor(parameters[key][0]).to(x.dtype)
    y = layers(x.requires_grad_())
    y.backward(dy)
    turned = {"Y": y.detach(), "dX": x.grad}
    images = {key: tensor.numpy().transpose(0, 2, 3, 1) for key, tensor in turned.items()}
    return images | {key: parameter.grad.numpy()[None] for key, parameter in named.items()}


@pytest.mark.parametrize("fill", FILLS, ids=lambda f: f.__name__)
def test_they_pass_both_verdicts_of_the_parity_suite(fill, together):
    """1e-10 of a tensor's scale in float64; in float32 twice PyTorch's own error."""
    rng, C = np.random.default_rng(7), 6
    X, dLdY = fill((8, 16, 16, C), rng).astype(np.float32), rng.standard_normal((8, 8, 8, C)).astype(np.float32)
    parameters = {"gamma": rng.uniform(0.5, 2, (1, C)), "beta": rng.standard_normal((1, C))}
    parameters = {key: array.astype(np.float32) for key, array in parameters.items()}
    wide = X.astype(np.float64), dLdY.astype(np.float64), parameters
    truth, exact = torchs(*wide), ours(*wide)
    found, theirs = ours(X, dLdY, parameters), torchs(X, dLdY, parameters)
    for name, expected in truth.items():
        verdict = compare(exact[name], expected)
        assert verdict.ok, f"{name}: {verdict.message}"
        verdict = compare32(found[name], theirs[name], expected, np.zeros(expected.shape))
        assert verdict.ok, f"{name}: {verdict.message}"
    assert together == [1, 1]
