"""check_network on small parts: adapters, what is not offered, what raises or hangs, and how it is told."""

import numpy as np
import pytest

from parity_tests.networks import Candidate, Part, check_network, find_networks, lines
from parity_tests.networks.judge import judged
from parity_tests.recording import Recording
from scratch_nn import (
    L2,
    SGD,
    BatchNorm,
    CrossEntropy,
    Dropout,
    FullyConnected,
    LogisticRegression,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftmaxCrossEntropy,
    Tanh,
)
from small_networks import dense_network, everything, generator, image_network

SHAPE = (6, 8, 2)


def planted(network, i, **methods):
    """The network with methods of layer i replaced: each gets the layer's own method first."""
    layer = network.layers[i]
    for name, wrap in methods.items():
        own = getattr(layer, name)
        setattr(layer, name, lambda *args, own=own, wrap=wrap, **keywords: wrap(own, *args, **keywords))
    return network


def raising(own, *args, **keywords):
    raise ZeroDivisionError("planted")


def endless(own, *args, **keywords):
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


def leaving(own, *args, **keywords):
    raise SystemExit(3)


def said(report):
    return lines(report)[-1]


def test_right_networks_agree():
    for network, shape in ((dense_network(), (4,)), (image_network(), SHAPE)):
        report = check_network(network, input_shape=shape)
        assert report.ok
        assert report.first_wrong is None
        assert [row.label for row in report.rows[-2:]] == ["loss SoftmaxCrossEntropy", "network passes"]
        assert said(report).startswith("Every layer agrees by itself: worst difference ")


@pytest.mark.parametrize("loss", [CrossEntropy(), L2(), SoftmaxCrossEntropy()], ids=lambda loss: type(loss).__name__)
def test_every_loss_has_a_row(loss):
    last = SoftMax() if isinstance(loss, CrossEntropy) else Tanh()
    report = check_network(NeuralNetwork([FullyConnected(3), last], loss, SGD(0.1), rng=generator()), input_shape=(4,))
    assert report.ok
    (row,) = (row for row in report.rows if row.name == "loss")
    assert len(row.own) == 2


def test_weights_of_zeros_are_drawn_so_that_they_hide_nothing():
    network = LogisticRegression(3, optimizer=SGD(0.1), rng=generator())
    assert check_network(network, input_shape=(4,)).ok
    doubled = planted(network, 0, forward=lambda own, X, **k: own(X, **k) + network.layers[0].parameters["b"])
    assert check_network(doubled, input_shape=(4,)).first_wrong.name == "layers.0"


def test_the_network_is_left_as_it_was():
    network = image_network()
    network.build(SHAPE)
    generators = [getattr(layer, "rng", None) for layer in network.layers]
    before = everything(network)
    assert check_network(network).ok
    for arrays, kept in zip(everything(network), before, strict=True):
        assert arrays.keys() == kept.keys()
        assert all(np.array_equal(arrays[name], kept[name]) for name in kept)
    assert [getattr(layer, "rng", None) for layer in network.layers] == generators


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize(("how", "word"), [(raising, "ZeroDivisionError: planted"), (leaving, "sys.exit(3)")])
def test_a_layer_that_raises_is_named_and_the_others_are_still_judged(how, word, method):
    report = check_network(planted(image_network(), 2, **{method: how}), input_shape=SHAPE)
    assert [row.name for row in report.wrong] == ["layers.2"]
    assert word in said(report)
    assert "raised !" in next(text for text in lines(report) if "layers.2" in text)
    assert all(row.own for row in report.rows if row.name not in ("layers.2", "network"))


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_layer_that_hangs_costs_its_own_time_only(method):
    import time

    started = time.perf_counter()
    report = check_network(planted(image_network(), 1, **{method: endless}), input_shape=SHAPE, seconds=0.5)
    assert time.perf_counter() - started < 4
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert "no answer within 0.5 s" in said(report)
    assert report.first_wrong.wrong[0].kind == "time limit"


