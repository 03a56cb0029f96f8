"""Weights saved by one side load in the other, both ways, and predict the same classes."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import scratch_nn as snn
from parity_tests.convert import to_ours, to_theirs
from parity_tests.inputs import grainy_digits
from parity_tests.layout import IMAGES
from parity_tests.pairs.networks import CIFAR_CNN, FASHION_MLP
from torch_models import CifarCNN, FashionMLP
from torch_models.checkpoints import load_weights, save_weights

NETWORKS = [
    pytest.param(CIFAR_CNN, snn.cifar_cnn, CifarCNN, (12, 32, 32, 3), id="cifar_cnn"),
    pytest.param(FASHION_MLP, snn.fashion_mlp, FashionMLP, (12, 28, 28, 1), id="fashion_mlp"),
]


def trained(build, X: np.ndarray) -> snn.NeuralNetwork:
    """A network of ours after three steps, so that its running statistics are not those it began with."""
    network = build(optimizer=snn.SGD(0.05), rng=np.random.default_rng(1))
    Y = np.eye(10, dtype=X.dtype)[np.arange(len(X)) % 10]
    for _ in range(3):
        network.backward(Y, network.forward(X, training=True))
        network.update()
    return network


def classes(model: torch.nn.Module, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """PyTorch's logits and classes in evaluation."""
    model.eval()
    with torch.inference_mode():
        logits = model(torch.tensor(IMAGES.to_theirs(X).copy())).numpy()
    return logits, logits.argmax(axis=1)


@pytest.mark.parametrize(("pair", "build", "model", "shape"), NETWORKS)
def test_saved_by_us_loaded_by_pytorch(pair, build, model, shape, tmp_path, rng):
    X = grainy_digits(shape, rng).astype(np.float32)
    network, twin = trained(build, X), model()
    network.save(tmp_path / "ours.safetensors")
    save_file(to_theirs(pair.carried, load_file(tmp_path / "ours.safetensors")), tmp_path / "theirs.safetensors")
    load_weights(twin, tmp_path / "theirs.safetensors")
    ours, (theirs, their_classes) = network.forward(X), classes(twin, X)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())
    np.testing.assert_array_equal(ours.argmax(axis=1), their_classes)


@pytest.mark.parametrize(("pair", "build", "model", "shape"), NETWORKS)
def test_saved_by_pytorch_loaded_by_us(pair, build, model, shape, tmp_path, rng):
    X = grainy_digits(shape, rng).astype(np.float32)
    torch.manual_seed(3)
    twin = model()
    twin.train()(torch.tensor(IMAGES.to_theirs(X).copy()))  # moves the running statistics
    save_weights(twin, tmp_path / "theirs.safetensors")
    network = build(optimizer=snn.SGD(0.05), rng=np.random.default_rng(1))
    network.build(shape[1:], dtype=np.float32)
    network.assign(to_ours(pair.carried, load_file(tmp_path / "theirs.safetensors")))
    ours, (theirs, their_classes) = network.forward(X), classes(twin, X)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())
    np.testing.assert_array_equal(ours.argmax(axis=1), their_classes)


@pytest.mark.parametrize(("pair", "build", "model", "shape"), NETWORKS)
def test_there_and_back_changes_no_bit(pair, build, model, shape, rng):
    network = trained(build, grainy_digits(shape, rng))
    arrays = network.parameters | network.state
    back = to_ours(pair.carried, to_theirs(pair.carried, arrays))
    assert back.keys() == arrays.keys()
    assert all(np.array_equal(back[name], arrays[name]) and back[name].dtype == arrays[name].dtype for name in arrays)


def test_our_file_is_readable_by_pytorch(tmp_path, rng):
    from safetensors.torch import load_file as load_tensors

    network = trained(snn.cifar_cnn, grainy_digits((4, 32, 32, 3), rng).astype(np.float32))
    network.save(tmp_path / "ours.safetensors")
    tensors = load_tensors(tmp_path / "ours.safetensors")
    assert tensors["layers.0.W"].shape == (3, 3, 3, 32)
    np.testing.assert_array_equal(tensors["layers.0.W"].numpy(), network.parameters["layers.0.W"])


def test_a_file_of_other_names_is_refused():
    with pytest.raises(ValueError, match=r"to_ours: .* side of theirs: not mapped: fc\.weight; unknown:"):
        to_ours(FASHION_MLP.carried, {"fc.weight": np.ones((3, 4))})
