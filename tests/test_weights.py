"""Weights on disk: whole or not at all, strict, and readable by PyTorch."""

import copy
import json
import os

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from safetensors import safe_open

from scratch_nn import (
    L2,
    SGD,
    BatchNorm,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    NeuralNetwork,
    SoftmaxCrossEntropy,
    files,
    one_hot,
)
from small_networks import assert_same_arrays


def dense(*widths, seed=0):
    layers = [FullyConnected(width) for width in widths]
    return NeuralNetwork(layers, L2(), SGD(0.1, momentum=0.9), rng=np.random.default_rng(seed))


def image_network(seed=0):
    layers = [Conv2D(4, 3), BatchNorm(), Flatten(), Dropout(0.5), FullyConnected(3)]
    return NeuralNetwork(layers, SoftmaxCrossEntropy(), SGD(0.1), rng=np.random.default_rng(seed))


def images(dtype=np.float64):
    rng = np.random.default_rng(1)
    return rng.standard_normal((6, 5, 4, 2)).astype(dtype), one_hot(rng.integers(3, size=6), 3)


def arrays_of(network):
    return copy.deepcopy(network.parameters | network.state)


@pytest.fixture(params=[np.float32, np.float64], ids=str)
def saved(request, tmp_path):
    """A trained network and its file."""
    network, (X, Y) = image_network(), images(request.param)
    network.train(X, Y, epochs=3, batch_size=4)
    path = tmp_path / "model.safetensors"
    network.save(path)
    return network, path


def test_a_network_not_yet_built_is_built_as_the_saved_one_was(saved):
    network, path = saved
    other = image_network(seed=7)
    other.load(path)
    assert other.input_shape == (5, 4, 2)
    assert_same_arrays(arrays_of(other), arrays_of(network))
    X, Y = images(network.parameters["layers.0.W"].dtype)
    np.testing.assert_array_equal(other.predict(X, Y)[0], network.predict(X, Y)[0])


def test_a_built_network_takes_the_numbers_and_keeps_its_generator(saved):
    network, path = saved
    other = image_network(seed=7)
    other.build((5, 4, 2), network.parameters["layers.0.W"].dtype)
    before = copy.deepcopy(other.rng.bit_generator.state)
    other.load(path)
    assert_same_arrays(arrays_of(other), arrays_of(network))
    assert other.rng.bit_generator.state == before


def test_a_loaded_network_trains_on(saved):
    network, path = saved
    other = image_network()
    other.load(path)
    other.rng.bit_generator.state = copy.deepcopy(network.rng.bit_generator.state)
    X, Y = images(network.parameters["layers.0.W"].dtype)
    other.train(X, Y, epochs=1), network.train(X, Y, epochs=1)
    assert_same_arrays(arrays_of(other), arrays_of(network))


def test_pytorch_reads_the_file(saved):
    network, path = saved
    tensors = safetensors.torch.load_file(path)
    assert_same_arrays({name: tensor.numpy() for name, tensor in tensors.items()}, arrays_of(network))
    assert {"layers.0.W", "layers.1.gamma", "layers.1.running_var", "layers.1.num_batches_tracked"} <= tensors.keys()


def test_the_metadata_say_what_it_is(saved):
    with safe_open(saved[1], "np") as file:
        metadata = file.metadata()
    assert metadata["format"] == "scratch_nn"
    assert json.loads(metadata["input_shape"]) == [5, 4, 2]
    assert "NHWC" in metadata["layout"]


def test_arrays_that_are_views_are_written_as_they_read(tmp_path):
    network, W = dense(3), np.random.default_rng(1).standard_normal((3, 4)).T
    network.build((4,))
    network.assign({"layers.0.W": W})
    network.save(tmp_path / "w")
    np.testing.assert_array_equal(safetensors.numpy.load_file(tmp_path / "w")["layers.0.W"], W)


def test_missing_folders_are_made_and_nothing_else_is_left(saved, tmp_path):
    saved[0].save(tmp_path / "new" / "deep" / "w.safetensors")
    assert os.listdir(tmp_path / "new" / "deep") == ["w.safetensors"]


