"""The layers against their plain forms, over many shapes and with blocks of every size."""

import numpy as np
import pytest

import plain_layers as plain
from plain_layers import FLOATS, assert_alike, generator
from scratch_nn import BatchNorm, Conv2D, Pool2D, ReLU, Tanh, channels, correlation, parallel
from scratch_nn.masks import kept

NO_PADS = ((0, 0), (0, 0))


def passes(layer, X, dLdY, *, training=True):
    """All that one forward and one backward hand out or store."""
    Y = layer.forward(X, training=training)
    return {"Y": Y, "dX": layer.backward(dLdY)} | layer.gradients


@pytest.fixture(params=["one_at_a_time", "three_at_a_time", "as_it_is"])
def blocks(request, monkeypatch):
    """Blocks of one image or row, of a few, which leave a shorter last one, and of the usual size.

    The columns of a convolution lie in the first, stand in the second, and are as they are in the last.
    """
    if request.param != "as_it_is":
        few = 1 if request.param == "one_at_a_time" else 3
        monkeypatch.setattr(parallel, "BLOCK", 1 if few == 1 else 200)
        monkeypatch.setattr(channels, "BLOCK_ROWS", few)
        monkeypatch.setattr(channels, "WIDE", 8 * few)
        monkeypatch.setattr(correlation, "SHORT_RUN", 0 if few == 1 else 1 << 30)
        monkeypatch.setattr(correlation, "BLOCK_BYTES", 1 if few == 1 else 3 * 30 * 27 * 8)
    return request.param


# ---- convolution

