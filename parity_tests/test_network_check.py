"""A network broken at layer k, for each k and for output, input gradient and each parameter gradient in turn: exactly k
is named, and the quantity; every other layer agrees by itself."""

from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

import scratch_nn as snn
from parity_tests.findings import quantity_of
from parity_tests.networks import check_network, lines
from parity_tests.networks.check import measured, reference_of
from parity_tests.networks.discover import candidate_of


def small():
    """The layers and activations that the two named networks do not have."""
    layers = [
        snn.Conv2D(3, 3, activation=snn.LeakyReLU(0.2)),
        snn.Tanh(),
        snn.Pool2D(2, mode="average"),
        snn.Conv2D(4, (2, 3), stride=2, pad=((1, 0), (0, 2)), activation=snn.Tanh()),
        snn.BatchNorm(momentum=None, eps=1e-3),
        snn.LeakyReLU(0.3),
        snn.Flatten(),
        snn.Dropout(0.3),
        snn.FullyConnected(7, activation=snn.Sigmoid()),
        snn.BatchNorm(),
        snn.Sigmoid(),
        snn.FullyConnected(6, activation=snn.ReLU()),
        snn.Linear(),
        snn.FullyConnected(5),
    ]
    rng = np.random.default_rng(3)
    network = snn.NeuralNetwork(layers, snn.SoftmaxCrossEntropy(), snn.SGD(0.1), rng=rng)
    network.build((8, 10, 2))
    return network


def named(name):
    make = getattr(snn, name)
    network = make(optimizer=snn.SGD(0.1), rng=np.random.default_rng(0))
    network.build({"fashion_mlp": (28, 28, 1), "cifar_cnn": (32, 32, 3)}[name])
    return network


MAKERS = {"fashion_mlp": lambda: named("fashion_mlp"), "cifar_cnn": lambda: named("cifar_cnn"), "small": small}


@cache
def opened(name):
    """A network, its candidate, and the reference made of it: that does not depend on what is planted."""
    network = MAKERS[name]()
    candidate = candidate_of(network, name)
    X = np.random.default_rng(1).normal(size=(4, *network.input_shape))
    return network, candidate, reference_of(candidate, X)


def quantities(layer):
    return ["output", "input_gradient", *(f"gradient.{key}" for key in layer.parameters)]


@contextmanager
def broken(layer, quantity):
    """The layer, with one quantity off by a thousandth."""
    forward, backward = layer.forward, layer.backward

    def wrong_forward(X, *, training=False):
        return 1.001 * forward(X, training=training)

    def wrong_backward(dLdY):
        dLdX = backward(dLdY)
        if quantity == "input_gradient":
            return 1.001 * dLdX
        key = quantity.removeprefix("gradient.")
        layer.gradients[key] = 1.001 * layer.gradients[key]
        return dLdX

    name, wrong = ("forward", wrong_forward) if quantity == "output" else ("backward", wrong_backward)
    setattr(layer, name, wrong)
    try:
        yield
    finally:
        delattr(layer, name)


PLANTED = [
    pytest.param(name, k, quantity, id=f"{name}-{k}-{quantity}")
    for name, make in MAKERS.items()
    for k, layer in enumerate(make().layers)
    for quantity in quantities(layer)
]


@pytest.mark.parametrize("name", MAKERS)
def test_right_networks_agree_layer_by_layer(name):
    _, candidate, reference = opened(name)
    report = measured(candidate, reference)
    assert report.ok, "\n".join(lines(report))
    assert all(row.own for row in report.rows)
    assert all(row.inherited for row in report.rows if row.name.startswith("layers"))


@pytest.mark.parametrize(("name", "k", "quantity"), PLANTED)
def test_exactly_the_broken_layer_is_named(name, k, quantity):
    network, candidate, reference = opened(name)
    with broken(network.layers[k], quantity):
        report = measured(candidate, reference)
    assert [row.name for row in report.wrong] == [f"layers.{k}"]
    assert quantity in {quantity_of(found.quantity) for found in report.first_wrong.wrong}
    assert report.first_wrong.wrong[0].column == quantity.split(".")[0]
    assert lines(report)[-1].startswith(f"layers.{k} {type(network.layers[k]).__name__} is the first that is wrong")
    assert not report.ok


@pytest.mark.parametrize("name", MAKERS)
def test_what_follows_from_a_wrong_output_is_inherited(name):
    """Before it every output agrees in the candidate's own run, behind it none does."""
    network, candidate, reference = opened(name)
    k = len(network.layers) // 2
    with broken(network.layers[k], "output"):
        report = measured(candidate, reference)
    outputs = [row.inherited[0].ok for row in report.rows if row.name.startswith("layers")]
    assert outputs == [True] * k + [False] * (len(network.layers) - k)
    assert lines(report)[-1].endswith("; the others only inherit.")


def test_the_classic_mistakes_of_a_batch_norm_in_a_deep_network():
    """Its statistics taken for constants: the convolution before it inherits a wrong gradient only."""
    network = named("cifar_cnn")
    norm, backward = network.layers[5], network.layers[5].backward

    def as_constants(dLdY):
        norm._training = False
        return backward(dLdY)

    norm.backward = as_constants
    report = check_network(network)
    assert [row.name for row in report.wrong] == ["layers.5"]
    assert report.first_wrong.wrong[0].quantity == "training.input_gradient"
    by_name = {row.name: row for row in report.rows}
    assert by_name["layers.4"].inherits
    assert not by_name["layers.6"].inherits
    assert "those before it only inherit" in lines(report)[-1]


CHOICES = (
    lambda rng: snn.Conv2D(int(rng.integers(2, 5)), int(rng.integers(1, 4)), activation=snn.Tanh()),
    lambda rng: snn.Conv2D(3, (3, 2), stride=int(rng.integers(1, 3)), pad=1, activation=snn.LeakyReLU(0.1)),
    lambda rng: snn.Pool2D(2, stride=1, mode=rng.choice(["max", "average"])),
    lambda rng: snn.Pool2D(3, stride=2, pad=1, ceil_mode=True, mode="average", count_include_pad=False),
)
ANYWHERE = (
    lambda rng: snn.BatchNorm(momentum=0.3),
    lambda rng: snn.Dropout(float(rng.uniform(0.1, 0.6))),
    lambda rng: [snn.Tanh(), snn.Sigmoid(), snn.ReLU(), snn.LeakyReLU(0.2), snn.Linear()][int(rng.integers(5))],
)


def drawn(seed):
    """Any row of known layers: images, a flatten, rows."""
    rng = np.random.default_rng(seed)

    def pick(choices):
        return choices[int(rng.integers(len(choices)))](rng)

    layers = [layer for _ in range(3) for layer in (pick(CHOICES), pick(ANYWHERE))]
    layers += [snn.Flatten(), snn.FullyConnected(6, activation=snn.Sigmoid()), pick(ANYWHERE), snn.FullyConnected(4)]
    network = snn.NeuralNetwork(layers, snn.SoftmaxCrossEntropy(), snn.SGD(0.1), rng=rng)
    network.build((9, 8, 2))
    return network


@pytest.mark.parametrize("seed", range(12))
def test_random_networks_agree_and_the_broken_layer_is_named(seed):
    network = drawn(seed)
    candidate = candidate_of(network, "drawn")
    reference = reference_of(candidate, seed=seed)
    report = measured(candidate, reference)
    assert report.ok, "\n".join([repr(network), *lines(report)])
    for k, layer in enumerate(network.layers):
        with broken(layer, "input_gradient"):
            assert [row.name for row in measured(candidate, reference).wrong] == [f"layers.{k}"]
