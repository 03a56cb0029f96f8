"""What is told of arrays that are wrong in a way that depends on the settings of the case, or on what went in."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import Wrong, explain
from parity_tests.explain.fit import is_right
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)


def changed_by_case(pair, change):
    """The wrong cases where change(case, batch, name, array) is what the candidate gave."""
    found = []
    for case in pair.cases:
        batch, expected = (trace(pair, case, "float64") for trace in (BENCH.batch, BENCH.expected))
        trace = {name: change(case, batch, name, array) for name, array in expected.items()}
        odd = tuple(n for n in expected if not is_right(trace[n], expected[n]))
        found += [Wrong(case, trace, odd)] if odd else []
    return found


def test_parameters_that_no_step_changes_are_told_together():
    """A loop that moves the last one only: of each of the others it was said that it is the parameter itself."""

    def kept(case, batch, name, array):
        parameter = name.partition(".")[2]
        return array if parameter == "bias" else batch[f"parameter.{parameter}"]

    (told,) = explain(BY_NAME["SGD"], changed_by_case(BY_NAME["SGD"], kept), BENCH)
    assert told.says == "no step changes it: it stays as it was"
    assert told.quantities == ("a", "b", "c", "kernel")


@pytest.mark.parametrize(("axis", "says"), [(0, "factor of the kernel's height"), (1, "factor of the kernel's width")])
def test_an_average_divided_along_one_axis_of_the_window_is_named(axis, says):
    def summed(case, batch, name, array):
        is_average = case.get("mode", "max") == "average" and name.endswith("output")
        return array * np.broadcast_to(case["kernel"], 2)[axis] if is_average else array

    (told,) = explain(BY_NAME["Pool2D"], changed_by_case(BY_NAME["Pool2D"], summed), BENCH)
    assert says in told.says


def test_weight_decay_in_a_gradient_is_named_where_there_is_more_than_one_number():
    """Of one number alone, any difference is a multiple of the parameter."""

    def decayed(case, batch, name, array):
        return array + 1e-4 * batch["parameter.W"] if name.endswith("gradient.W") else array

    (told,) = explain(BY_NAME["FullyConnected"], changed_by_case(BY_NAME["FullyConnected"], decayed), BENCH)
    assert told.says == "a multiple of the parameter is added to it, as weight decay adds"
    one_number = [one for one in changed_by_case(BY_NAME["FullyConnected"], decayed)
                  if one.trace["training.gradient.W"].size == 1]  # fmt: skip
    assert one_number
    assert all("weight decay" not in each.says for each in explain(BY_NAME["FullyConnected"], one_number, BENCH))