CONVOLUTIONS = [  # shape of X, kernel, channels out, stride, pads
    ((5, 6, 5, 3), (3, 3), 4, (1, 1), ((1, 1), (1, 1))),
    ((4, 6, 5, 2), (3, 3), 3, (1, 1), NO_PADS),
    ((3, 4, 5, 2), (1, 1), 4, (1, 1), NO_PADS),
    ((2, 1, 1, 3), (3, 3), 2, (1, 1), ((1, 1), (1, 1))),
    ((7, 5, 6, 1), (2, 2), 1, (1, 1), ((0, 1), (0, 1))),
    ((3, 5, 7, 2), (2, 3), 4, (1, 1), ((0, 1), (1, 1))),
    ((3, 7, 4, 2), (5, 1), 3, (1, 1), ((2, 2), (0, 0))),
    ((3, 5, 6, 2), (3, 2), 3, (1, 1), ((0, 2), (1, 0))),
    ((3, 4, 5, 2), (3, 3), 3, (1, 1), ((2, 2), (2, 2))),
    ((3, 3, 4, 2), (2, 2), 3, (1, 1), ((3, 3), (3, 3))),  # more padding than the flipped kernel reaches
    ((3, 3, 4, 2), (2, 3), 3, (1, 1), ((0, 2), (1, 1))),  # on one side only
    ((5, 8, 9, 2), (3, 3), 4, (2, 2), NO_PADS),  # a row is left over
    ((3, 8, 9, 2), (2, 2), 3, (3, 3), NO_PADS),
    ((4, 7, 8, 2), (3, 3), 3, (2, 1), ((1, 1), (1, 1))),
    ((4, 7, 8, 2), (3, 3), 3, (1, 2), ((2, 0), (0, 1))),
    ((4, 6, 5, 9), (3, 2), 3, (1, 1), ((1, 1), (0, 1))),  # more channels: its columns lie
    ((3, 5, 4, 8), (3, 3), 7, (1, 1), ((1, 1), (1, 1))),
    ((3, 4, 6, 6), (3, 4), 2, (1, 1), ((2, 0), (3, 1))),
    ((2, 3, 4, 9), (2, 2), 5, (1, 1), ((1, 1), (2, 0))),  # more padding than the flipped kernel reaches
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution(case, dtype, blocks):
    shape, kernel, n_out, stride, pads = case
    rng = generator(*shape)
    layer = Conv2D(n_out, kernel, stride=stride, pad=pads)
    out = layer.build(shape[1:], rng, dtype=np.dtype(dtype))
    layer.parameters["b"] = rng.standard_normal((1, n_out)).astype(dtype)
    X, dLdY = rng.standard_normal(shape).astype(dtype), rng.standard_normal((shape[0], *out)).astype(dtype)
    W, b = (layer.parameters[key].astype(np.float64) for key in ("W", "b"))
    expected = plain.convolution(X.astype(np.float64), dLdY.astype(np.float64), W, b, stride, pads)
    assert_alike(passes(layer, X, dLdY), expected, dtype)


def test_a_convolution_of_strided_views_gives_what_contiguous_arrays_give():
    rng, layer = generator(1), Conv2D(4, 3, activation=Tanh())
    X, dLdY = rng.standard_normal((8, 6, 10, 3))[::-2, :, ::2], rng.standard_normal((4, 6, 5, 8))[::-1, ..., ::2]
    found = passes(layer, X, dLdY)
    assert_alike(found, passes(layer, X.copy(), dLdY.copy()))


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_pixel_that_is_not_finite_spoils_the_gradients_of_the_weights_that_meet_it_and_no_others(dtype):
    """In the corner of an image it is under four of nine weights."""
    rng, layer = generator(3), Conv2D(4, 3)
    X, dLdY = rng.standard_normal((2, 5, 6, 8)).astype(dtype), rng.standard_normal((2, 5, 6, 4)).astype(dtype)
    X[1, 0, 0, 2] = np.inf
    with np.errstate(invalid="ignore"):
        layer.forward(X)
    layer.backward(dLdY)
    finite = np.isfinite(layer.gradients["W"])
    assert not finite[:2, :2, 2].any()
    assert finite.sum() == finite.size - 4 * 4


def test_what_a_convolution_returned_is_not_written_over_by_the_next_batch():
    rng, layer = generator(2), Conv2D(4, 3)
    first = passes(layer, rng.standard_normal((3, 6, 5, 2)), rng.standard_normal((3, 6, 5, 4)))
    kept_copies = {name: array.copy() for name, array in first.items()}
    second = passes(layer, rng.standard_normal((3, 6, 5, 2)), rng.standard_normal((3, 6, 5, 4)))
    for name, array in first.items():
        np.testing.assert_array_equal(array, kept_copies[name])
        assert not np.shares_memory(array, second[name])


# ---- batch norm

NORMS = [(5, 3), (64, 2), (7, 1), (3, 2050), (4, 5, 6, 3), (6, 1, 1, 4), (3, 4, 5, 1), (8, 24, 24, 2), (9, 7, 7, 5)]


@pytest.mark.parametrize("offset", [0, 30])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", NORMS, ids=str)
def test_batch_norm(shape, dtype, offset, blocks):
    rng, C = generator(*shape), shape[-1]
    gamma, beta, mean = (rng.standard_normal((1, C)).astype(dtype) for _ in range(3))
    variance = rng.uniform(0.5, 2, (1, C)).astype(dtype)
    X, dLdY = (offset + rng.standard_normal(shape)).astype(dtype), rng.standard_normal(shape).astype(dtype)
    wide = [array.astype(np.float64) for array in (X, dLdY, gamma, beta, mean, variance)]
    layer = BatchNorm(momentum=1.0)
    layer.build(shape[1:], rng, dtype=np.dtype(dtype))
    layer.parameters |= {"gamma": gamma, "beta": beta}
    expected = plain.batch_norm(*wide[:4])
    assert_alike(passes(layer, X, dLdY), expected, dtype)
    m = X.size // C
    statistics = {"mean": layer.state["running_mean"][0], "variance": layer.state["running_var"][0] * (m - 1) / m}
    assert_alike({n: a.astype(dtype) for n, a in statistics.items()}, expected, dtype)
    layer.state |= {"running_mean": mean, "running_var": variance}
    assert_alike(passes(layer, X, dLdY, training=False), plain.batch_norm_evaluation(*wide), dtype)


def test_batch_norm_far_from_zero_loses_nothing_to_the_rounded_mean(blocks):
    """Neighbouring float32 numbers are 1/16 apart there, and the mean of numbers lies between two of them."""
    rng, layer = generator(5), BatchNorm()
    X, dLdY = (1e6 + rng.standard_normal((40, 3))).astype(np.float32), rng.standard_normal((40, 3)).astype(np.float32)
    layer.build((3,), rng, dtype=np.float32)
    expected = plain.batch_norm(X.astype(np.float64), dLdY.astype(np.float64), np.ones((1, 3)), np.zeros((1, 3)))
    assert_alike(passes(layer, X, dLdY), expected, "float32")


@pytest.mark.parametrize("make", [BatchNorm, ReLU, lambda: Pool2D(2), lambda: Conv2D(4, 3)], ids=str)
def test_how_an_array_lies_in_memory_does_not_matter(make, blocks):
    """Images that come channels first and are turned round are views, and so are their gradients."""
    X = generator(8).standard_normal((4, 3, 6, 5)).transpose(0, 2, 3, 1)
    layer, twin = make(), make()
    Y = layer.forward(X, training=True)
    dLdY = generator(9).standard_normal(Y.transpose(0, 3, 1, 2).shape).transpose(0, 2, 3, 1)
    twin.parameters, twin.state = dict(layer.parameters), {}
    np.testing.assert_array_equal(twin.forward(X.copy(order="C"), training=True), Y)
    for given in (dLdY, dLdY.copy(order="C")):
        np.testing.assert_array_equal(layer.backward(given), twin.backward(dLdY.copy(order="C")))
        for key, gradient in layer.gradients.items():
            np.testing.assert_array_equal(gradient, twin.gradients[key], err_msg=key)


def test_batch_norm_of_a_constant_channel_is_its_shift():
    X = np.full((6, 5, 5, 2), 0.1, np.float32)
    layer = BatchNorm(momentum=1.0)
    np.testing.assert_allclose(layer.forward(X, training=True), 0, atol=1e-6)
    assert np.all(layer.state["running_var"] >= 0)


# ---- relu and masks

AWKWARD = [0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-40, -1e-40, 2.5, -2.5]


@pytest.mark.parametrize("dtype", FLOATS)
def test_relu(dtype):
    X, dLdY = (array.astype(dtype) for array in np.meshgrid(AWKWARD, AWKWARD))
    found, expected = passes(ReLU(), X, dLdY), plain.relu(X, dLdY)
    for name, array in found.items():
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


@pytest.mark.parametrize("dtype", FLOATS)
def test_what_is_kept_is_kept_to_the_bit_and_the_rest_is_zero(dtype):
    A, mask = np.tile(np.array(AWKWARD, dtype), (2, 1)), np.array([[True], [False]]) & np.ones(10, bool)
    found = kept(A, mask)
    assert found.dtype == dtype
    assert found[0].tobytes() == A[0].tobytes()
    assert found[1].tobytes() == bytes(A[1].nbytes)
    np.testing.assert_array_equal(kept(A[:, ::-2], mask[:, ::2]), found[:, ::-2])


# ---- max pooling

POOLS = [  # shape of X, kernel, stride, pad
    ((5, 6, 4, 3), (2, 2), (2, 2), (0, 0)),
    ((3, 5, 7, 2), (2, 2), (2, 2), (0, 0)),
    ((2, 4, 6, 1), (2, 2), (2, 2), (0, 0)),
    ((2, 6, 5, 2), (3, 3), (1, 1), (0, 0)),
    ((2, 7, 6, 2), (3, 3), (2, 2), (1, 1)),
    ((2, 6, 7, 2), (2, 3), (1, 2), (1, 0)),
    ((2, 6, 7, 2), (2, 3), (2, 1), (0, 1)),
    ((2, 8, 7, 2), (2, 2), (3, 3), (1, 1)),
    ((2, 3, 4, 2), (1, 1), (1, 1), (0, 0)),
    ((1, 18, 17, 1), (17, 17), (1, 1), (0, 0)),  # more taps than a byte can number
]
DRAWS = {
    "distinct": lambda shape, rng: rng.permutation(np.arange(np.prod(shape), dtype=float)).reshape(shape),
    "ties": lambda shape, rng: rng.choice([-1.0, 0.0, 1.0], size=shape),
    "all_lowest": lambda shape, rng: np.full(shape, -np.inf),
    "nan": lambda shape, rng: rng.choice([np.nan, -np.inf, np.inf, 0.0, 1.0], size=shape),
    "few_nan": lambda shape, rng: rng.choice([np.nan, *range(20)], size=shape),
}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", POOLS, ids=str)
def test_max_pooling(case, dtype, draw):
    shape, kernel, stride, pad = case
    rng = generator(*shape)
    layer = Pool2D(kernel, stride=stride, pad=pad)
    X = DRAWS[draw](shape, rng).astype(dtype)
    dLdY = rng.integers(-9, 9, (shape[0], *layer.output_shape(shape[1:]))).astype(dtype)  # their sums are exact
    expected = plain.max_pooling(X, dLdY, kernel, stride, tuple((p, p) for p in pad))
    for name, array in passes(layer, X, dLdY).items():
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_a_gradient_that_is_not_finite_goes_to_the_maximum_alone():
    X, dLdY = np.arange(16.0).reshape(1, 4, 4, 1), np.array([np.nan, np.inf, -np.inf, 1]).reshape(1, 2, 2, 1)
    expected = plain.max_pooling(X, dLdY, (2, 2), (2, 2), NO_PADS)
    found = passes(Pool2D(2), X, dLdY)
    np.testing.assert_array_equal(found["dX"], expected["dX"])
    assert np.count_nonzero(found["dX"]) == 4
