"""A loss that is divided by too much: what its value comes of is told, and that it is of the value."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import explain
from parity_tests.pairs import BY_NAME
from parity_tests.test_explain_by_case import BENCH, changed_by_case

N_OF = {
    "the mean is divided by N, the rows, once more": lambda Z: len(Z),
    "it is divided by N twice, and by the second axis": lambda Z: len(Z) * Z.shape[1] * len(Z) / Z.size,
}


@pytest.mark.parametrize("says", N_OF)
def test_a_mean_of_squares_divided_by_n_once_more(says):
    def divided(case, batch, name, array):
        Z = batch["Y_hat"]
        return array / N_OF[says](Z) if name == "value" and Z.ndim > 1 else array

    (told,) = explain(BY_NAME["L2"], changed_by_case(BY_NAME["L2"], divided), BENCH)
    assert (told.says, told.quantities) == (f"in the value, {says}", ("value",))


def test_a_sum_of_logarithms_with_an_epsilon_beside_the_probabilities():
    def summed(case, batch, name, array):
        P = batch["Y_hat"] + np.finfo(float).eps
        return np.array(-np.sum(batch["Y"] * np.log(P))) if name == "value" else array

    (told,) = explain(BY_NAME["CrossEntropy"], changed_by_case(BY_NAME["CrossEntropy"], summed), BENCH)
    assert told.says.startswith("in the value, 1/N is missing, and 2.2e-16")
