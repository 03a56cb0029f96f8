"""Honest inputs: each draw holds what its name promises."""

import numpy as np
import pytest

from parity_tests import inputs

SHAPES = [(3, 5), (4, 6, 7, 2)]


def draw(function, shape, seed=0) -> np.ndarray:
    return function(shape, np.random.default_rng(seed))


ALL = [
    inputs.normal,
    inputs.distinct,
    inputs.kinks,
    inputs.ties,
    inputs.negative,
    inputs.constant_rows,
    inputs.huge,
    inputs.saturated,
    inputs.offset,
    inputs.with_nan,
    inputs.with_infinity,
    inputs.digits,
    inputs.grainy_digits,
]


@pytest.mark.parametrize("shape", [(3, 64), (2, 8, 12, 3)])
@pytest.mark.parametrize("function", ALL, ids=lambda function: function.__name__)
def test_shape_type_and_seed(function, shape):
    X = draw(function, shape)
    assert (X.shape, X.dtype) == (shape, np.float64)
    np.testing.assert_array_equal(X, draw(function, shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_distinct_numbers_keep_their_distance(shape):
    X = np.sort(draw(inputs.distinct, shape), axis=None)
    assert np.diff(X).min() > 2 / X.size
    assert np.abs(X).min() > 1 / X.size
    assert (X < 0).any()
    assert (X > 0).any()


def test_kinks_hold_zeros_of_both_signs():
    X = draw(inputs.kinks, (20, 20))
    zeros = X == 0
    assert 0.2 < zeros.mean() < 0.8
    assert np.signbit(X[zeros]).any()
    assert not np.signbit(X[zeros]).all()


def test_ties_fill_windows():
    X = draw(inputs.ties, (8, 6, 6, 3))
    windows = X.reshape(8, 3, 2, 3, 2, 3).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)
    assert np.mean((windows == windows.max(axis=1, keepdims=True)).sum(axis=1) > 1) > 0.4


def test_nan_and_infinity_are_few():
    assert np.isnan(draw(inputs.with_nan, (3, 5, 4, 2))).sum() == 1
    X = draw(inputs.with_infinity, (3, 5))
    assert (np.isposinf(X).sum(), np.isneginf(X).sum()) == (1, 1)


def test_huge_leaves_two_rows_that_are_not_saturated():
    X = draw(inputs.huge, (5, 4))
    assert [(row == 1000).sum() + (row == -1000).sum() for row in X] == [2, 2, 2, 0, 0]


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    images = load_digits().images / 16
    X = draw(inputs.digits, (5, 16, 24, 2))
    assert all(any(np.array_equal(image[::2, ::3, 0], digit) for digit in images) for image in X)
    assert not np.array_equal(X[..., 0], X[..., 1])
    assert np.mean(X == 0) > 0.3  # flat areas: kinks and ties as real as they get


def test_every_name_has_a_stream_of_its_own():
    draws = {inputs.generator(*names).integers(1 << 60) for names in [("a", "b"), ("a", "c"), ("b", "a"), ("ab",)]}
    assert len(draws) == 4
    assert inputs.generator("a", "b").integers(1 << 60) in draws
