"""The two networks: shapes and counts worked out by hand, and inputs that must be refused."""

import subprocess
import sys

import pytest
import torch
from torch import nn

import torch_models as tm


def parameter_count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_fashion_mlp_is_784_256_128_10():
    layers = tm.FashionMLP().layers
    assert [type(layer) for layer in layers] == [nn.Flatten, nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]
    assert [tuple(layers[i].weight.shape) for i in (1, 3, 5)] == [(256, 784), (128, 256), (10, 128)]
    assert [parameter_count(layers[i]) for i in (1, 3, 5)] == [200_960, 32_896, 1_290]


def test_cifar_cnn_is_three_blocks_and_a_classifier():
    block = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    classifier = [nn.Flatten, nn.Linear, nn.ReLU, nn.Dropout, nn.Linear, nn.ReLU, nn.Linear]
    layers = tm.CifarCNN().layers
    assert [type(layer) for layer in layers] == block * 3 + classifier
    assert [tuple(layers[i].weight.shape) for i in (0, 4, 8)] == [(32, 3, 3, 3), (64, 32, 3, 3), (128, 64, 3, 3)]
    assert [tuple(layers[i].weight.shape) for i in (13, 16, 18)] == [(256, 2048), (128, 256), (10, 128)]
    assert parameter_count(layers) == 896 + 64 + 18_496 + 128 + 73_856 + 256 + 524_544 + 32_896 + 1_290


def test_cifar_cnn_shape_after_every_layer():
    images, shapes = torch.randn(2, 3, 32, 32), []
    for layer in tm.CifarCNN().layers:
        images = layer(images)
        shapes.append(tuple(images.shape))
    block_1, block_2 = [(2, 32, 32, 32)] * 3 + [(2, 32, 16, 16)], [(2, 64, 16, 16)] * 3 + [(2, 64, 8, 8)]
    block_3 = [(2, 128, 8, 8)] * 3 + [(2, 128, 4, 4)]
    assert shapes == block_1 + block_2 + block_3 + [(2, 2048)] + [(2, 256)] * 3 + [(2, 128)] * 2 + [(2, 10)]


@pytest.mark.parametrize("model", [tm.FashionMLP(), tm.CifarCNN()], ids=["FashionMLP", "CifarCNN"])
def test_every_weight_is_named_by_its_layer(model):
    assert {name.split(".")[0] for name in model.state_dict()} == {"layers"}
    assert [name for name, _ in model.named_children()] == ["layers"]


def test_logits_are_not_probabilities():
    logits = tm.FashionMLP()(torch.randn(5, 1, 28, 28))
    assert logits.shape == (5, 10)
    assert logits.min() < 0, "a softmax at the end would leave no negative value"


def test_fashion_mlp_takes_flat_images_too():
    model, images = tm.FashionMLP(), torch.randn(5, 1, 28, 28)
    torch.testing.assert_close(model(images), model(images.reshape(5, 784)), rtol=0, atol=0)


def test_dropout_is_the_probability_of_dropping():
    assert tm.CifarCNN().layers[15].p == 0.5
    features = torch.ones(1, 1000)
    for p, share_kept in ((0.0, 1.0), (1.0, 0.0)):
        assert (tm.CifarCNN(dropout=p).train().layers[15](features) != 0).float().mean() == share_kept


def test_double_precision_images_stay_double():
    assert tm.CifarCNN().double()(torch.randn(2, 3, 32, 32, dtype=torch.float64)).dtype == torch.float64


CNN, MLP = tm.CifarCNN, tm.FashionMLP
WRONG_IMAGES = [
    (CNN, torch.zeros(4, 32, 32, 3), r"\(N, 3, 32, 32\), got \(4, 32, 32, 3\).*permute\(0, 3, 1, 2\)"),
    (CNN, torch.zeros(3, 32, 32), r"got \(3, 32, 32\). A single image\? Use images\[None\]"),
    (CNN, torch.zeros(4, 1, 32, 32), r"1 channel\(s\) for 3"),
    (CNN, torch.zeros(4, 3, 28, 28), r"got \(4, 3, 28, 28\). Load or resize the images to 32x32 pixels"),
    (CNN, torch.tensor(0.0), r"got \(\)"),
    (MLP, torch.zeros(4, 28, 28), r"FashionMLP: expected .*\(N, 1, 28, 28\) or \(N, 784\).*images\[:, None\]"),
    (MLP, torch.zeros(784), r"got \(784,\)"),
    (MLP, torch.zeros(4, 28, 28, 1), r"Channels last\?"),
]


@pytest.mark.parametrize(("model", "images", "message"), WRONG_IMAGES)
def test_wrong_images_are_refused_with_the_cure(model, images, message):
    with pytest.raises(ValueError, match=message):
        model()(images)


def test_raw_pixels_are_refused_with_the_cure():
    with pytest.raises(TypeError, match=r"CifarCNN: expected floating-point images .*uint8.*normalised\(data\)"):
        CNN()(torch.zeros(4, 3, 32, 32, dtype=torch.uint8))


def test_importing_the_package_loads_nothing_it_does_not_need():
    unwanted = "{'matplotlib', 'sklearn', 'torchvision', 'scratch_nn', 'parity_tests'}"
    code = f"import sys, torch_models; sys.exit(' '.join({unwanted} & set(sys.modules)) or 0)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
