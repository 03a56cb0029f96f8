"""Networks from names: every name of every table, and errors that list what is known."""

import json

import numpy as np
import pytest

import scratch_nn as snn
from scratch_nn import NeuralNetwork, config

NOTES = json.loads("""
{"loss": "cross_entropy",
 "layer_args": [{"name": "fully_connected", "activation": "relu", "weight_init": "xavier_uniform", "n_out": 25},
                {"name": "fully_connected", "activation": "softmax", "weight_init": "xavier_uniform", "n_out": 3}],
 "optimizer_args": {"name": "SGD", "lr": 0.1, "momentum": 0.9, "lr_scheduler": "exponential", "lr_decay": 0.99,
                    "stage_length": 1000, "staircase": true},
 "seed": 0}
""")


def network(**changes):
    return NeuralNetwork.from_config({**NOTES, **changes})


def layer(*args):
    return network(layer_args=args).layers


def schedule(**args):
    return network(optimizer_args={"name": "sgd", "lr": 0.1, **args}).optimizer.schedule


def test_the_notes_form_is_the_network_written_out():
    rng = np.random.default_rng(5)
    X, Y = rng.standard_normal((9, 4)), snn.one_hot(rng.integers(3, size=9), 3)
    layers = [snn.FullyConnected(25, activation=snn.ReLU()), snn.FullyConnected(3, activation=snn.SoftMax())]
    optimizer = snn.SGD(snn.Step(0.1, 1000, 0.99), momentum=0.9)
    written = NeuralNetwork(layers, snn.CrossEntropy(), optimizer, rng=np.random.default_rng(0))
    assert network().train(X, Y, epochs=5, batch_size=4) == written.train(X, Y, epochs=5, batch_size=4)


def test_a_configuration_is_not_changed_and_gives_the_same_network_each_time():
    before = json.dumps(NOTES)
    first, second = network(), network()
    assert json.dumps(NOTES) == before
    for built in (first, second):
        built.build((4,))
    np.testing.assert_array_equal(first.parameters["layers.1.W"], second.parameters["layers.1.W"])


# ---- every name


def test_every_layer():
    told = [
        {
            "name": "conv2d",
            "n_out": 2,
            "kernel_shape": [3, 3],
            "stride": 1,
            "pad": [[1, 0], [2, 1]],
            "activation": "tanh",
        },
        {"name": "batch_norm", "eps": 1e-3, "momentum": 0.2},
        {"name": "leaky_relu", "slope": 0.2},
        {"name": "pool2d", "kernel_shape": 2, "mode": "average", "stride": [1, 2]},
        "flatten",
        {"name": "fully_connected", "n_out": 4, "weight_init": "he_normal"},
        {"name": "relu"},
        {"name": "dropout", "p": 0.25},
        "sigmoid",
        "tanh",
        "linear",
        "softmax",
    ]
    made = layer(*told)
    names = [args if isinstance(args, str) else args["name"] for args in told]
    assert set(names) == set(config.LAYERS)
    assert [type(a) for a in made] == [config.LAYERS[name] for name in names]
    conv, norm, leaky, pool, _, dense, _, dropout, *_ = made
    assert conv.windows == snn.Conv2D(2, 3, pad=((1, 0), (2, 1))).windows
    assert isinstance(conv.activation, snn.Tanh)
    assert (norm.eps, norm.momentum, leaky.slope, dropout.p) == (1e-3, 0.2, 0.2, 0.25)
    assert (pool.mode, pool.kernel, pool.stride) == ("average", (2, 2), (1, 2))
    assert dense.weight_init is snn.he_normal


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cross_entropy", snn.CrossEntropy),
        ("softmax_cross_entropy", snn.SoftmaxCrossEntropy),
        ("categorical_cross_entropy", snn.SoftmaxCrossEntropy),
        ("l2", snn.L2),
    ],
)
def test_every_loss(name, kind):
    logits = [{"name": "fully_connected", "n_out": 3}]
    assert type(network(loss=name, layer_args=logits).loss) is kind
    assert type(network(loss=name.upper(), layer_args=logits).loss) is kind


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"])
def test_every_activation(name):
    (made,) = layer({"name": "Fully_Connected", "n_out": 2, "activation": name.title()})
    assert type(made.activation) is config.ACTIVATIONS[name]


