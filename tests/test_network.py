"""NeuralNetwork: what it is made of, how it is built, and how it tells an error."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scratch_nn import (
    L2,
    SGD,
    Adam,
    Conv2D,
    FullyConnected,
    Linear,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftmaxCrossEntropy,
)
from small_networks import assert_same_arrays, dense_network, examples, generator

ROOT = Path(__file__).resolve().parents[1]


def test_importing_the_package_loads_numpy_only():
    lazy = ("sklearn", "matplotlib", "tqdm", "safetensors")
    script = f"import sys, scratch_nn; print([name for name in {lazy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


# ---- construction


def test_a_seed_in_the_place_of_a_generator_is_refused_with_the_cure():
    with pytest.raises(TypeError, match=r"rng to be of type Generator, got 0\. Use np\.random\.default_rng\(seed\)\."):
        NeuralNetwork([FullyConnected(3)], L2(), SGD(0.1), rng=0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"layers": ReLU()}, r"layers to be of type Sequence, got ReLU\(\)\. One layer is a list too"),
        ({"layers": [FullyConnected]}, r"layers\[0\] to be of type Layer, got <class"),
        ({"layers": [FullyConnected(3), "relu"]}, r"layers\[1\] to be of type Layer, got 'relu'"),
        ({"loss": SoftmaxCrossEntropy}, "loss to be of type Loss"),
        ({"optimizer": "sgd"}, r"optimizer to be of type Optimizer, got 'sgd'"),
    ],
)
def test_what_is_not_the_object_is_refused(changed, message):
    parts = {"layers": [FullyConnected(3)], "loss": L2(), "optimizer": SGD(0.1)} | changed
    with pytest.raises(TypeError, match=message):
        NeuralNetwork(**parts, rng=generator())


@pytest.mark.parametrize("layers", [[], [ReLU()] * 2], ids=["none", "one_twice"])
def test_layers_are_at_least_one_and_each_once(layers):
    with pytest.raises(ValueError, match="at least one layer, and each once"):
        NeuralNetwork(layers, L2(), SGD(0.1), rng=generator())


@pytest.mark.parametrize("last", [SoftMax(), FullyConnected(3, activation=SoftMax())], ids=["layer", "activation"])
def test_softmax_twice_is_refused(last):
    with pytest.raises(ValueError, match="Take CrossEntropy, or leave the softmax out"):
        NeuralNetwork([FullyConnected(3), last], SoftmaxCrossEntropy(), SGD(0.1), rng=generator())


def test_an_optimizer_put_in_later_is_the_one_that_steps():
    X, Y = examples()
    network = dense_network(optimizer=SGD(0.1))
    network.train(X, Y, epochs=1)
    before = network.parameters
    network.optimizer = SGD(0.0)
    network.backward(Y, network.forward(X, training=True))
    network.update()
    assert_same_arrays(network.parameters, before)


def test_two_networks_given_one_optimizer_share_no_velocity():
    X, Y = examples()
    optimizer = SGD(0.1, momentum=0.9)
    alone, first, second = (dense_network(optimizer=o) for o in (SGD(0.1, momentum=0.9), optimizer, optimizer))
    for network in (alone, first, second):  # one after the other: each begins without a velocity
        network.train(X, Y, epochs=3)
    assert_same_arrays(first.parameters, alone.parameters)
    assert_same_arrays(second.parameters, alone.parameters)
    assert second.optimizer is optimizer
    with pytest.raises(ValueError, match=r"SGD: expected one network, got two .* optimiser of its own"):
        first.train(X, Y, epochs=1)  # in turns: refused


# ---- building


def test_build_draws_all_layers_from_one_stream():
    network = NeuralNetwork([FullyConnected(4), FullyConnected(4)], L2(), SGD(0.1), rng=generator(7))
    assert network.build((4,)) == (4,)
    W = network.parameters
    assert not np.array_equal(W["layers.0.W"], W["layers.1.W"])
    expected, rng = FullyConnected(4), generator(7)
    expected.build((4,), rng)
    np.testing.assert_array_equal(W["layers.0.W"], expected.parameters["W"])
    expected.build((4,), rng)
    np.testing.assert_array_equal(W["layers.1.W"], expected.parameters["W"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_forward_builds_in_the_type_of_its_input(dtype):
    network, (X, Y) = dense_network(), examples(dtype=dtype)
    assert network.input_shape is None
    out = network.forward(X)
    network.backward(Y, out)
    network.update()
    assert network.input_shape == (4,)
    arrays = {"out": out, **network.parameters, **{f"gradient {k}": g for k, g in network.gradients.items()}}
    assert {name: a.dtype for name, a in arrays.items()} == dict.fromkeys(arrays, np.dtype(dtype))


def test_equal_seeds_give_equal_networks_in_either_type():
    first, second = dense_network(seed=3), dense_network(seed=3)
    first.build((4,)), second.build((4,), np.float32)
    for name, array in first.parameters.items():
        np.testing.assert_array_equal(array.astype(np.float32), second.parameters[name])


def test_building_on_first_use_keeps_what_was_set_before():
    network, (X, _) = dense_network(), examples()
    W = generator(5).standard_normal((4, 5))
    network.layers[0].parameters["W"] = W
    network.forward(X)
    assert network.parameters["layers.0.W"] is W
    assert network.parameters["layers.1.W"].shape == (5, 3)


def test_building_again_starts_the_optimizer_and_the_epochs_afresh():
    network, (X, Y) = dense_network(optimizer=Adam(0.1)), examples()
    network.train(X, Y, epochs=2)
    network.build((4,))
    assert (network.epoch, network.optimizer.steps, network.optimizer.state) == (0, 0, {})


def test_build_refuses_other_types():
    with pytest.raises(TypeError, match=r"dtype float32 or float64, got .*float16"):
        dense_network().build((4,), np.float16)


# ---- errors tell the layer


def test_an_error_while_building_names_the_layer():
    network = NeuralNetwork([Conv2D(2, 3), FullyConnected(3)], L2(), SGD(0.1), rng=generator())
    with pytest.raises(ValueError, match=r"^layers\.1 FullyConnected: expected X of shape \(N, D\), .* Flatten"):
        network.build((6, 6, 1))
    assert network.input_shape is None


def test_an_error_in_forward_and_backward_names_the_layer():
    network, (X, Y) = dense_network(), examples()
    out = network.forward(X)
    with pytest.raises(ValueError, match=r"^layers\.0 FullyConnected: expected X of shape \(N, 4\), got \(12, 3\)"):
        network.forward(X[:, :3])
    with pytest.raises(ValueError, match=r"^layers\.1 FullyConnected: expected dLdY of shape \(12, 3\), got \(5, 3\)"):
        network.backward(Y[:5], out[:5])


def test_an_error_that_does_not_say_whose_it_is_gets_the_layers_name():
    class Broken(Linear):
        def forward(self, X, *, training=False):
            raise ValueError("no")

    network = NeuralNetwork([Linear(), Broken()], L2(), SGD(0.1), rng=generator())
    with pytest.raises(ValueError, match=r"^layers\.1 Broken: no$"):
        network.forward(np.ones((2, 3)))


def test_integers_are_refused_before_anything_is_built():
    network = dense_network()
    with pytest.raises(TypeError, match=r"X of type float32 or float64, got int64"):
        network.forward(np.ones((2, 4), np.int64))
    assert network.input_shape is None


def test_saving_over_a_folder_names_the_folder_and_leaves_nothing_in_its_place(tmp_path):
    network, folder = dense_network(), tmp_path / "model"
    network.build((4,))
    folder.mkdir()
    with pytest.raises(IsADirectoryError, match=rf"Is a directory: '{folder}'$"):
        network.save(folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_backward_wants_what_the_last_forward_returned():
    """In between came another forward, and the layers remember its input: the gradient would be half of each."""
    network, (X, Y) = dense_network(), examples()
    out = network.forward(X, training=True)
    network.predict(-X, Y)
    with pytest.raises(ValueError, match=r"what the last forward returned, got other numbers\. Call"):
        network.backward(Y, out)
    out = network.forward(X, training=True)
    assert network.backward(Y, out.copy()) == network.loss.forward(Y, out)


def test_rows_that_were_set_without_their_first_axis_are_saved_with_it(tmp_path):
    """Biases as PyTorch has them: layers take them, and so does the network that reads the file."""
    network, (X, Y), path = dense_network(), examples(), tmp_path / "model.safetensors"
    network.forward(X)
    for layer in network.layers:
        layer.parameters["b"] = layer.parameters["b"][0]
    network.save(path)
    network.train(X, Y, epochs=2)
    for other in (dense_network(seed=1), network):
        network.save(path)
        other.load(path)
        np.testing.assert_array_equal(other.forward(X), network.forward(X))
    assert network.parameters["layers.0.b"].shape == network.gradients["layers.0.b"].shape == (1, 5)
