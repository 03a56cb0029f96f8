"""check_network on the network's own passes: what they return, in which order a fault is told, and losses that keep
what their gradient needs."""

import numpy as np
import pytest

from parity_tests.networks import check_network, findings, lines
from parity_tests.networks.check import reference_of
from parity_tests.networks.discover import candidate_of
from parity_tests.networks.lockstep import course, trained_candidate, trained_twins
from parity_tests.subjects.torch_side import torch_side
from planted import planted, said
from scratch_nn import SGD, BatchNorm, FullyConnected, NeuralNetwork, ReLU, SoftmaxCrossEntropy
from small_networks import generator, image_network


def network_of(layers, *, loss=None, kind=NeuralNetwork):
    return kind(layers, loss or SoftmaxCrossEntropy(), SGD(0.1), rng=generator())


def dense(kind):
    return network_of([FullyConnected(5), ReLU(), FullyConnected(5), FullyConnected(3)], kind=kind)


def returning(change):
    class Returning(NeuralNetwork):
        def backward(self, target, out):
            return change(super().backward(target, out))

    return dense(Returning)


def backwards_through(order):
    """A network whose backward takes the layers in another order, or not all of them."""

    class Own(NeuralNetwork):
        def backward(self, target, out):
            dLdY = self.loss.backward(target, out)
            for layer in order(self.layers):
                dLdY = layer.backward(dLdY)

    return dense(Own)


def test_the_loss_that_backward_returns_is_judged():
    report = check_network(returning(lambda loss: 2 * loss), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["network"]
    assert "its loss is off by 1.0e+00 of its scale" in said(report)
    assert check_network(returning(lambda loss: np.float64(loss)), input_shape=(4,)).ok


@pytest.mark.parametrize("returned", [None, np.ones((5, 4)), [1.0, "two"]], ids=["nothing", "an_array", "a_list"])
def test_what_is_no_number_is_no_loss(returned):
    assert check_network(returning(lambda loss: returned), input_shape=(4,)).ok


def test_a_backward_that_raises_is_not_said_of_the_output():
    report = check_network(backwards_through(lambda layers: layers), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["network"]
    assert report.first_wrong.own[0].ok
    assert "its gradient of layers.3.W could not be computed: " in said(report)


@pytest.mark.parametrize("order", [lambda layers: layers[:0:-1], lambda layers: layers[-2::-1]], ids=["first", "last"])
def test_a_layer_that_backward_leaves_out_has_no_gradients(order):
    report = check_network(backwards_through(order), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["network"]


def test_a_backward_through_all_of_them_agrees():
    assert check_network(backwards_through(lambda layers: layers[::-1]), input_shape=(4,)).ok


def test_of_gradients_in_its_own_run_the_first_on_the_way_back_is_named():
    """One ReLU at two places: what it keeps of the second is wrong when backward comes to the first."""
    network = network_of([FullyConnected(5), ReLU(), FullyConnected(5), ReLU(), FullyConnected(3)])
    network.layers = [*network.layers[:3], network.layers[1], network.layers[4]]
    report = check_network(network, input_shape=(4,))
    assert not report.wrong
    assert said(report) == "Every layer agrees by itself, yet in the network's own run layers.1 ReLU is off."
    (found,) = findings(report)
    assert (found.pair, found.quantity) == ("network layers.1 ReLU", "input_gradient")


class Keeps(SoftmaxCrossEntropy):
    """Its gradient is of what the last forward kept."""

    def forward(self, Y, Y_hat):
        self.kept = super().backward(Y, Y_hat)
        return super().forward(Y, Y_hat)

    def backward(self, Y, Y_hat):
        return self.kept


def test_a_loss_may_keep_what_its_gradient_needs():
    network = network_of([FullyConnected(5), FullyConnected(3)], loss=Keeps())
    candidate = candidate_of(network, "net", (4,))
    reference = reference_of(candidate)
    assert check_network(candidate).ok
    given = course(candidate, reference, "float64")
    ours, theirs = trained_candidate(candidate, given, torch_side, 10.0), trained_twins(candidate, given, torch_side)
    assert all(np.allclose(ours[name], theirs[name], rtol=1e-10, atol=1e-12) for name in theirs)


def test_statistics_that_evaluation_changes_are_named():
    def updated(own, X, *, training=False):
        Y = own(X, training=training)
        if not training:
            norm.state["running_mean"] = 0.9 * norm.state["running_mean"]
        return Y

    network = image_network()
    norm = network.layers[1]
    report = check_network(planted(network, 1, forward=updated), input_shape=(6, 8, 2))
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert "its running_mean in evaluation is off by 1.0e-01 of its scale" in said(report)


class HasAttributes(BatchNorm):
    """A layer without `state`, that keeps its running statistics in attributes."""

    def __init__(self, inner):
        self.inner, self.parameters, self.gradients = inner, dict(inner.parameters), {}
        self.eps, self.momentum = inner.eps, inner.momentum

    def forward(self, X, *, training=False):
        self.inner.parameters = self.parameters
        return self.inner.forward(X, training=training)

    def backward(self, dLdY):
        dLdX = self.inner.backward(dLdY)
        self.gradients = self.inner.gradients
        return dLdX


def test_statistics_that_cannot_be_put_in_are_said_not_to_be_asked():
    network = image_network()
    assert not any("running statistics" in line for line in lines(check_network(network, input_shape=(6, 8, 2))))
    network.layers[1] = HasAttributes(network.layers[1])
    report = check_network(network, input_shape=(6, 8, 2))
    assert not report.wrong
    (row,) = [row for row in report.rows if row.name == "layers.1"]
    assert row.not_offered.startswith("evaluation, and what it keeps for it: its running statistics stand in no dict")


class WithoutLoss:
    """Its loss is inside its backward."""

    def __init__(self, *layers, more=0.0):
        self.layers, self.more = layers, more

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X + self.more

    def backward(self, target, out):
        raise AssertionError("nobody can tell what it should give")


def test_a_forward_is_judged_without_a_loss_and_the_backward_is_said_to_be_missing():
    layers = (FullyConnected(5), ReLU(), FullyConnected(3))
    right, wrong = (check_network(WithoutLoss(*layers, more=more), input_shape=(4,)) for more in (0.0, 0.001))
    assert right.ok
    assert "network as a whole: not offered: its backward: it has no .loss" in lines(right)
    assert said(right).startswith("Every layer agrees by itself")
    assert [row.name for row in wrong.wrong] == ["network"]
    assert "its output is off by " in said(wrong)


def test_a_backward_of_other_arguments_is_not_offered():
    network = WithoutLoss(FullyConnected(5), FullyConnected(3))
    network.loss, network.backward = SoftmaxCrossEntropy(), lambda target: None
    report = check_network(network, input_shape=(4,))
    assert report.ok
    assert report.rows[-1].not_offered == "its backward: it does not take (target, output)"


def test_a_forward_that_cannot_be_told_its_mode_is_not_offered():
    report = check_network(WithoutLoss(FullyConnected(5), BatchNorm()), input_shape=(4,))
    assert report.ok
    assert report.rows[-1].not_offered == "its forward takes no `training`, but a layer's does"
    assert not report.rows[-1].own


@pytest.mark.parametrize("first", [0, 2])
def test_a_backward_that_stops_early_is_told_where(first):
    report = check_network(backwards_through(lambda layers: layers[:first:-1]), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["network"]
    assert f"backward never reached layers.{first}" in said(report)
