"""check_network on layers whose weights stand elsewhere than in a dict `parameters` under our names."""

import numpy as np
import pytest

from parity_tests.networks import check_network
from parity_tests.networks.describe import described
from parity_tests.networks.scratch_like import part_of
from planted import planted
from scratch_nn import Linear as Identity
from scratch_nn import ReLU
from small_networks import Plain, generator


class Attributes:
    """W and dW."""

    def __init__(self, n_in, n_out):
        self.W, self.b = generator(n_in).normal(size=(n_in, n_out)), generator(n_out).normal(size=n_out)

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dLdY):
        self.dW, self.db = self.X.T @ dLdY, dLdY.sum(axis=0)
        return dLdY @ self.W.T


class Turned:
    def __init__(self, n_in, n_out):
        self.weight, self.bias = generator(n_in).normal(size=(n_out, n_in)), generator(n_out).normal(size=(n_out, 1))

    def forward(self, X):
        self.X = X
        return X @ self.weight.T + self.bias.T

    def backward(self, dLdY):
        self.weight_grad, self.bias_grad = dLdY.T @ self.X, dLdY.sum(axis=0)[:, None]
        return dLdY @ self.weight


class InDict:
    def __init__(self, n_in, n_out):
        self.params = {"w": generator(n_in).normal(size=(n_in, n_out)), "b": generator(n_out).normal(size=n_out)}
        self.grads = {}

    def forward(self, X):
        self.X = X
        return X @ self.params["w"] + self.params["b"]

    def backward(self, dLdY):
        self.grads["w"], self.grads["b"] = self.X.T @ dLdY, dLdY.sum(axis=0)
        return dLdY @ self.params["w"].T


class InList:
    def __init__(self, n_in, n_out):
        self.params = [generator(n_in).normal(size=(n_in, n_out)), generator(n_out).normal(size=n_out)]
        self.grads = [np.zeros_like(array) for array in self.params]

    def forward(self, X):
        self.X = X
        W, b = self.params
        return X @ W + b

    def backward(self, dLdY):
        self.grads[0][...], self.grads[1][...] = self.X.T @ dLdY, dLdY.sum(axis=0)
        return dLdY @ self.params[0].T


class InBoth(Attributes):
    """One array in two places, the one read and the other not; and a method `parameters`."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.params = {"W": self.W, "b": self.b}

    def parameters(self):
        return list(self.params.values())


class Summed(Attributes):
    """Its gradients add up, until the network empties them."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def backward(self, dLdY):
        self.dW += self.X.T @ dLdY
        self.db += dLdY.sum(axis=0)
        return dLdY @ self.W.T


KINDS = [Attributes, Turned, InDict, InList, InBoth]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["Linear", "Dense"])
@pytest.mark.parametrize("hidden", [4, 6], ids=["square", "oblong"])
def test_a_dense_layer_is_judged_wherever_its_weights_stand(kind, name, hidden):
    dense = type(name, (kind,), {})
    report = check_network(Plain(dense(4, hidden), ReLU(), dense(hidden, 3)))
    assert report.ok
    assert [row.kind for row in report.rows[:3]] == ["FullyConnected", "ReLU", "FullyConnected"]
    assert {"training.gradient.W", "training.gradient.b"} <= {m.quantity for m in report.rows[0].own}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_in_it_is_named(kind):
    dense = type("Linear", (kind,), {})
    wrong = planted(Plain(dense(4, 4), ReLU(), dense(4, 3)), 0, backward=lambda own, dLdY: own(1.001 * dLdY))
    assert [row.name for row in check_network(wrong).wrong] == ["layers.0"]


def test_it_holds_the_very_same_arrays_afterwards():
    network = Plain(type("Linear", (Summed,), {})(4, 3))
    before = dict(vars(network.layers[0]))
    values = [array.copy() for array in before.values()]
    check_network(network)
    after = vars(network.layers[0])
    assert all(after[name] is array for name, array in before.items())
    assert all(map(np.array_equal, before.values(), values))


@pytest.mark.parametrize("emptied", [True, False])
def test_gradients_that_add_up_are_right_where_the_network_empties_them(emptied):
    network = Plain(type("Linear", (Summed,), {})(4, 3))

    def zero_grad():
        for layer in network.layers:
            layer.dW[...], layer.db[...] = 0, 0

    if emptied:
        network.zero_grad = zero_grad
    assert check_network(network).ok is emptied


class Columns(Attributes):
    def forward(self, X):
        return self.W @ X + self.b[:, None]


class OtherBias(Attributes):
    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.c, self.b = self.b, None

    def forward(self, X):
        self.X = X
        return X @ self.W + self.c


class OtherWeight:
    def __init__(self, a, b):
        self.M = np.ones((a, b))

    def forward(self, X):
        return X @ self.M


class Fixed(Attributes):
    @property
    def parameters(self):
        return {"W": self.W.copy(), "b": self.b.copy()}


class OfAnother(Attributes):
    """Its forward reads arrays that it does not hold."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        W, b = self.W, self.b
        self.forward = lambda X: X @ W + b


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Columns, "Are examples columns"),
        (OtherBias, "no b was found in it: looked for W, weight"),
        (OtherWeight, "no W was found in it, and no attribute n_out: looked for W, weight"),
        (Fixed, "does not act on rows as X W or X W.T does"),
        (OfAnother, "does not act on rows as X W or X W.T does"),
    ],
)
def test_what_cannot_be_found_or_put_in_is_not_offered(kind, why):
    report = check_network(Plain(type("Linear", (kind,), {})(4, 4), ReLU()), input_shape=(4,))
    assert why in report.rows[0].not_offered
    assert not report.wrong


def test_a_convolution_whose_weights_stand_elsewhere_is_not_offered():
    conv = type("Conv2D", (), {"stride": 1, "pad": 0, "kernel_size": 3, "n_out": 4})()
    conv.W, conv.b = np.ones((4, 2, 3, 3)), np.ones(4)
    assert "the order of its axes is not told" in part_of("layers.0", conv, None).not_offered


def test_a_linear_without_weights_is_the_identity_only_where_its_class_asks_for_none():
    assert described(Identity()) == ("Linear", {})
    assert described(type("Linear", (), {})()) == ("Linear", {})

    class Linear:
        def __init__(self, n_out):
            self.n_out, self.W = n_out, None

    assert described(Linear(3)) == ("FullyConnected", {"n_out": 3})
