"""check_network: what it takes for a network, and what it cannot judge."""

import numpy as np
import pytest

from parity_tests.networks import Candidate, Part, check_network, find_networks, lines
from parity_tests.networks.describe import described
from parity_tests.networks.scratch_like import part_of
from planted import planted, said
from scratch_nn import (
    Dropout,
    FullyConnected,
    NeuralNetwork,
    ReLU,
)
from small_networks import Plain, dense_network, image_network

SHAPE = (6, 8, 2)


class Square:
    """A layer that nobody knows."""

    def forward(self, X):
        self.X = X
        return X * X

    def backward(self, dLdY):
        return 2 * self.X * dLdY


def test_an_unknown_layer_is_not_offered_and_those_around_it_are_judged():
    wrong = planted(Plain(FullyConnected(5), Square(), FullyConnected(3)), 2, backward=lambda own, u: 1.001 * own(u))
    for network, names in ((wrong, ["layers.2"]), (Plain(FullyConnected(5), Square(), FullyConnected(3)), [])):
        report = check_network(network, input_shape=(4,))
        assert [row.name for row in report.wrong] == names
        assert report.rows[1].not_offered.startswith("no PyTorch twin of Square is known")
        assert any("layers.1 Square: not offered" in text for text in lines(report))
        assert report.rows[0].own
        assert report.rows[2].own


def test_nothing_that_could_be_judged_is_not_ok():
    report = check_network(Plain(Square()), input_shape=(4,))
    assert not report.ok
    assert "proves nothing" in said(report)


class Stateless:
    """ReLU as some courses write it: backward is given Z as well."""

    def forward(self, Z):
        return np.maximum(Z, 0)

    def backward(self, Z, dY):
        return dY * (Z > 0)


def test_stateless_activations_and_rows_as_vectors():
    relu = type("ReLU", (Stateless,), {})()
    network = Plain(FullyConnected(5), relu, FullyConnected(3))
    network.forward(np.ones((2, 4)))
    for layer in network.layers[::2]:
        layer.parameters["b"] = layer.parameters["b"].ravel()
    report = check_network(network)
    assert report.ok
    assert [row.kind for row in report.rows] == ["FullyConnected", "ReLU", "FullyConnected", "as a whole"]


def test_a_dropout_whose_masks_cannot_be_replayed_is_judged_in_evaluation():
    class Mine(Dropout):
        __slots__ = ()

        def forward(self, X, *, training=False):
            return X * (np.random.default_rng(0).random(X.shape) < 0.5) * 2 if training else X

    layer = type("Dropout", (), {"p": 0.5, "forward": Mine.forward, "backward": lambda self, dLdY: dLdY})()
    report = check_network(Plain(FullyConnected(5), layer, FullyConnected(3)), input_shape=(4,))
    assert report.ok
    assert "masks cannot be replayed" in report.rows[1].not_offered
    assert [m.quantity for m in report.rows[1].own] == ["evaluation.output", "evaluation.input_gradient"]


def test_an_adapter_of_a_few_lines():
    class Mine:
        def load(self, parameters, state):
            self.W, self.b = parameters["W"], parameters["b"]

        def forward(self, X, *, training, masks):
            self.X = X
            return X @ self.W + self.b

        def backward(self, dLdY):
            return dLdY @ self.W.T

        def gradients(self):
            return {"W": self.X.T @ np.ones((len(self.X), 3)), "b": np.zeros((1, 3))}

        def state(self):
            return {}

    candidate = Candidate("mine", (Part("layers.0", "FullyConnected", Mine(), {"n_out": 3}),), input_shape=(4,))
    report = check_network(candidate)
    assert said(report).startswith("layers.0 FullyConnected is the first that is wrong in itself: its gradient of W")


def test_an_input_shape_that_nobody_told_is_asked_for():
    with pytest.raises(ValueError, match=r"image: expected to be told the shape of one input.*--input-shape 28,28,1"):
        check_network(image_network(), name="image")


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match=r"expected a network with \.layers"):
        check_network(3)


def test_networks_of_a_module_are_found():
    import types

    import scratch_nn

    module = types.ModuleType("layers")
    module.SGD, module.fashion_mlp = scratch_nn.SGD, scratch_nn.fashion_mlp
    module.dense, module.make_network, module.NeuralNetwork = dense_network(), lambda: dense_network(), NeuralNetwork
    module.build_network = lambda width: None  # asks for something
    found = find_networks(module)
    assert sorted(found) == ["dense", "fashion_mlp", "make_network"]
    assert found["fashion_mlp"]().input_shape == (28, 28, 1)
    assert check_network(found["make_network"](input_shape=(4,))).ok
    with pytest.raises(ValueError, match="dense: expected to be told"):
        found["dense"]()


