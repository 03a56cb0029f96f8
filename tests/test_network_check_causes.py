"""check_network: what is told of gradients that add up, of one object in two places, of an update inside backward, and
what is said not to have been asked."""

import numpy as np
import pytest

from parity_tests import network_results
from parity_tests.findings import Report
from parity_tests.networks import check_network, findings, lines
from parity_tests.networks.causes import ADDS_UP, MOVES
from parity_tests.report.reading import findings_by_pair
from planted import planted, said
from scratch_nn import BatchNorm, Dropout, Flatten, ReLU, SoftmaxCrossEntropy


class Dense:
    def __init__(self, n_in, n_out):
        self.parameters = {"W": np.random.default_rng(n_in).normal(size=(n_in, n_out)), "b": np.zeros(n_out)}
        self.gradients = {}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY):
        self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0)}
        return dLdY @ self.parameters["W"].T


class Sum(Dense):
    """Its gradients add up."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.gradients = {name: np.zeros_like(array) for name, array in self.parameters.items()}

    def backward(self, dLdY):
        self.gradients["W"] += self.X.T @ dLdY
        self.gradients["b"] += dLdY.sum(axis=0)
        return dLdY @ self.parameters["W"].T


class SumOfNumbers(Dense):
    """They begin as the number 0."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.gradients = {"W": 0, "b": 0}

    def backward(self, dLdY):
        self.gradients = {"W": self.gradients["W"] + self.X.T @ dLdY, "b": self.gradients["b"] + dLdY.sum(axis=0)}
        return dLdY @ self.parameters["W"].T


class Emptied(Sum):
    def zero_grad(self):
        self.gradients = {name: np.zeros_like(array) for name, array in self.parameters.items()}


class Network:
    def __init__(self, *layers):
        self.layers, self.loss = list(layers), SoftmaxCrossEntropy()

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, target, out):
        dLdY = self.loss.backward(target, out)
        for layer in reversed(self.layers):
            dLdY = layer.backward(dLdY)


class Emptying(Network):
    def zero_grad(self):
        for layer in self.layers:
            for gradient in getattr(layer, "gradients", {}).values():
                gradient[...] = 0


class Forgetting(Network):
    def zero_grad(self):
        """It does nothing."""


class InPlace(Network):
    def backward(self, target, out):
        super().backward(target, out)
        for layer in self.layers[::2]:
            for name, gradient in layer.gradients.items():
                layer.parameters[name] -= 0.1 * gradient


class Anew(Network):
    def backward(self, target, out):
        super().backward(target, out)
        for layer in self.layers[::2]:
            layer.parameters = {name: array - 0.1 * layer.gradients[name] for name, array in layer.parameters.items()}


def network(kind=Network, dense=Dense):
    return kind(dense(4, 5), ReLU(), dense(5, 3))


@pytest.mark.parametrize(("kind", "dense"), [(Network, Emptied), (Emptying, Sum), (Emptying, Emptied)])
def test_gradients_may_add_up_where_there_is_a_zero_grad(kind, dense):
    report = check_network(network(kind, dense))
    assert report.ok, "\n".join(lines(report))
    assert report.rows[-1].own


@pytest.mark.parametrize(("kind", "dense"), [(Network, Sum), (Network, SumOfNumbers), (Forgetting, Sum)])
def test_gradients_that_nobody_empties_are_wrong(kind, dense):
    report = check_network(network(kind, dense))
    assert [row.name for row in report.wrong] == ["layers.2", "layers.0"]
    assert report.first_wrong.wrong[0].quantity == "evaluation.gradient.W"
    assert said(report).split("(allowed 1e-10): ")[1].startswith(ADDS_UP)


def test_another_wrong_gradient_is_not_said_to_add_up():
    report = check_network(planted(network(), 2, backward=lambda own, dLdY: own(1.001 * dLdY)))
    assert not report.ok
    assert ADDS_UP not in said(report)


def test_the_gradients_of_the_network_are_left_as_they_were():
    mine = network(dense=Emptied)
    kept = mine.layers[0].gradients["W"]
    kept[...] = 3.0
    check_network(mine)
    assert mine.layers[0].gradients["W"] is kept
    assert np.all(kept == 3.0)


