"""check_network: what is wrong in itself, what raises or hangs, and how small a gradient may be."""

import time

import numpy as np
import pytest

import wrong_layers
from parity_tests.networks import check_network, lines
from parity_tests.networks.judge import judged
from parity_tests.recording import Recording
from planted import planted, said
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


def test_right_networks_agree():
    for network, shape in ((dense_network(), (4,)), (image_network(), SHAPE)):
        report = check_network(network, input_shape=shape)
        assert report.ok
        assert report.first_wrong is None
        assert [row.label for row in report.rows[-2:]] == ["loss SoftmaxCrossEntropy", "network as a whole"]
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


def test_an_unknown_loss_is_not_offered_and_the_layers_are_judged():
    class Halved:
        def forward(self, Y, Y_hat):
            return float(((Y - Y_hat) ** 2).mean() / 2)

        def backward(self, Y, Y_hat):
            return (Y_hat - Y) / Y.size

    network = dense_network()
    network.loss = Halved()
    report = check_network(network, input_shape=(4,))
    assert report.ok
    assert report.rows[-2].not_offered.startswith("no PyTorch twin of Halved is known")
    assert report.rows[-1].own


def test_a_wrong_loss_is_named_and_the_layers_only_inherit():
    class Sum(SoftmaxCrossEntropy):
        def backward(self, Y, Y_hat):
            return super().backward(Y, Y_hat) * len(Y)

    network = NeuralNetwork([FullyConnected(5), ReLU(), FullyConnected(3)], Sum(), SGD(0.1), rng=generator())
    report = check_network(network, input_shape=(4,))
    assert [row.name for row in report.wrong] == ["loss"]
    assert said(report).startswith("loss SoftmaxCrossEntropy is the first that is wrong in itself: its input gradient")
    assert all(row.inherits for row in report.rows if row.name.startswith("layers"))


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


WRONG = {
    wrong_layers.Transposed: "training.gradient.W",
    wrong_layers.MeanBias: "training.gradient.b",
    wrong_layers.NoBiasGradient: "training.gradient.b",
    wrong_layers.WrongShape: "training.gradient.b",
    wrong_layers.Forgotten: "training.input_gradient",
    wrong_layers.ZeroNorm: "training.input_gradient",
    wrong_layers.NormOfConstants: "training.input_gradient",
    wrong_layers.SigmoidOfZ: "training.input_gradient",
    wrong_layers.InPlaceReLU: "training.output",
    wrong_layers.InPlaceBackward: "training.input_gradient",
    wrong_layers.NaNs: "training.input_gradient",
    wrong_layers.Unscaled: "training.input_gradient",
    wrong_layers.NewMask: "training.input_gradient",
}


@pytest.mark.parametrize(("kind", "quantity"), WRONG.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_classic_mistakes_are_named_with_their_quantity(kind, quantity):
    settings = {"n_out": 6, "activation": Tanh()} if issubclass(kind, FullyConnected) else {}
    wrong = kind(**settings, **({"p": 0.4} if issubclass(kind, Dropout) else {}))
    layers = [FullyConnected(5), wrong, BatchNorm(), Tanh(), FullyConnected(3)]
    network = NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1), rng=generator())
    report = check_network(network, input_shape=(4,))
    assert [row.name for row in report.wrong] == ["layers.1"]
    assert report.first_wrong.wrong[0].quantity == quantity
