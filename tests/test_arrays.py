"""What is taken for an array: NumPy's own, memory-mapped ones too; of floats where something is learnt."""

import numpy as np
import pytest

import scratch_nn as snn
from small_networks import dense_network, examples, generator

X = generator(3).standard_normal((6, 4))
KINDS = {
    "list": (X.tolist(), r"got list\. Use np\.asarray\({}\)\."),
    "matrix": (X.view(np.matrix), r"got matrix\. Use np\.asarray\({}\)\."),
    "masked": (np.ma.masked_array(X, X < 0), r"got MaskedArray\. Use {}\.filled\(value\)\."),
}


def built():
    network = dense_network()
    network.build((4,))
    return network


def first_forward_with(W):
    layer = snn.FullyConnected(4)
    layer.parameters["W"] = W
    layer.forward(np.ones((2, 6)))


USES = {
    "a layer": ("X", lambda A: snn.Tanh().forward(A)),
    "a weight set by hand": (r"parameters\['W'\]", first_forward_with),
    "a parameter in a step": (r"parameters\['a'\]", lambda A: snn.SGD(0.1).step({"a": A}, {"a": X})),
    "a gradient in a step": (r"gradients\['a'\]", lambda A: snn.SGD(0.1).step({"a": X}, {"a": A})),
    "assign": (r"layers\.0\.W", lambda A: built().assign({"layers.0.W": A})),
    "mini_batches, X": ("X", lambda A: snn.mini_batches(A, X, 2, generator())),
    "mini_batches, Y": ("Y", lambda A: snn.mini_batches(X, A, 2, generator())),
    "split": ("X", lambda A: snn.split(A, X, fractions=(0.5, 0.5), rng=generator())),
    "standardise": ("train", lambda A: snn.standardise(A)),
    "error, target": ("target", lambda A: snn.NeuralNetwork.error(A, X)),
    "error, out": ("out", lambda A: snn.NeuralNetwork.error(X, A)),
    "im2col": ("X", lambda A: snn.im2col(A, 2)),
    "col2im": ("columns", lambda A: snn.col2im(A, (1, 3, 2, 4), 1)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use", USES)
def test_what_is_no_plain_array_is_refused_with_its_name_and_the_cure(use, kind):
    name, call = USES[use]
    array, got = KINDS[kind]
    with pytest.raises(TypeError, match=f"expected {name} to be a NumPy array, " + got.format(name)):
        call(array)


INTEGERS = np.arange(24).reshape(6, 4)


@pytest.mark.parametrize("use", ["a parameter in a step", "assign"])
@pytest.mark.parametrize("integers", [INTEGERS, INTEGERS > 3, INTEGERS.astype(np.uint8)], ids=lambda a: str(a.dtype))
def test_a_parameter_of_integers_is_refused_for_they_would_cut_off_what_is_learnt(use, integers):
    name, call = USES[use]
    with pytest.raises(TypeError, match=f"expected {name} of type float32 or float64, got {integers.dtype}"):
        call(integers)


def test_a_refused_assignment_changes_nothing():
    network = built()
    before = network.parameters
    with pytest.raises(TypeError, match=r"layers\.0\.W to be a NumPy array"):
        network.assign({"layers.1.b": before["layers.1.b"] + 1, "layers.0.W": before["layers.0.W"].tolist()})
    assert all(network.parameters[name] is array for name, array in before.items())


def test_running_statistics_are_floats_and_their_count_is_an_integer():
    network = snn.NeuralNetwork([snn.BatchNorm()], snn.L2(), snn.SGD(0.1), rng=generator())
    network.build((4,))
    network.assign({"layers.0.num_batches_tracked": np.array(7)})
    assert network.state["layers.0.num_batches_tracked"] == 7
    with pytest.raises(TypeError, match=r"layers\.0\.running_mean of type float32 or float64, got int64"):
        network.assign({"layers.0.running_mean": np.ones((1, 4), int)})


def test_images_of_integers_have_columns():
    np.testing.assert_array_equal(snn.im2col(np.arange(4).reshape(1, 2, 2, 1), 2), [[0, 1, 2, 3]])


def test_memory_mapped_arrays_are_as_good_as_others(tmp_path):
    parts = examples()
    mapped = [np.lib.format.open_memmap(tmp_path / f"{i}", "w+", shape=part.shape) for i, part in enumerate(parts)]
    for there, part in zip(mapped, parts, strict=True):
        there[...] = part
    expected = dense_network().train(*parts, epochs=2, batch_size=5, validation=parts)
    assert dense_network().train(*mapped, epochs=2, batch_size=5, validation=mapped) == expected
    network = built()
    network.assign({"layers.0.b": np.lib.format.open_memmap(tmp_path / "b", "w+", shape=(1, 5))})
    network.train(*mapped, epochs=1)


def test_softmax_gives_the_same_digits_however_its_rows_lie_in_memory():
    """NumPy adds a row that lies in pieces one number after the other, and loses more digits."""
    rows, upstream = generator(4).standard_normal((2, 4, 5000)).astype(np.float32)
    found = []
    for order in "CF":
        layer = snn.SoftMax()
        found.append((layer.forward(rows.copy(order)), layer.backward(upstream.copy(order))))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("kernel", [1, (1, 3), (3, 3), 2])
def test_columns_are_an_array_of_their_own(kernel):
    """Of windows of one pixel, or one window, they could be a view of the images."""
    X = np.ones((1, 3, 3, 1))
    columns = snn.im2col(X, kernel)
    columns += 1
    assert (X == 1).all()