@pytest.mark.parametrize(
    ("layer", "places"), [(ReLU(), (1, 3)), (Dense(5, 5), (2, 4)), (BatchNorm(), (1, 4))], ids=["relu", "dense", "norm"]
)
def test_one_object_in_two_places_is_told_first(layer, places):
    layers = [Dense(4, 5), ReLU(), Dense(5, 5), ReLU(), Dense(5, 5), Dense(5, 3)]
    for place in places:
        layers[place] = layer
    mine = Network(*layers)
    mine.forward(np.ones((3, 4)))
    report = check_network(mine)
    assert not report.ok
    sentence = f"layers.{places[0]} and layers.{places[1]} are one object"
    assert [text.startswith(sentence) for text in lines(report)[-2:]] == [True, False]
    (found,) = findings(report)
    assert sentence in found.failures[0].message
    outputs = [measured for row in report.rows for measured in row.own if measured.quantity == "training.output"]
    assert all(measured.ok for measured in outputs)  # both places hold the same weights, in the check too


def test_one_object_that_keeps_nothing_may_stand_in_two_places():
    stateless = {"forward": lambda self, Z: np.maximum(Z, 0), "backward": lambda self, Z, dY: dY * (Z > 0)}
    relu = type("ReLU", (), stateless)()
    mine = Network(Dense(4, 5), relu, Dense(5, 6), relu, Dense(6, 3))
    mine.backward = None
    report = check_network(mine)
    assert report.ok
    assert not any("one object" in text for text in lines(report))


def test_what_inherits_in_the_own_run_has_no_failure_without_a_finding():
    relu = ReLU()
    report = check_network(Network(Dense(4, 5), relu, Dense(5, 6), relu, Dense(6, 3)), name="mlp")
    assert sum(row.inherits for row in report.rows) > 1
    summaries = network_results.summaries([report])
    told = Report("nets.py", tuple(summaries), network_results.with_networks((), [report]), {}, 0.0)
    assert {name for name, found in findings_by_pair(told).items() if found} == {"mlp layers.1 ReLU"}
    assert [summary.pair.name for summary in summaries if summary.failures] == ["mlp layers.1 ReLU"]


@pytest.mark.parametrize("kind", [InPlace, Anew])
def test_an_update_inside_the_network_s_backward_is_noted(kind):
    report = check_network(network(kind))
    assert report.ok, "\n".join(lines(report))
    assert f"network as a whole: {MOVES}" in lines(report)
    assert not check_network(network()).rows[-1].notes


def test_an_update_inside_a_layer_s_backward_is_the_cause():
    def updating(own, dLdY):
        own(dLdY)
        mine.layers[2].parameters["W"] -= 0.1 * mine.layers[2].gradients["W"]
        return dLdY @ mine.layers[2].parameters["W"].T

    mine = network()
    report = check_network(planted(mine, 2, backward=updating))
    assert [row.name for row in report.wrong] == ["layers.2"]
    assert "its input gradient is off" in said(report)
    assert MOVES in said(report)


def test_what_a_network_has_for_training_is_said_not_to_be_asked():
    mine = network()
    mine.update, mine.train_step, mine.fit = lambda: 1 / 0, lambda X, Y: 1 / 0, "no method"
    assert "network as a whole: not asked: its update, train_step" in lines(check_network(mine))


class FirstShape(Flatten):
    __slots__ = ("shape",)

    def forward(self, X, *, training=False):
        self.shape = getattr(self, "shape", X.shape)
        return X.reshape(len(X), -1)

    def backward(self, dLdY):
        return dLdY.reshape(self.shape)


def test_a_layer_that_remembers_the_size_of_its_first_batch_is_named():
    report = check_network(Network(ReLU(), FirstShape(), Dense(12, 3)), input_shape=(2, 3, 2))
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert "its input gradient in evaluation" in said(report)
    assert check_network(Network(ReLU(), Flatten(), Dense(12, 3)), input_shape=(2, 3, 2)).ok


def test_a_batch_of_one_is_still_judged_in_both_modes():
    report = check_network(network(), np.ones((1, 4)), np.eye(3)[:1])
    assert report.ok
    assert {measured.quantity.partition(".")[0] for measured in report.rows[0].own} == {"training", "evaluation"}


def test_a_dropout_that_drops_in_the_smaller_batch_of_evaluation_is_off():
    class Always(Network):
        def forward(self, X, training=True):
            for layer in self.layers:
                X = layer.forward(X, training=True) if isinstance(layer, Dropout) else layer.forward(X)
            return X

    dropout = Dropout(0.4)
    report = check_network(Always(Dense(4, 5), dropout, Dense(5, 3)))
    assert [row.name for row in report.wrong] == ["network"]
    assert "its output in evaluation is off by" in said(report)