@pytest.mark.parametrize("name", sorted(config.INITIALIZERS.keys() - {"constant"}))
def test_every_initializer(name):
    (made,) = layer({"name": "fully_connected", "n_out": 2, "weight_init": name})
    assert made.weight_init is getattr(snn, name)


def test_what_has_arguments_of_its_own_is_a_mapping():
    activation, init = {"name": "leaky_relu", "slope": 0.3}, {"name": "constant", "value": 0.5}
    (made,) = layer({"name": "fully_connected", "n_out": 2, "activation": activation, "weight_init": init})
    made.build((3,), np.random.default_rng(0))
    assert made.activation.slope == 0.3
    assert (made.parameters["W"] == 0.5).all()


@pytest.mark.parametrize(
    ("args", "kind", "attributes"),
    [
        ({"name": "SGD", "lr": 0.1, "momentum": 0.9, "nesterov": True}, snn.SGD, {"momentum": 0.9, "nesterov": True}),
        ({"name": "adam"}, snn.Adam, {"lr": 1e-3}),
        ({"name": "Adam", "lr": 0.01, "betas": [0.8, 0.9], "eps": 1e-6}, snn.Adam, {"betas": (0.8, 0.9), "eps": 1e-6}),
        ({"name": "AdamW", "weight_decay": 0.1}, snn.AdamW, {"weight_decay": 0.1}),
    ],
)
def test_every_optimizer(args, kind, attributes):
    optimizer = network(optimizer_args=args).optimizer
    assert type(optimizer) is kind
    assert {name: getattr(optimizer, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, snn.Constant(0.1)),
        ({"lr_scheduler": "constant"}, snn.Constant(0.1)),
        ({"lr_scheduler": "Constant", "lr_decay": 0.99, "stage_length": 9, "staircase": True}, snn.Constant(0.1)),
        ({"lr_scheduler": "exponential", "lr_decay": 0.9}, snn.Exponential(0.1, 0.9)),
        ({"lr_scheduler": "exponential", "lr_decay": 0.9, "stage_length": 5}, snn.Step(0.1, 5, 0.9)),
        ({"lr_scheduler": "step", "lr_decay": 0.9, "stage_length": 5}, snn.Step(0.1, 5, 0.9)),
        ({"lr_scheduler": "cosine", "T_max": 7}, snn.Cosine(0.1, 7)),
        ({"lr_scheduler": "cosine", "T_max": 7, "eta_min": 0.01}, snn.Cosine(0.1, 7, 0.01)),
    ],
)
def test_every_schedule(args, expected):
    assert schedule(**args) == expected


def test_the_staircase_of_the_notes_is_stepwise_and_without_it_continuous():
    decay = {"lr_scheduler": "exponential", "lr_decay": 0.5, "stage_length": 4}
    stairs, slope = schedule(**decay, staircase=True), schedule(**decay, staircase=False)
    assert [stairs(epoch) for epoch in range(9)] == [0.1] * 4 + [0.05] * 4 + [0.025]
    assert [slope(epoch) for epoch in range(9)] == pytest.approx([0.1 * 0.5 ** (epoch / 4) for epoch in range(9)])


# ---- errors