@pytest.mark.parametrize(
    ("wrap", "word"),
    [
        (lambda own, X, **k: own(X, **k)[:, :1], "expected shape (5, 3, 4, 4), got (5, 1, 4, 4)"),
        (lambda own, X, **k: own(X, **k).astype(np.float32), "expected type float64, got float32"),
        (lambda own, X, **k: own(X, **k) * np.where(np.arange(4) == 1, np.nan, 1), "NaN in other places"),
    ],
)
def test_other_shapes_types_and_nan_are_failures(wrap, word):
    report = check_network(planted(image_network(), 2, forward=wrap), input_shape=SHAPE)
    assert report.first_wrong.name == "layers.2"
    assert word in said(report)
    assert not report.ok


def test_a_layer_that_writes_into_its_input_is_wrong_in_itself():
    def in_place(own, X, **keywords):
        X *= 1.0
        return own(X, **keywords)

    report = check_network(planted(dense_network(), 1, forward=in_place), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert "it writes into an array that is not its own" in said(report)


def test_statistics_that_are_kept_wrongly_are_named():
    def biased(own, X, *, training=False):
        Y = own(X, training=training)
        norm.state["running_var"] = norm.state["running_var"] * 0.99
        return Y

    network = image_network()
    norm = network.layers[1]
    report = check_network(planted(network, 1, forward=biased), input_shape=SHAPE)
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert "its running_var is off by" in said(report)


def test_a_fault_of_the_network_itself_is_no_layer_s_fault():
    class Backwards(NeuralNetwork):
        def forward(self, X, *, training=False):
            return super().forward(X, training=not training)  # dropout and batch norm in the wrong mode

    right = image_network()
    network = Backwards(right.layers, right.loss, right.optimizer, rng=generator())
    report = check_network(network, input_shape=SHAPE)
    assert [row.name for row in report.wrong] == ["network"]


def test_a_wrong_loss_is_named_and_the_layers_only_inherit():
    class Sum(SoftmaxCrossEntropy):
        def backward(self, Y, Y_hat):
            return super().backward(Y, Y_hat) * len(Y)

    network = NeuralNetwork([FullyConnected(5), ReLU(), FullyConnected(3)], Sum(), SGD(0.1), rng=generator())
    report = check_network(network, input_shape=(4,))
    assert [row.name for row in report.wrong] == ["loss"]
    assert said(report).startswith("loss SoftmaxCrossEntropy is the first that is wrong in itself: its input gradient")
    assert all(row.inherits for row in report.rows if row.name.startswith("layers"))


class Square:
    """A layer that nobody knows."""

    def forward(self, X):
        self.X = X
        return X * X

    def backward(self, dLdY):
        return 2 * self.X * dLdY


class Plain:
    """A network without a base class."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X


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
    assert [row.kind for row in report.rows] == ["FullyConnected", "ReLU", "FullyConnected"]


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
    with pytest.raises(ValueError, match="image: expected to be told the shape of one input.*--input-shape 28,28,1"):
        check_network(image_network(), name="image")


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="expected a network with .layers"):
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


def test_a_gradient_that_vanishes_is_measured_on_its_terms():
    """A convolution's bias in front of a batch norm: rounding passes, a fault of the size of the terms does not."""
    zero = np.array([1e-18, -2e-18])
    for actual, ok in ((0 * zero, True), (zero + 1e-16, True), (zero + 1e-9, False)):
        assert judged("gradient.b", Recording({"gradient.b": actual}), zero, size=0.02).ok is ok


def test_small_gradients_are_judged_on_their_own_scale():
    small = np.array([3e-12, 1e-12])
    assert judged("g", Recording({"g": small * (1 + 1e-13)}), small, size=3e-12).ok
    assert not judged("g", Recording({"g": small * (1 + 1e-8)}), small, size=3e-12).ok


def test_a_batch_norm_after_a_dense_layer_judges_its_bias():
    network = NeuralNetwork(
        [FullyConnected(5), BatchNorm(), FullyConnected(3)], SoftmaxCrossEntropy(), SGD(0.1), rng=generator()
    )
    assert check_network(network, input_shape=(4,)).ok

    def halved(own, dLdY):
        dLdX = own(dLdY)
        network.layers[0].gradients["b"] = network.layers[0].gradients["b"] / 2
        return dLdX

    report = check_network(planted(network, 0, backward=halved), input_shape=(4,))
    assert [row.name for row in report.wrong] == ["layers.0"]
    assert "its gradient of b in evaluation is off by" in said(report)
