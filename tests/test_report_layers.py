"""The table of a network, layer by layer: each figure stands where it belongs, and nothing wrong is called ok."""

import math

import numpy as np
import pytest

from parity_tests.compare import InvalidCheck
from parity_tests.pair import Case
from parity_tests.report.layers import first_wrong, layers, line, lines, worst

CASE = Case("digits", vanishing=("backward.00.Conv2D.gradient.b",))


def expected():
    """Two layers, values of scale 1 and 4; the convolution's bias gradient is zero in exact arithmetic."""
    return {
        "evaluation.output": np.array([9.0]),
        "forward.00.Conv2D.output": np.array([1.0, -0.5]),
        "forward.01.ReLU.output": np.array([1.0, 0.25]),
        "loss": np.array(0.3),
        "backward.01.ReLU.input_gradient": np.array([0.5, 4.0]),
        "backward.00.Conv2D.gradient.W": np.array([2.0, 4.0]),
        "backward.00.Conv2D.gradient.b": np.array([0.0]),
        "backward.00.Conv2D.input_gradient": np.array([1.0]),
    }


def off(**changes):
    """The trace with some arrays shifted; a name is given with _ for the dots."""
    by_name = {name.replace(".", "_"): name for name in expected()}
    return expected() | {by_name[name]: expected()[by_name[name]] + by for name, by in changes.items()}


def test_names_come_in_the_order_of_the_network():
    assert [layer.name for layer in layers(expected(), expected(), CASE)] == ["00.Conv2D", "01.ReLU"]


def test_each_figure_stands_in_its_column():
    actual = off(
        forward_00_Conv2D_output=1e-12, backward_01_ReLU_input_gradient=8e-12, backward_00_Conv2D_gradient_W=2e-11
    )
    conv, relu = layers(expected(), actual, CASE)
    assert (conv.output, conv.input_gradient) == (pytest.approx(1e-12, rel=1e-3), 0)
    assert conv.parameter_gradients == pytest.approx(5e-12, rel=1e-3)
    assert (relu.output, relu.input_gradient) == (0, pytest.approx(2e-12, rel=1e-3))
    assert math.isnan(relu.parameter_gradients)
    assert conv.ok
    assert relu.ok


def test_of_several_parameters_the_worst_counts():
    conv, _ = layers(expected(), off(backward_00_Conv2D_gradient_b=3e-12, backward_00_Conv2D_gradient_W=4e-12), CASE)
    assert conv.parameter_gradients == pytest.approx(3e-12)


@pytest.mark.parametrize(
    "quantity",
    [
        "forward_00_Conv2D_output",
        "backward_00_Conv2D_input_gradient",
        "backward_00_Conv2D_gradient_W",
        "backward_00_Conv2D_gradient_b",
    ],
)
@pytest.mark.parametrize("by", [1e-6, np.nan])
def test_a_fault_fails_its_layer_and_no_other(quantity, by):
    conv, relu = layers(expected(), off(**{quantity: by}), CASE)
    assert not conv.ok
    assert relu.ok
    assert line(conv).startswith("FAIL 00.Conv2D")
    assert line(relu).startswith("ok   01.ReLU")


def test_a_missing_array_fails():
    actual = expected()
    del actual["backward.01.ReLU.input_gradient"]
    conv, relu = layers(expected(), actual, CASE)
    assert conv.ok
    assert not relu.ok
    assert relu.input_gradient == math.inf


def test_an_expected_array_of_zeros_proves_nothing():
    with pytest.raises(InvalidCheck):
        layers(expected(), expected(), Case("digits"))


def test_the_table_says_exact_none_and_how_much():
    conv, relu = layers(expected(), off(backward_00_Conv2D_gradient_W=2e-11), CASE)
    text = lines([conv, relu])
    assert [row.split() for row in text if ".ReLU" in row] == [["ok", "01.ReLU", "exact", "exact", "-"]]
    assert [row.split() for row in text if ".Conv2D" in row] == [["ok", "00.Conv2D", "exact", "exact", "5.0e-12"]]
    assert len({len(row) for row in text}) == 1
    assert worst([conv, relu]) is conv


def test_the_first_wrong_layer_is_the_first_to_be_computed():
    """Forward the layers run from the first to the last, backward the other way round."""
    backward = {"backward_01_ReLU_input_gradient": 1.0, "backward_00_Conv2D_gradient_W": 2.0}
    assert first_wrong(layers(expected(), expected(), CASE)) is None
    assert first_wrong(layers(expected(), off(**backward), CASE)).name == "01.ReLU"
    assert first_wrong(layers(expected(), off(forward_00_Conv2D_output=1.0, **backward), CASE)).name == "00.Conv2D"
    assert first_wrong(layers(expected(), off(forward_01_ReLU_output=np.nan, **backward), CASE)).name == "01.ReLU"