DENSE = {"name": "fully_connected", "n_out": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loss": "crossentropy"},
            "loss: expected one of categorical_cross_entropy, cross_entropy, l2, softmax_cross_entropy, "
            r"got 'crossentropy'\. Did you mean 'cross_entropy'\?",
        ),
        ({"layer_args": [DENSE, {"name": "fc"}]}, r"layer_args\[1\]: expected one of batch_norm, conv2d, .*got 'fc'"),
        ({"layer_args": [{"n_out": 2}]}, r"layer_args\[0\]: expected a name, .*Known: batch_norm, conv2d"),
        ({"layer_args": [{**DENSE, "activation": "rellu"}]}, r"layer_args\[0\] activation: .*Did you mean 'relu'\?"),
        ({"layer_args": [{**DENSE, "weight_init": "xavier"}]}, r"weight_init: expected one of constant, he_normal"),
        ({"layer_args": [{**DENSE, "size": 2}]}, r"keys among name, n_out, activation, weight_init, got .*'size'"),
        ({"layer_args": [{"name": "dropout", "p": 0.5, "rng": 1}]}, r"keys among name, p, got \['p', 'rng'\]"),
        ({"layer_args": [{"name": "conv2d", "n_out": 2}]}, r"Missing: kernel_shape\."),
        ({"layer_args": [{"name": "dropout", "p": 2}]}, r"layer_args\[0\]: Dropout: expected p between 0 and 1"),
        ({"optimizer_args": {"name": "sgdm", "lr": 0.1}}, "optimizer_args: expected one of adam, adamw, sgd"),
        ({"optimizer_args": {"name": "sgd", "lr": 0.1, "clip_norm": 1}}, "keys among name, lr_scheduler, lr, momentum"),
        ({"optimizer_args": {"name": "sgd", "lr": 0.1, "lr_decay": 0.9}}, "keys among .*got .*'lr_decay'"),
        (
            {"optimizer_args": {"name": "sgd", "lr": 0.1, "lr_scheduler": "linear"}},
            "constant, cosine, exponential, step",
        ),
        ({"optimizer_args": {"name": "sgd", "lr": 0.1, "lr_scheduler": "exponential"}}, r"Missing: lr_decay\."),
        (
            {"optimizer_args": {"name": "sgd", "lr": 0.1, "lr_scheduler": "step", "lr_decay": 1}},
            "Missing: stage_length",
        ),
        ({"optimizer_args": {"name": "adam", "lr_scheduler": "cosine", "T_max": 2}}, r"Missing: lr\."),
        ({"optimizer_args": {"name": "sgd"}}, r"Missing: lr\."),
        (
            {"epochs": 3},
            r"the configuration: expected keys among loss, layer_args, optimizer_args, seed, got .*'epochs'",
        ),
        ({"seed": -1}, r"the configuration: seed: expected an integer of at least 0, got -1\."),
        ({"seed": "a"}, r"the configuration: seed: expected an integer of at least 0, got 'a'\."),
        ({"layer_args": [{"name": "dropout"}]}, r"keys among name, p, got \['name'\]\. Missing: p\."),
        ({"loss": "softmax_cross_entropy"}, "Take CrossEntropy, or leave the softmax out"),
    ],
)
def test_an_error_tells_the_place_and_what_is_known(changes, message):
    with pytest.raises(ValueError, match=message):
        network(**changes)


def test_missing_keys_are_listed():
    with pytest.raises(ValueError, match=r"Missing: layer_args, optimizer_args, seed\."):
        NeuralNetwork.from_config({"loss": "l2"})
    with pytest.raises(ValueError, match=r"got none\. Missing: loss, layer_args, optimizer_args, seed\."):
        NeuralNetwork.from_config({})


@pytest.mark.parametrize("layers", [None, "relu", {"name": "relu"}])
def test_layers_are_a_list(layers):
    with pytest.raises(TypeError, match=r"the configuration: layer_args: expected a list, .*got .*For example"):
        network(layer_args=layers)


@pytest.mark.parametrize("activation", [snn.ReLU(), 3, None])
def test_objects_are_told_where_they_belong(activation):
    with pytest.raises(TypeError, match=r"activation: expected a name or a mapping, .*NeuralNetwork\(\.\.\.\) itself"):
        network(layer_args=[{**DENSE, "activation": activation}])


def test_a_wrong_type_inside_is_told_with_its_place():
    with pytest.raises(TypeError, match="the configuration: optimizer_args: "):
        network(optimizer_args={"name": "sgd", "lr": "0.1"})


def test_the_tables_know_every_public_class_of_their_kind():
    public = {name: value for name, value in vars(snn).items() if isinstance(value, type)}
    for base, table in ((snn.Layer, config.LAYERS), (snn.losses.Loss, config.LOSSES)):
        assert set(table.values()) == {c for c in public.values() if issubclass(c, base) and c is not base}
    optimizers = {c for c in public.values() if issubclass(c, snn.optimizers.Optimizer)}
    assert set(config.OPTIMIZERS.values()) == optimizers
    initializers = {
        name for name, value in vars(snn).items() if getattr(value, "__module__", "") == "scratch_nn.initializers"
    }
    assert set(config.INITIALIZERS) == initializers