@pytest.mark.parametrize("moment", ["writing", "renaming"])
def test_a_failure_leaves_the_old_file_whole_and_no_litter(saved, monkeypatch, moment):
    network, path = saved
    before, listing = path.read_bytes(), os.listdir(path.parent)

    def fail(*arguments):
        raise OSError("no space left on device")

    def write_half(path, content):
        with open(path, "wb") as file:
            file.write(content[: len(content) // 2])
        fail()

    network.assign({"layers.4.b": network.parameters["layers.4.b"] + 1})
    if moment == "writing":
        monkeypatch.setattr(files.Path, "write_bytes", write_half)
    else:
        monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        network.save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == listing


def test_saving_before_building_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a built network"):
        dense(3).save(tmp_path / "w")
    assert os.listdir(tmp_path) == []


def test_every_difference_is_listed_and_nothing_is_changed(tmp_path):
    path = tmp_path / "w.safetensors"
    network = dense(5, 3)
    network.build((4,))
    network.save(path)
    other = dense(6, 3, 2)
    other.build((4,))
    before = arrays_of(other)
    other.layers.insert(2, BatchNorm())
    other.layers[2].build((3,), other.rng)
    with pytest.raises(ValueError, match="does not fit this network") as caught:
        other.load(path)
    lines = [line.strip() for line in str(caught.value).splitlines()]
    assert str(path) in lines[0]
    assert "different: layers.0.W, expected float64 (4, 6), got float64 (4, 5)" in lines
    assert "different: layers.1.W, expected float64 (6, 3), got float64 (5, 3)" in lines
    assert "missing: layers.2.gamma, float64 (1, 3)" in lines
    assert "missing: layers.3.W, float64 (3, 2)" in lines
    assert not any("unexpected" in line or "layers.1.b" in line for line in lines)
    assert "Load it into the network that saved it" in lines[-1]
    for name in ("layers.0.W", "layers.1.b"):
        np.testing.assert_array_equal(other.parameters[name], before[name])


def test_a_longer_network_in_the_file_is_unexpected(tmp_path):
    network = dense(5, 3, 2)
    network.build((4,))
    network.save(tmp_path / "w")
    other = dense(5, 3)
    with pytest.raises(ValueError, match=r"unexpected: layers\.2\.W, float64 \(3, 2\)"):
        other.load(tmp_path / "w")
    assert other.input_shape is None
    assert other.parameters == {}


def test_another_type_is_refused_and_not_rounded(saved):
    network, path = saved
    dtype = network.parameters["layers.0.W"].dtype
    other = image_network()
    other.build((5, 4, 2), np.float64 if dtype == np.float32 else np.float32)
    with pytest.raises(ValueError, match=rf"different: layers\.0\.W, expected float\d\d .*, got {dtype} "):
        other.load(path)


def test_a_network_of_other_layers_is_refused_with_the_layer(saved):
    with pytest.raises(ValueError, match=r"was saved by another network: layers\.0 FullyConnected: expected X"):
        dense(3).load(saved[1])


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"input_shape": "no"}, {"input_shape": "[[1]]"}])
def test_a_file_without_the_input_shape_needs_a_built_network(tmp_path, metadata):
    network = dense(3)
    network.build((4,))
    path = tmp_path / "w"
    safetensors.numpy.save_file(network.parameters, path, metadata)
    with pytest.raises(ValueError, match=r"expected input_shape in the metadata.*build\(input_shape\)"):
        dense(3).load(path)
    other = dense(3, seed=1)
    other.build((4,))
    other.load(path)
    assert_same_arrays(other.parameters, network.parameters)


@pytest.mark.parametrize("keep", [0, 4, 60, -1], ids=["empty", "stub", "header", "one_byte_short"])
def test_a_truncated_file_is_named(saved, keep):
    network, path = saved
    before = arrays_of(network)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"model\.safetensors: expected a whole safetensors file, got .*cut short"):
        network.load(path)
    assert_same_arrays(arrays_of(network), before)


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(200), b"loss,error\n1,2\n", bytes(64)])
def test_another_kind_of_file_is_named(tmp_path, content):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"w\.npz: expected a whole safetensors file"):
        dense(3).load(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        dense(3).load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        (torch.float16, r"different: layers\.0\.b, expected float64 \(1, 3\), got float16"),
        (torch.bfloat16, "that NumPy lacks"),
    ],
)
def test_half_precision_is_refused(tmp_path, dtype, message):
    tensors = {"layers.0.W": torch.zeros(4, 3, dtype=dtype), "layers.0.b": torch.zeros(1, 3, dtype=dtype)}
    safetensors.torch.save_file(tensors, tmp_path / "w", {"input_shape": "[4]"})
    with pytest.raises(ValueError, match=message):
        dense(3).load(tmp_path / "w")
