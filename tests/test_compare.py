"""The comparison, and the mistakes of comparers that it must not repeat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from parity_tests.compare import MOST_32, ULP_32, InvalidCheck, compare, compare32

FLOATS = arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=st.floats(-1e3, 1e3).map(lambda x: x + 2e3))


@given(FLOATS)
def test_an_array_agrees_with_itself_exactly(array):
    found = compare(array.copy(), array)
    assert (found.ok, found.error) == (True, 0.0)


@given(FLOATS, st.data())
def test_one_wrong_element_anywhere_is_found_where_it_is(array, data):
    place = tuple(data.draw(st.integers(0, size - 1)) for size in array.shape)
    wrong = array.copy()
    wrong[place] *= 1 + 1e-6
    found = compare(wrong, array)
    assert not found.ok
    assert f"at {place}, allowed" in found.message
    assert f"1 of {array.size} elements outside" in found.message


@given(FLOATS.filter(lambda array: array.shape[0] > 1))
def test_nothing_is_broadcast(array):
    found = compare(array[:1], array)
    assert not found.ok
    assert f"expected shape {array.shape}" in found.message


def test_means_are_not_compared():
    assert not compare(np.array([1.0, 3.0]), np.array([2.0, 2.0])).ok


def test_the_tolerance_does_not_grow_with_the_array():
    small, large = np.ones(10), np.ones(100_000)
    for array in (small, large):
        wrong = array.copy()
        wrong[3] += 2e-10
        assert not compare(wrong, array).ok


def test_the_message_is_the_one_that_the_style_promises():
    expected = np.arange(24.0).reshape(2, 3, 4)
    actual = expected.copy()
    actual[1, 2, 0] += 0.46
    message = "worst |ours - torch| 4.6e-01 at (1, 2, 0), allowed 2.3e-09; 1 of 24 elements outside"
    assert compare(actual, expected).message == message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_must_be_so_in_the_same_places(value):
    expected, elsewhere = np.array([1.0, value, 3.0]), np.array([1.0, 2.0, value])
    assert compare(expected.copy(), expected).ok
    found = compare(elsewhere, expected)
    assert not found.ok
    assert "in other places" in found.message
    assert not compare(np.array([1.0, 2.0, 3.0]), expected).ok
    assert not compare(expected, np.array([1.0, 2.0, 3.0])).ok


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (np.array(np.nan), np.array(500.4061855125131), "nan, where PyTorch has 500.406"),
        (
            np.array([1.0, np.nan]),
            np.array([1.0, 2 / 3]),
            "NaN in other places: nan where PyTorch has 0.666667 at (1,)",
        ),
        (np.full(3, np.inf), np.ones(3), "+inf in other places: inf where PyTorch has 1 at (0,), and 2 more"),
    ],
    ids=["a number", "one element", "several"],
)
def test_what_is_not_finite_is_told_with_its_place_where_there_are_places(actual, expected, says):
    assert compare(actual, expected).message == says


def test_plus_and_minus_infinity_are_not_the_same():
    assert not compare(np.array([1.0, np.inf]), np.array([1.0, -np.inf])).ok


def test_another_type_is_a_failure():
    found = compare(np.ones(3, np.float32), np.ones(3))
    assert not found.ok
    assert found.message == "expected type float64, got float32"
    assert not compare([1.0, 2.0], np.ones(2)).ok


def test_integers_are_compared_exactly():
    assert compare(np.array(4), np.array(4)).ok
    assert not compare(np.array(5), np.array(4)).ok


@pytest.mark.parametrize("expected", [np.zeros((2, 3)), np.full((2, 3), 1e-17)])
def test_an_expected_array_of_about_zero_makes_the_check_invalid(expected):
    with pytest.raises(InvalidCheck, match="proves nothing"):
        compare(expected.copy(), expected)


def test_a_quantity_that_vanishes_must_be_declared_and_then_be_zero_on_both_sides():
    assert compare(np.zeros(3), np.full(3, 1e-18), vanishing=True).ok
    assert not compare(np.full(3, 1e-9), np.zeros(3), vanishing=True).ok
    with pytest.raises(InvalidCheck, match="declared to vanish"):
        compare(np.ones(3), np.ones(3), vanishing=True)


def test_an_array_without_a_finite_number_must_be_declared():
    nan = np.array([np.nan, np.nan])
    with pytest.raises(InvalidCheck, match="0 finite numbers"):
        compare(nan.copy(), nan)
    assert compare(nan.copy(), nan, not_finite=True).ok
    assert not compare(np.array([np.nan, 1.0]), nan, not_finite=True).ok
    with pytest.raises(InvalidCheck, match="2 finite numbers as declared none"):
        compare(np.ones(2), np.ones(2), not_finite=True)


def float32_case(errors_ours: list[float], errors_theirs: list[float]) -> tuple:
    truth = np.array([1.0, 2.0, 3.0])
    ours, theirs = (np.float32(truth + np.array(e)) for e in (errors_ours, errors_theirs))
    return ours, theirs, truth, np.zeros(3)


def test_our_float32_error_may_be_twice_pytorchs_and_no_more():
    assert compare32(*float32_case([0, 1.9e-3, 0], [1e-3, 0, 0])).ok
    found = compare32(*float32_case([0, 0, 2.1e-3], [1e-3, 0, 0]))
    assert not found.ok
    assert "2.1 times PyTorch's own float32 error" in found.message
    assert "at (2,)" in found.message


def test_the_multiple_is_the_one_that_is_reported():
    assert compare32(*float32_case([1.5e-3, 0, 0], [0, 0, 1e-3])).multiple == pytest.approx(1.5, rel=1e-3)


def test_a_few_units_in_the_last_place_of_the_absolute_terms_are_free():
    """1000 - 999.9999: PyTorch happened to round to the truth, and a sum of terms of 1000 may still be off a little."""
    truth, terms = np.array([1e-4]), np.array([2000.0])
    theirs, near, far = (np.float32(truth + off) for off in (0, 1.5 * ULP_32 * 2000, 5 * ULP_32 * 2000))
    assert compare32(near, theirs, truth, terms).ok
    assert not compare32(far, theirs, truth, terms).ok
    assert not compare32(near, theirs, truth, np.abs(truth)).ok


def test_where_pytorch_is_exact_and_nothing_is_summed_we_must_be_exact():
    zero = np.zeros(2)
    assert compare32(np.float32(zero), np.float32(zero), zero, zero).multiple == 0
    found = compare32(np.float32([0, 1e-30]), np.float32(zero), zero, zero)
    assert (found.ok, found.multiple) == (False, np.inf)
    assert found.multiple > MOST_32


def test_float32_nan_in_another_place_is_a_failure():
    truth = np.array([1.0, np.nan])
    right, wrong = np.float32([1, np.nan]), np.float32([np.nan, 1])
    assert compare32(right, right, truth, np.abs(truth)).ok
    assert not compare32(wrong, right, truth, np.abs(truth)).ok
