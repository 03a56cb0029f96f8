"""Numbers that are not finite are where PyTorch has them, beyond the cases of the suite."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from scratch_nn import BatchNorm, Conv2D, CrossEntropy, SoftMax, SoftmaxCrossEntropy, one_hot

INF = np.inf
FAR = np.finfo(np.float32).max  # two numbers of opposite sign as large are further apart than float32 reaches


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        ([[1, -INF, 2], [0, 1, -INF]], [0, 1]),  # classes that are ruled out
        ([[1, -INF, 2]], [1]),  # and the right one is
        ([[FAR, -FAR, 2]], [0]),
        ([[FAR, -FAR, 2]], [2]),
        ([[np.nan, 0, 1]], [1]),
        ([[INF, 0, 1]], [1]),
        ([[-INF, -INF, -INF]], [0]),
    ],
)
def test_softmax_cross_entropy_of_labels(logits, labels, dtype):
    Z, Y = np.array(logits, dtype), one_hot(labels, 3)
    z = torch.tensor(Z, requires_grad=True)
    loss = functional.cross_entropy(z, torch.tensor(labels))
    loss.backward()
    with np.errstate(all="raise", under="ignore"):
        ours, gradient = SoftmaxCrossEntropy().forward(Y, Z), SoftmaxCrossEntropy().backward(Y, Z)
    np.testing.assert_allclose(ours, loss.item(), rtol=1e-6)
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("small", [0, 1])
def test_cross_entropy_of_a_probability_whose_inverse_no_number_reaches(small, dtype):
    P = np.array([[small * np.finfo(dtype).smallest_subnormal, 1]], dtype)
    p = torch.tensor(P, requires_grad=True)
    loss = functional.nll_loss(torch.log(p), torch.tensor([0]))
    loss.backward()
    with np.errstate(all="raise"):
        ours, gradient = CrossEntropy().forward(one_hot([0], 2), P), CrossEntropy().backward(one_hot([0], 2), P)
    np.testing.assert_allclose(ours, loss.item(), rtol=1e-6)
    np.testing.assert_array_equal(gradient, p.grad.numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("far", [1.0, INF, -INF, np.nan])
def test_softmax_of_rows_further_apart_than_numbers_reach(far, dtype):
    most = np.finfo(dtype).max
    X = np.array([[far, 0, 1], [far, far, far], [most, -most, 0]], dtype)
    x, dLdY = torch.tensor(X, requires_grad=True), np.array([[1, -2, 3]] * 3, dtype)
    y = functional.softmax(x, dim=-1)
    y.backward(torch.tensor(dLdY))
    layer = SoftMax()
    with np.errstate(all="raise", under="ignore"):
        Y, dLdX = layer.forward(X), layer.backward(dLdY)
    np.testing.assert_allclose(Y, y.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(dLdX, x.grad.numpy(), rtol=1e-6, atol=1e-7)


@np.errstate(invalid="ignore")
@pytest.mark.parametrize("weight", [INF, -INF, np.nan])
def test_an_infinite_weight_of_a_convolution_reaches_the_pixels_under_it_only(weight):
    W, X = np.zeros((3, 3, 6, 2)), np.ones((1, 4, 5, 6))
    W[0, 0] = weight
    layer = Conv2D(2, 3, pad=1)
    layer.parameters["W"] = W
    dLdX = layer.backward(np.ones_like(layer.forward(X)))
    x = torch.ones(1, 6, 4, 5, dtype=torch.float64, requires_grad=True)
    functional.conv2d(x, torch.tensor(W).permute(3, 2, 0, 1), padding=1).sum().backward()
    np.testing.assert_array_equal(dLdX, x.grad.permute(0, 2, 3, 1).numpy())


@np.errstate(invalid="ignore")
@pytest.mark.parametrize("where", [0, 1, 5_000])
def test_the_running_mean_of_an_infinite_x(where):
    X = np.random.default_rng(0).standard_normal((6_000, 2))
    X[where, 0] = INF
    layer, module = BatchNorm(), torch.nn.BatchNorm1d(2, dtype=torch.float64)
    Y, theirs = layer.forward(X, training=True), module(torch.tensor(X))
    np.testing.assert_allclose(layer.state["running_mean"][0], module.running_mean.numpy())
    np.testing.assert_allclose(Y, theirs.detach().numpy(), atol=1e-12)
