"""The checks that need no PyTorch are attacked: each is shown a layer that breaks the one rule it guards."""

from types import SimpleNamespace

import numpy as np
import pytest

import scratch_nn
from parity_tests.checks import checks
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench


def bench_with(**replaced) -> Workbench:
    """A workbench whose candidate is scratch_nn with some classes replaced."""
    return Workbench(ScratchSide(SimpleNamespace(**{**vars(scratch_nn), **replaced})), torch_side)


def failing(name: str, case: str, bench: Workbench, dtype: str = "float64") -> set[str]:
    """The names of the checks of one case that fail."""
    found = [check for check in checks(BY_NAME[name]) if (check.case, check.dtype) == (case, dtype)]
    assert found
    return {check.name for check in found if not check.run(bench).ok}


class Accumulates(scratch_nn.FullyConnected):
    def backward(self, dLdY):
        before = dict(self.gradients)
        dLdX = super().backward(dLdY)
        for key in before:
            self.gradients[key] = self.gradients[key] + before[key]
        return dLdX


class WritesIntoUpstream(scratch_nn.FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        if dLdY.flags.writeable:
            dLdY *= 2
        return dLdX


class WritesIntoWeights(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        Y = super().forward(X, training=training)
        if self.parameters["W"].flags.writeable:
            self.parameters["W"] += 1e-3
        return Y


class Promotes(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        return super().forward(X, training=training).astype(np.float64)


class PromotesOneGradient(scratch_nn.FullyConnected):
    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["b"] = self.gradients["b"].astype(np.float64)
        return dLdX


class NeedsContiguous(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        read = X if X.flags.c_contiguous else np.frombuffer(np.ones(X.size), X.dtype).reshape(X.shape)
        return super().forward(read, training=training)


class ForgetsBatch(scratch_nn.FullyConnected):
    """dW is divided by N: right for no loss, and invisible to a test that never looks at the scale."""

    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["W"] = self.gradients["W"] / len(dLdY)
        return dLdX


class ReturnsUpstream(scratch_nn.FullyConnected):
    def backward(self, dLdY):
        return super().backward(dLdY) * 1.001


class KeepsTheFirstInput(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        kept = getattr(self, "_waiting", None)
        Y = super().forward(X, training=training)
        self._X = self._waiting = self._X if kept is None or kept.shape != X.shape else kept
        return Y

    def backward(self, dLdY):
        self._waiting = None
        return super().backward(dLdY)


class UsesItsOutputAgain(scratch_nn.FullyConnected):
    def forward(self, X, *, training=False):
        Y = super().forward(X, training=training)
        if getattr(self, "_memory", Y[:0]).shape != Y.shape:
            self._memory = np.empty_like(Y)
        self._memory[...] = Y
        return self._memory


@pytest.mark.parametrize(
    ("broken", "case", "dtype", "guards"),
    [
        (Accumulates, "n4_d7_m5", "float64", {"backward_twice", "later_batches"}),
        (WritesIntoUpstream, "n4_d7_m5", "float64", {"leaves_inputs"}),
        (WritesIntoWeights, "n4_d7_m5", "float64", {"leaves_inputs"}),
        (Promotes, "n4_d7_m5", "float32", {"keeps_dtype", "training.output"}),
        (PromotesOneGradient, "n4_d7_m5", "float32", {"keeps_dtype", "training.gradient.b"}),
        (NeedsContiguous, "n4_d7_m5", "float64", {"noncontiguous"}),
        (KeepsTheFirstInput, "n4_d7_m5", "float64", {"last_forward"}),
        (UsesItsOutputAgain, "n4_d7_m5", "float64", {"returned_arrays"}),
        (ForgetsBatch, "n4_d7_m5", "float64", {"finite_difference", "autograd_gradcheck", "training.gradient.W"}),
        (ReturnsUpstream, "n4_d7_m5", "float64", {"finite_difference", "autograd_gradcheck", "adjoint"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_rule_has_its_guard(broken, case, dtype, guards):
    noticed = failing("FullyConnected", case, bench_with(FullyConnected=broken), dtype)
    assert guards <= noticed


def test_the_unbroken_layer_fails_none_of_them(bench):
    for dtype in ("float64", "float32"):
        assert failing("FullyConnected", "n4_d7_m5", bench, dtype) == set()


def test_a_loss_that_remembers_is_noticed():
    class Remembers(scratch_nn.L2):
        def forward(self, Y, Y_hat):
            self.residual = Y_hat - Y
            return super().forward(Y, Y_hat)

        def backward(self, Y, Y_hat):
            right = super().backward(Y, Y_hat)
            return right if not hasattr(self, "residual") else 2 * self.residual / Y_hat.size

    assert failing("L2", "n4_d3", bench_with(L2=Remembers)) == {"order_of_calls"}


def test_an_optimizer_that_writes_into_gradients_is_noticed():
    class WritesIntoGradients(scratch_nn.SGD):
        def step(self, parameters, gradients):
            super().step(parameters, gradients)
            for g in gradients.values():
                if g.flags.writeable:
                    g *= 0

    assert failing("SGD", "momentum", bench_with(SGD=WritesIntoGradients)) == {"leaves_inputs"}


def test_an_optimizer_that_updates_in_place_is_noticed():
    class InPlace(scratch_nn.SGD):
        def step(self, parameters, gradients):
            for name, g in gradients.items():
                parameters[name] -= self.lr * g

    with pytest.raises(ValueError, match="read-only"):
        failing("SGD", "plain", bench_with(SGD=InPlace))


def test_a_velocity_shared_by_parameters_of_one_shape_is_noticed():
    class Shared(scratch_nn.SGD):
        def _updated(self, theta, g, lr, state):
            return super()._updated(theta, g, lr, self.state.setdefault(str(theta.shape), {}))

    assert "same_rate" in failing("SGD", "momentum", bench_with(SGD=Shared))


@pytest.mark.parametrize("refusal", ["transposed_weight", "other_number_of_inputs", "backward_first"])
def test_a_layer_that_refuses_nothing_is_noticed(refusal):
    class Careless(scratch_nn.FullyConnected):
        def _enter(self, X):
            if self._built_shapes is None:
                self.build(X.shape[1:], np.random.default_rng(0), dtype=X.dtype)

        def _enter_backward(self, dLdY):
            pass

    (check,) = [c for c in checks(BY_NAME["FullyConnected"]) if c.case == refusal]
    assert not check.run(bench_with(FullyConnected=Careless)).ok


def test_an_error_without_its_cure_is_noticed():
    class Terse(scratch_nn.Dropout):
        def __init__(self, p):
            if not 0 <= p <= 1:
                raise ValueError("bad p")
            super().__init__(p)

    (check,) = [c for c in checks(BY_NAME["Dropout"]) if c.case == "p_above_1"]
    found = check.run(bench_with(Dropout=Terse))
    assert not found.ok
    assert "lacks" in found.message