def test_a_wrong_layer_is_one_finding():
    from parity_tests.networks import findings

    assert findings(check_network(image_network(), input_shape=SHAPE)) == ()
    wrong = planted(image_network(), 1, backward=lambda own, dLdY: 0 * dLdY)
    (found,) = findings(check_network(wrong, name="mine", input_shape=SHAPE))
    assert (found.pair, found.family, found.quantity) == ("mine layers.1 BatchNorm", "network", "input_gradient")
    assert found.failures[0].id == "mine-layers.1-training.input_gradient[float64]"
    assert "off by 1.0e+00 of its scale" in found.failures[0].message


class Weighed:
    """A dense layer without a base class."""

    def __init__(self, n_in, n_out):
        rng = np.random.default_rng(0)
        self.parameters = {"W": rng.normal(size=(n_in, n_out)), "b": np.zeros((1, n_out))}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY):
        self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0, keepdims=True)}
        return dLdY @ self.parameters["W"].T


@pytest.mark.parametrize("name", ["Dense", "Affine", "Linear", "DenseLayer"])
def test_a_dense_layer_of_another_name_is_known(name):
    """A Linear with weights is one too; without, it is the identity."""
    dense = type(name, (Weighed,), {})
    report = check_network(Plain(dense(4, 5), ReLU(), dense(5, 3)), input_shape=(4,))
    assert report.ok
    assert [row.kind for row in report.rows[:3]] == ["FullyConnected", "ReLU", "FullyConnected"]
    wrong = planted(Plain(dense(4, 5), dense(5, 3)), 1, backward=lambda own, u: 1.001 * own(u))
    assert [row.name for row in check_network(wrong, input_shape=(4,)).wrong] == ["layers.1"]


@pytest.mark.parametrize(("name", "mode"), [("MaxPool2d", "max"), ("AvgPool", "average"), ("Pool", "max")])
def test_a_class_for_one_mode_of_pooling_is_known(name, mode):
    pool = type(name, (), {"kernel": (2, 2), "stride": (2, 2), "padding": 1})()
    kind, arguments = described(pool)
    assert kind == "Pool2D"
    assert arguments["mode"] == mode
    assert arguments["pad"] == 1


POOL = {"kernel": 3, "mode": "max", "stride": 2, "pad": 1, "ceil_mode": False}


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"size": 3, "stride": 2, "padding": 1}, POOL),
        ({"pool_size": (3, 2), "strides": (2, 1)}, POOL | {"kernel": (3, 2), "stride": (2, 1), "pad": 0}),
        ({"pool_h": 3, "pool_w": 2, "stride": 2, "pad": 1}, POOL | {"kernel": (3, 2)}),
        ({"ksize": 3, "step": 2, "pad": lambda X: X, "padding": 1}, POOL),
    ],
    ids=["size", "pairs", "height_and_width", "a_method"],
)
def test_settings_go_by_the_names_that_they_have_elsewhere(attributes, told):
    assert described(type("MaxPool2D", (), attributes)()) == ("Pool2D", told)


def test_a_convolution_tells_its_padding_and_a_norm_its_epsilon():
    class Conv2D:
        def __init__(self):
            self.parameters = {"W": np.ones((3, 3, 2, 4)), "b": np.ones(4)}
            self.stride, self.padding = 2, "valid"

    assert described(Conv2D()) == ("Conv2D", {"kernel": (3, 3), "n_out": 4, "stride": 2, "pad": "valid"})
    norm, leaky = type("BatchNorm", (), {"epsilon": 1e-3}), type("LeakyReLU", (), {"alpha": 0.2})
    assert described(norm()) == ("BatchNorm", {"eps": 1e-3, "momentum": 0.1})
    assert described(leaky()) == ("LeakyReLU", {"slope": 0.2})


def test_a_size_that_is_the_shape_of_an_input_is_no_setting():
    pool = type("MaxPool2D", (), {"size": (5, 8, 8, 3), "stride": 2})()
    assert part_of("layers.0", pool, None).not_offered.startswith("MaxPool2D does not tell its kernel_shape")
