"""What those who port a layer get wrong: the shape of a bias, the order in which a padding is read, a setting."""

from __future__ import annotations

import re

import numpy as np
import pytest

from parity_tests.explain import explain
from parity_tests.explain.formulas import MISTAKES, pool
from parity_tests.pairs import BY_NAME
from parity_tests.test_explain_by_case import BENCH, changed_by_case
from parity_tests.test_explain_formulas import planted


def told(pair, change):
    return explain(BY_NAME[pair], changed_by_case(BY_NAME[pair], change), BENCH)


def of_bias(change):
    return lambda case, batch, name, array: change(array) if name.endswith(("gradient.b", "gradient.gamma")) else array


SHAPES = {
    "axis missing": (lambda b: b[0], r"the axis of length 1 is missing: \((\d),\) in place of \(1, \1\)"),
    "axis too many": (lambda b: b[None], r"an axis of length 1 too many: \(1, 1, (\d)\) in place of \(1, \1\)"),
    "another shape": (lambda b: b.T, r"in the right order, are in another shape: \((\d), 1\) in place of \(1, \1\)"),
}


@pytest.mark.parametrize("pair", ["Conv2D", "BatchNorm"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_bias_in_another_shape_is_not_called_transposed(name, pair):
    change, says = SHAPES[name]
    (found,) = told(pair, of_bias(change))
    assert (found.name, found.matched) == (name, found.of)
    assert re.search(says, found.says)


def test_flat_rows_are_the_right_numbers_in_another_shape():
    """With an array of (N, 1, 1, 1) among them, which lacks axes of length 1 as well."""
    flat = lambda case, batch, name, array: array.reshape(len(array), -1) if name.endswith("output") else array  # noqa: E731
    (found,) = told("Pool2D", flat)
    assert (found.name, found.matched) == ("another shape", found.of)


def test_a_transposed_array_is_no_other_shape():
    moved = lambda case, batch, name, array: array.transpose(0, 3, 1, 2) if name.endswith("output") else array  # noqa: E731
    (found,) = told("Pool2D", moved)
    assert "(n, c, h, w)" in found.says


def test_a_pool_without_ceil_mode_is_named_even_where_no_window_is_left():
    def rounded_down(case, batch, name, array):
        stage, _, quantity = name.partition(".")
        if quantity != "output" or not case.get("ceil_mode", False):
            return array
        X, k = batch[f"{stage}.X"], np.broadcast_to(case["kernel"], 2)
        sizes = np.array(X.shape[1:3]) + 2 * np.broadcast_to(case.get("pad", 0), 2) - k
        H, W = sizes // case["stride"] + 1
        return array[:, :H, :W]

    (found,) = told("Pool2D", rounded_down)
    assert found.name == "pool_rounded_down"
    assert "ceil_mode" in found.rule
    assert found.matched == found.of


PORTED = [
    ("Conv2D", "conv_pad_sides_swapped"),
    ("Conv2D", "conv_pad_axes_swapped"),
    ("SGD", "sgd_decay_of_weights_alone"),
    ("Adam", "adam_decay_of_weights_alone"),
    ("AdamW", "adamw_decay_of_weights_alone"),
]


@pytest.mark.parametrize(("pair", "name"), PORTED)
def test_one_mistake_has_one_cause(pair, name):
    mistake = next(one for one in MISTAKES[pair] if one.name == name)
    (found,) = explain(BY_NAME[pair], planted(BY_NAME[pair], mistake), BENCH)
    assert (found.name, found.matched) == (name, found.of)


def test_a_pool_whose_window_does_not_fit_is_empty():
    case = next(case for case in BY_NAME["Pool2D"].cases if case.name == "ceil_mode_beyond_image")
    X = BENCH.batch(BY_NAME["Pool2D"], case, "float64")["training.X"]
    mistake = next(one for one in MISTAKES["Pool2D"] if one.name == "pool_rounded_down")
    assert mistake.plain(case, X, np.ones(1), {}, {}, {}, True).Y.shape == (2, 0, 2, 2)
    assert pool.Pooling(case, X, np.ones(1), {}, {}, {}, True).Y.shape == (2, 1, 2, 2)
