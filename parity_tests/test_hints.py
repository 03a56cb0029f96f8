"""Hints: a type of fewer digits inside is asked after; no mistake of another kind is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain.formulas.adam import MISTAKES as OF_ADAM
from parity_tests.explain.formulas.batch_norm import MISTAKES as OF_BATCH_NORM
from parity_tests.explain.formulas.convolution import Convolution
from parity_tests.explain.formulas.dense import Dense
from parity_tests.explain.formulas.normalisation import Normalisation
from parity_tests.explain.formulas.plain import mistake
from parity_tests.explain.transforms.relations import to_bfloat16
from parity_tests.findings import Failure, Finding, Rule
from parity_tests.hints import differing, hint, precision
from parity_tests.pairs import BY_NAME
from parity_tests.report.findings_text import block
from parity_tests.test_explain_formulas import BENCH, planted

TYPES = {
    "float16": lambda array: array.astype(np.float16).astype(float),
    "bfloat16": lambda array: to_bfloat16(array).astype(float),
    "single precision": lambda array: array.astype(np.float32).astype(float),
}
INSIDE = {
    "inputs of a convolution": ("Conv2D", lambda to: mistake(Convolution, "", "", A=lambda s: to(s.right.A))),
    "sums of a convolution": ("Conv2D", lambda to: mistake(Convolution, "", "", product=lambda s: to(s.right.product))),
    "weights of a dense layer": ("FullyConnected", lambda to: mistake(Dense, "", "", W=lambda s: to(s.right.W))),
    "normalised": ("BatchNorm", lambda to: mistake(Normalisation, "", "", x_hat=lambda s: to(s.right.x_hat))),
}


def traces(pair, hypothesis):
    return {one.case.name: one.trace for one in planted(BY_NAME[pair], hypothesis)}


def found(pair, hypothesis):
    return precision(list(differing(BY_NAME[pair], traces(pair, hypothesis), BENCH, "float64")))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("what", INSIDE)
def test_a_type_of_fewer_digits_inside_is_named(what, name):
    pair, rounded = INSIDE[what]
    with np.errstate(over="ignore"):
        assert found(pair, rounded(TYPES[name])) == name


def test_sums_that_are_cut_in_place_of_rounded_are_named():
    cut = lambda array: (array.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32).astype(float)  # noqa: E731
    assert found("Conv2D", mistake(Convolution, "", "", product=lambda s: cut(s.right.product))) == "bfloat16"


SMALL = ("bn_eps_0.001", "bn_eps_0.0001", "bn_eps_outside_root", "adam_eps_1e-7", "adam_t_from_2", "adam_betas_swapped")


@pytest.mark.parametrize("name", SMALL)
def test_a_small_error_of_another_kind_is_not_taken_for_rounding(name):
    """Of these the errors are as small, but of all sizes, or a fixed part of the right numbers."""
    pair, mistakes = ("BatchNorm", OF_BATCH_NORM) if name.startswith("bn") else ("Adam", OF_ADAM)
    assert found(pair, next(one for one in mistakes[pair] if one.name == name)) == ""


def test_the_hint_is_told_where_nothing_is_known_and_nowhere_else():
    pair, rounded = INSIDE["normalised"]
    rule = Rule("x is normalised.", "", "")
    failure = Failure("", "n5_d3", "training.output", "float64", "worst")
    unknown = Finding(pair, "layer", 1, (failure,), rule=rule)
    seen = traces(pair, rounded(TYPES["float16"]))
    said = hint(unknown, seen, BENCH, {})
    assert said == "The errors are as large as those of float16 everywhere: is something inside kept in that type?"
    assert hint(Finding(pair, "layer", 1, (failure,)), seen, BENCH, {}) == ""
    lines = block(Finding(pair, "layer", 1, (failure,), rule=rule, hint=said))
    assert lines[-2:] == [f"  {said}", "  PyTorch: x is normalised."]
