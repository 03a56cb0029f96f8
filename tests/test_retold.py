"""Explanations that the numbers alone would get wrong: what other checks found of the same pair decides."""

import pytest

from parity_tests.findings import Explanation
from parity_tests.retold import retold
from strangers.asking import asked, module_from
from strangers.steered import DROPOUT

NORM = """
class BatchNorm:
    def __init__(self, num_features, eps=1e-5, momentum={default}):
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum = eps, momentum
    def forward(self, x, training=True):
        mean, var, m, n = x.mean(axis=0), x.var(axis=0), self.momentum, len(x)
        if training:
            self.running_mean = {old} * self.running_mean + {new} * mean
            self.running_var = {old} * self.running_var + {new} * var * n / (n - 1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta
"""


def told(name, pair, source):
    """How the explanation of this name is told of a module with this source."""
    one = Explanation(name, "as it was", ("output",), 1, 1, 0.0, "rule", convention="Keras")
    (found,) = retold((one,), asked(module_from(source), pair, dtypes=("float64",)).results)
    return found


def told_of_dropout(kept):
    """Of one that keeps where this is so of a random number, and divides by p."""
    source = DROPOUT.format(kept=f"np.random.rand(*x.shape) {kept}", scale="max(self.p, 1e-300)", again="self.mask")
    return told("dropout_scaled_by_p", "Dropout", source)


def test_a_p_that_keeps_is_told_by_the_share_that_is_kept():
    found = told_of_dropout("< self.p")
    assert "p and 1 - p are exchanged" in found.says
    assert found.line == "kept = self.rng.random(shape) >= self.p"


@pytest.mark.parametrize("kept", [">= self.p", ">= self.p / 2"], ids=["right share", "another share"])
def test_a_wrong_scale_alone_is_told_as_that(kept):
    assert told_of_dropout(kept).says == "as it was"


def test_a_momentum_of_0_9_that_weighs_the_new_value_is_told_the_right_way_round():
    found = told("bn_momentum_swapped", "BatchNorm", NORM.format(default="0.9", old="(1 - m)", new="m"))
    assert found.says.startswith("momentum weighs the new value")
    assert found.convention == ""


def test_a_momentum_of_0_1_that_weighs_the_old_value_is_told_as_before():
    found = told("bn_momentum_swapped", "BatchNorm", NORM.format(default="0.1", old="m", new="(1 - m)"))
    assert (found.says, found.convention) == ("as it was", "Keras")
