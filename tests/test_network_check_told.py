"""check_network: how gradients of an earlier run, a factor of the batch, several wrong layers and
tied weights are told."""

import pytest

from parity_tests.networks import Candidate, Part, check_network, lines
from planted import planted, said
from scratch_nn import SGD, FullyConnected, NeuralNetwork, ReLU, SoftmaxCrossEntropy
from small_networks import Plain, generator


def network_of(*layers, loss=None, kind=NeuralNetwork):
    return kind(layers, loss or SoftmaxCrossEntropy(), SGD(0.1), rng=generator())


def deep():
    return network_of(FullyConnected(5), ReLU(), FullyConnected(5), FullyConnected(3))


class Dense:
    """The subject of an adapter: its gradients stay until the next backward."""

    def load(self, parameters, state):
        self.W = parameters["W"]

    def forward(self, X, *, training=False, masks=None):
        self.X = X
        return X @ self.W

    def backward(self, dLdY):
        self.dW = self.X.T @ dLdY
        return dLdY @ self.W.T

    def gradients(self):
        return {"W": self.dW}

    def parameters(self):
        return {"W": generator().normal(size=(4, 4))}

    def state(self):
        return {}


class Passes:
    def __init__(self, one, two, *, reached):
        self.one, self.two, self.reached = one, two, reached

    def forward(self, X, training):
        return self.two.forward(self.one.forward(X))

    def backward(self, target, dLdY):
        dLdY = self.two.backward(dLdY)
        if self.reached:
            self.one.backward(dLdY)


@pytest.mark.parametrize("reached", [True, False])
def test_gradients_of_an_earlier_run_are_not_taken_for_new_ones(reached):
    one, two = Dense(), Dense()
    parts = tuple(Part(f"layers.{i}", "FullyConnected", each, {"n_out": 4}) for i, each in enumerate((one, two)))
    report = check_network(Candidate("mine", parts, (4,), whole=Passes(one, two, reached=reached)))
    assert report.ok is reached
    assert ("backward never reached layers.0" in said(report)) is not reached


@pytest.mark.parametrize("of", ["a layer", "the loss", "the network"])
def test_a_gradient_that_is_too_large_by_the_batch_is_told_so(of):
    class Own(NeuralNetwork):
        def backward(self, target, out):
            dLdY = self.loss.backward(target, out) * (len(out) if of == "the network" else 1)
            for layer in self.layers[::-1]:
                dLdY = layer.backward(dLdY)

    class Summed(SoftmaxCrossEntropy):
        def backward(self, Y, Y_hat):
            return len(Y) * super().backward(Y, Y_hat)

    network = network_of(FullyConnected(5), FullyConnected(3), loss=Summed() if of == "the loss" else None, kind=Own)
    if of == "a layer":
        planted(network, 1, backward=lambda own, dLdY: len(dLdY) * own(dLdY))
    report = check_network(network, input_shape=(4,))
    assert "it is 5 times too large, and 5 is the number of examples" in said(report)
    others = check_network(planted(deep(), 2, backward=lambda own, u: 3 * own(u)), input_shape=(4,))
    assert "times too large" not in said(others)


def test_two_that_are_wrong_are_told_of_in_their_number():
    def wrong(*places):
        network = deep()
        for i in places:
            planted(network, i, backward=lambda own, u: 1.1 * own(u))
        return said(check_network(network, input_shape=(4,)))

    assert "; wrong in itself is also layers.1 ReLU." in wrong(1, 2)
    assert "; wrong in themselves are also layers.1 ReLU, layers.0 FullyConnected." in wrong(0, 1, 2)


class OwnWeights:
    def __init__(self, **arrays):
        vars(self).update(arrays)

    def forward(self, X):
        self.X = X
        return X @ self.W

    def backward(self, dLdY):
        self.dW = self.X.T @ dLdY
        return dLdY @ self.W.T


@pytest.mark.parametrize("kind", ["ours", "attributes"])
def test_one_array_in_two_layers_is_noted(kind):
    def said_of(network):
        report = check_network(network, input_shape=(5,))
        assert report.ok
        return [line for line in lines(report) if "holds the very same" in line]

    def made():
        if kind == "ours":
            network = network_of(FullyConnected(5), ReLU(), FullyConnected(5))
            network.build((5,))
            return network
        dense = type("Linear", (OwnWeights,), {})
        return Plain(*(dense(W=generator(i).normal(size=(5, 5))) if i != 1 else ReLU() for i in range(3)))

    network = made()
    assert said_of(network) == []
    one, other = network.layers[0], network.layers[2]
    if kind == "ours":
        other.parameters = one.parameters
    else:
        other.W = one.W
    (line,) = said_of(network)
    assert line.startswith("layers.2 FullyConnected: layers.0 holds the very same W")
