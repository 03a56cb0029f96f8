"""Arithmetic with one number per channel."""

from functools import partial

import numpy as np
import pytest

from plain_layers import generator
from scratch_nn import BatchNorm, channels, parallel


@pytest.fixture(params=[1, 3, None], ids=["one_at_a_time", "three_at_a_time", "as_it_is"])
def blocks(request, monkeypatch):
    """Blocks of one row, of a few, which leave a shorter last one, and of the usual size."""
    if request.param:
        monkeypatch.setattr(parallel, "BLOCK", 1 if request.param == 1 else 200)
        monkeypatch.setattr(channels, "SMALL", 0)
        monkeypatch.setattr(channels, "BLOCK_ROWS", request.param)
        monkeypatch.setattr(channels, "WIDE", 8 * request.param)


@pytest.mark.parametrize("shape", [(1,), (7, 1), (5, 3), (300, 7), (3, 2050), (2, 5, 3, 6), (64, 16, 16, 3)], ids=str)
def test_sums_over_channels(shape, blocks):
    rng = generator(*shape)
    A, B = rng.standard_normal((2, *shape))
    axes = tuple(range(len(shape) - 1))
    close = partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-10)
    close(channels.channel_sum(A), A.sum(axis=axes))
    close(channels.channel_sums(A, B), [A.sum(axis=axes), (A * B).sum(axis=axes)])
    a, b, c = rng.standard_normal((3, shape[-1]))
    out, D = np.empty((2, *shape))
    close(channels.affine(c, (a, A), (b, B)), a * A + b * B + c)
    channels.centred(A, channels.Row(a, A.dtype), D)
    np.testing.assert_array_equal(D, A - a)
    total, squares = channels.centred_sums(A, channels.Row(a, A.dtype), out)
    np.testing.assert_array_equal(out, D)
    np.testing.assert_array_equal(channels.centred_sums(out, None, out), [total, squares])
    close(total, D.sum(axis=axes))
    close(squares, (D * D).sum(axis=axes))


def test_a_float32_sum_over_many_rows_keeps_its_digits():
    """PyTorch's own is up to 8e-8 off here, a plain float32 sum 5e-6."""
    A = (1 + generator(3).random((65_536, 3))).astype(np.float32)
    np.testing.assert_allclose(channels.channel_sum(A), A.sum(axis=0, dtype=np.float64), rtol=1e-8)


def test_the_moments_of_a_sample_are_close_to_all_wherever_these_are():
    A = (1e6 + generator(4).standard_normal((50_000, 3)) * [0.1, 1, 10]).astype(np.float32)
    mean, variance = channels.sample_moments(A)
    np.testing.assert_allclose((mean - 1e6) / [0.1, 1, 10], 0, atol=0.2)
    np.testing.assert_allclose(variance, A.var(axis=0, dtype=np.float64), rtol=0.3)


@pytest.mark.parametrize("shape", [(2048, 64, 64), (8, 1024, 1024), (63 * 16, 63, 63), (1024 * 64, 64, 1)])
def test_a_black_border_is_not_taken_for_the_whole_picture(shape):
    A = np.full((*shape, 1), 1000.0, np.float32)
    A[:, :, 0], A[:, 0] = 0, 0
    mean, _ = channels.sample_moments(A)
    assert mean == pytest.approx(A.mean(dtype=np.float64), rel=0.1)


def test_batch_norm_takes_a_mean_off_where_it_is_large_beside_the_deviation():
    X, dLdY = generator(5).standard_normal((2, 6, 7, 8, 3))
    for offset, near_zero in ((0.5, True), ([0, 2, 0], False)):
        layer, shifted, before = BatchNorm(), X + offset, X + offset
        layer.forward(shifted, training=True)
        layer.backward(dLdY)
        assert (layer._D is shifted) == near_zero
        np.testing.assert_array_equal(shifted, before)


def test_an_outlier_in_the_sample_costs_batch_norm_no_digits():
    """One pixel of 524,288 made the sample look wide, and nothing was taken off: y was off by 0.38 of 719."""
    X = np.full((512, 32, 32, 1), 1.1, np.float32)
    X[0, 0, 0], X[1, 3, 4] = 20, 1.2
    before, exact = X.copy(), X.astype(np.float64)
    expected = (exact - exact.mean()) / np.sqrt(exact.var() + 1e-5)
    layer = BatchNorm()
    np.testing.assert_allclose(layer.forward(X, training=True), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(layer.state["running_var"], 0.9 + 0.1 * exact.var(ddof=1), rtol=1e-7)
    np.testing.assert_array_equal(X, before)
    layer.begin_forward(X, training=True, D=X)  # the same where D is written over X
    np.testing.assert_allclose(X, exact - exact.mean(), atol=1e-6)
