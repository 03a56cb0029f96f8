"""Layers that are right alone, in a small batch or in training, and a loss that is right once: they must be noticed.

The other attacks on the checks that need no PyTorch stand in test_sabotage_of_layers.py."""

import numpy as np
import pytest

import scratch_nn
from parity_tests.checks import checks
from parity_tests.pair import NotOffered
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.scratch import ScratchLayer
from parity_tests.subjects.torch_side import torch_side
from parity_tests.test_sabotage_of_layers import bench_with, failing
from parity_tests.workbench import Workbench


class KeepsItsInputInTheClass(scratch_nn.FullyConnected):
    _X = property(lambda self: self.kept, lambda self, X: setattr(KeepsItsInputInTheClass, "kept", X))


class KeepsItsGradientsInTheClass(scratch_nn.FullyConnected):
    gradients = property(
        lambda self: self.kept, lambda self, found: setattr(KeepsItsGradientsInTheClass, "kept", found)
    )


class SumsOverFewRows(scratch_nn.FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        if len(dLdY) >= 32:
            self.gradients["b"] = np.zeros_like(self.gradients["b"])
        return dLdX


class ReadsFewColumns(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        return super().forward(np.where(np.arange(X.shape[1]) < 128, X, X.dtype.type(0)), training=training)


class UpdatesAfterEvaluation(scratch_nn.BatchNorm):
    def forward(self, X, *, training=False):
        Y = super().forward(X, training=training)
        if not training:
            self.state = {**self.state, "running_mean": 0.9 * self.state["running_mean"]}
        return Y


class IgnoresEpsOfImages(scratch_nn.BatchNorm):
    def forward(self, X, *, training=False):
        self.eps = 1e-5 if X.ndim == 4 else self.eps
        return super().forward(X, training=training)


@pytest.mark.parametrize(
    ("broken", "case", "guards"),
    [
        (KeepsItsInputInTheClass, "n4_d7_m5", {"two_objects"}),
        (KeepsItsGradientsInTheClass, "n4_d7_m5", {"two_objects"}),
        (SumsOverFewRows, "many_rows_plain", {"training.gradient.b", "later_batches"}),
        (ReadsFewColumns, "wide", {"training.output", "training.gradient.W"}),
        (UpdatesAfterEvaluation, "n5_d3", {"evaluation_state"}),
        (IgnoresEpsOfImages, "eps_0.1_images", {"training.output"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_rule_has_its_guard(broken, case, guards):
    name = broken.__base__.__name__
    assert guards <= failing(name, case, bench_with(**{name: broken}))


def test_of_a_weight_it_is_the_gradient_that_is_said_to_change():
    (check,) = (c for c in checks(BY_NAME["FullyConnected"], "n4_d7_m5") if c.name == "two_objects")
    found = check.run(bench_with(FullyConnected=KeepsItsGradientsInTheClass))
    assert "gradient.W is changed by another object of the class" in found.message


class WithoutLoadNothing(ScratchLayer):
    """An adapter that holds nothing until it is loaded."""

    builds_itself = False

    def forward(self, X, *, training, masks):
        raise AssertionError("nobody has loaded it")


def test_a_forward_before_load_is_asked_only_of_what_builds_itself():
    side = lambda pair, case, dtype: WithoutLoadNothing(scratch_nn, pair, case, dtype)  # noqa: E731
    (check,) = (c for c in checks(BY_NAME["BatchNorm"], "n5_d3") if c.name == "as_built")
    with pytest.raises(NotOffered, match="builds_itself"):
        check.outcome(Workbench(side, torch_side))


def test_a_loss_that_spoils_what_it_keeps_is_noticed():
    class Spoils(scratch_nn.SoftmaxCrossEntropy):
        def forward(self, Y, Y_hat):
            self.kept = super().backward(Y, Y_hat)
            return super().forward(Y, Y_hat)

        def backward(self, Y, Y_hat):
            self.kept *= 2
            return self.kept / 2

    (check,) = (c for c in checks(BY_NAME["SoftmaxCrossEntropy"], "n4_c3") if c.name == "backward_twice")
    assert not check.run(bench_with(SoftmaxCrossEntropy=Spoils)).ok
