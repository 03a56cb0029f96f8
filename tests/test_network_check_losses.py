"""check_network on losses that ask for their arguments in another order, and on what is left where it is looked for."""

import numpy as np
import pytest

from parity_tests.networks import check_network, lines
from scratch_nn import SGD, FullyConnected, NeuralNetwork, ReLU, SoftmaxCrossEntropy
from small_networks import generator


class TorchOrder(SoftmaxCrossEntropy):
    def forward(self, Y_hat, Y):
        return super().forward(Y, Y_hat)

    def backward(self, y_pred, y_true):
        return super().backward(y_true, y_pred)


class Kept(TorchOrder):
    def forward(self, Y_hat, Y):
        self.dinputs = SoftmaxCrossEntropy.backward(self, Y, Y_hat)
        return super().forward(Y_hat, Y)

    def backward(self):
        """It leaves the gradient in `dinputs`."""


class Unnamed(SoftmaxCrossEntropy):
    def forward(self, one, two):
        return super().forward(two, one)


class Network(NeuralNetwork):
    def backward(self, target, out):
        self.loss.forward(out, target)
        dLdY = self.loss.backward(*(() if isinstance(self.loss, Kept) else (out, target)))
        dLdY = self.loss.dinputs if dLdY is None else dLdY
        for layer in reversed(self.layers):
            dLdY = layer.backward(dLdY)


def network(loss, kind=Network):
    return kind([FullyConnected(5), ReLU(), FullyConnected(3)], loss, SGD(0.1), rng=generator())


@pytest.mark.parametrize("loss", [TorchOrder, Kept])
def test_the_order_of_a_loss_is_told_by_its_names(loss):
    report = check_network(network(loss()), input_shape=(4,))
    assert report.ok, "\n".join(lines(report))
    assert [m.quantity for row in report.rows if row.name == "loss" for m in row.own] == ["value", "input_gradient"]
    assert not report.rows[-1].not_offered


def test_a_mistake_in_that_order_is_named():
    class Wrong(TorchOrder):
        def backward(self, Y_hat, Y):
            return 2 * super().backward(Y_hat, Y)

    report = check_network(network(Wrong()), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["loss"]


def test_where_nothing_tells_the_order_neither_the_loss_nor_the_backward_is_judged():
    report = check_network(network(Unnamed()), input_shape=(4,))
    assert report.ok
    said = "\n".join(lines(report))
    assert "loss SoftmaxCrossEntropy: not offered: which of one and two is the target cannot be told" in said
    assert "network as a whole: not offered: its backward: what its loss gives could not be asked" in said


class Leaving:
    """Nothing is returned."""

    def forward(self, X):
        self.output = np.maximum(X, 0)

    def backward(self, dLdY):
        self.dinputs = dLdY * (self.output > 0)


class Plain:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, X):
        for layer in self.layers:
            returned = layer.forward(X)
            X = layer.output if returned is None else returned
        return X


@pytest.mark.parametrize("name", ["ReLU", "Unknown"])
def test_what_a_layer_leaves_in_an_attribute_is_taken_from_there(name):
    report = check_network(Plain(FullyConnected(5), type(name, (Leaving,), {})(), FullyConnected(3)), input_shape=(4,))
    assert report.ok, "\n".join(lines(report))
    assert bool(report.rows[1].own) is (name == "ReLU")
    assert report.rows[2].own


@pytest.mark.parametrize("name", ["ReLU", "Unknown"])
def test_a_layer_that_gives_nothing_at_all_is_told(name):
    nothing = {"forward": lambda self, X: None, "backward": lambda self, dLdY: None}
    report = check_network(Plain(FullyConnected(5), type(name, (), nothing)(), FullyConnected(3)), input_shape=(4,))
    assert not report.wrong or report.wrong[0].name == "layers.1"
    assert "forward returns nothing, and leaves nothing in `output`" in "\n".join(lines(report))
