"""Facts of PyTorch that a hand-written network gets wrong, each on numbers small enough to check by hand.

The pairs prove agreement with PyTorch at large; here both sides are held to the number itself.
"""

import numpy as np
import pytest
import torch

import scratch_nn as snn


def test_gradients_at_exactly_zero():
    kinks = np.array([[0.0, -0.0]])
    for layer, slope in ((snn.ReLU(), 0.0), (snn.LeakyReLU(0.3), 0.3)):
        layer.forward(kinks)
        np.testing.assert_array_equal(layer.backward(np.array([[5.0, 7.0]])), [[5 * slope, 7 * slope]])


def test_sigmoid_of_a_thousand():
    sigmoid = snn.Sigmoid()
    np.testing.assert_array_equal(sigmoid.forward(np.array([[1000.0, -1000.0]])), [[1, 0]])
    np.testing.assert_array_equal(sigmoid.backward(np.ones((1, 2))), [[0, 0]])


def test_cross_entropy_gradient_is_p_minus_y_over_n():
    logits = np.log(np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]))
    Y = np.eye(3)[[2, 1]]
    loss = snn.SoftmaxCrossEntropy()
    assert loss.forward(Y, logits) == pytest.approx(-(np.log(0.5) + np.log(0.3)) / 2, abs=1e-15)
    np.testing.assert_allclose(loss.backward(Y, logits), [[0.1, 0.15, -0.25], [0.3, -0.35, 0.05]], atol=1e-15)


def test_softmax_and_cross_entropy_apart_give_what_they_give_together(rng):
    """The notes' mistake: (p - y) / N returned by the loss *and* multiplied by the softmax Jacobian."""
    Z, Y = rng.normal(size=(5, 4)), np.eye(4)[[0, 3, 1, 1, 2]]
    softmax, apart = snn.SoftMax(), snn.CrossEntropy()
    P = softmax.forward(Z)
    np.testing.assert_allclose(
        softmax.backward(apart.backward(Y, P)), snn.SoftmaxCrossEntropy().backward(Y, Z), rtol=1e-12, atol=1e-16
    )


def test_mean_squared_error_is_a_mean_over_all_elements():
    Y, Y_hat = np.zeros((2, 3)), np.arange(6.0).reshape(2, 3)
    assert snn.L2().forward(Y, Y_hat) == pytest.approx(55 / 6)
    np.testing.assert_allclose(snn.L2().backward(Y, Y_hat), 2 * Y_hat / 6)


def test_a_probability_of_zero_is_not_clipped():
    loss, Y, P = snn.CrossEntropy(), np.eye(2), np.array([[1.0, 0.0], [1.0, 0.0]])
    assert loss.forward(Y, P) == np.inf
    np.testing.assert_array_equal(loss.backward(Y, P), [[-0.5, 0], [0, -np.inf]])


def test_the_corner_of_an_average_counts_the_padding():
    ones = np.ones((1, 2, 2, 1))
    assert snn.Pool2D(3, mode="average", stride=1, pad=1).forward(ones)[0, 0, 0, 0] == pytest.approx(4 / 9)
    alone = snn.Pool2D(3, mode="average", stride=1, pad=1, count_include_pad=False)
    assert alone.forward(ones)[0, 0, 0, 0] == pytest.approx(1)


def test_maximum_of_a_padded_window_of_minus_ones():
    pool = snn.Pool2D(3, stride=1, pad=1)
    np.testing.assert_array_equal(pool.forward(np.full((1, 2, 2, 1), -1.0)), np.full((1, 2, 2, 1), -1.0))


def test_a_tie_gives_its_whole_gradient_to_the_first_in_row_major_order():
    pool = snn.Pool2D(2)
    pool.forward(np.array([[1.0, 3.0], [3.0, 3.0]]).reshape(1, 2, 2, 1))
    np.testing.assert_array_equal(pool.backward(np.full((1, 1, 1, 1), 7.0))[0, ..., 0], [[0, 7], [0, 0]])


@pytest.mark.parametrize(("kernel", "pad"), [(2, 1), ((4, 2), (2, 1)), ((2, 5), (1, 2))])
@pytest.mark.parametrize("values", [[np.nan, 0, 1], [-np.inf], [-np.inf, 2], [np.nan, -np.inf]])
def test_windows_of_nan_and_of_minus_infinity_send_their_gradient_where_pytorch_does(values, kernel, pad, rng):
    X = rng.choice(values, size=(1, 4, 5, 1))
    pool = snn.Pool2D(kernel, stride=1, pad=pad)
    Y = pool.forward(X)
    x = torch.tensor(X.transpose(0, 3, 1, 2).copy(), requires_grad=True)
    y = torch.nn.functional.max_pool2d(x, kernel, stride=1, padding=pad)
    dLdY = rng.normal(size=Y.shape)
    y.backward(torch.tensor(dLdY.transpose(0, 3, 1, 2).copy()))
    np.testing.assert_array_equal(Y[0, ..., 0], y.detach().numpy()[0, 0])
    np.testing.assert_allclose(pool.backward(dLdY)[0, ..., 0], x.grad.numpy()[0, 0], atol=1e-14)


def test_rows_left_over_by_the_stride_get_a_gradient_of_exactly_zero(rng):
    for layer in (snn.Conv2D(2, 2, stride=2, pad="valid"), snn.Pool2D(2), snn.Pool2D(2, mode="average")):
        Y = layer.forward(rng.normal(size=(1, 5, 5, 2)))
        dLdX = layer.backward(rng.normal(size=Y.shape))
        assert Y.shape[1:3] == (2, 2)
        assert not dLdX[:, 4].any()
        assert not dLdX[:, :, 4].any()
        assert dLdX[:, :4, :4].any()


def test_an_even_kernel_pads_the_bottom_and_the_right():
    conv = snn.Conv2D(1, 2, pad="same")
    conv.parameters = {"W": np.array([[0.0, 0.0], [0.0, 1.0]]).reshape(2, 2, 1, 1), "b": np.zeros((1, 1))}
    image = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
    np.testing.assert_array_equal(conv.forward(image)[0, ..., 0], [[5, 6, 0], [8, 9, 0], [0, 0, 0]])


def test_convolution_is_a_cross_correlation():
    conv = snn.Conv2D(1, (1, 2), pad="valid")
    conv.parameters = {"W": np.array([1.0, 10.0]).reshape(1, 2, 1, 1), "b": np.zeros((1, 1))}
    assert conv.forward(np.array([2.0, 3.0]).reshape(1, 1, 2, 1)).item() == 32  # the flipped kernel would give 23


def test_batch_norm_normalises_with_the_biased_and_keeps_the_unbiased_variance():
    norm = snn.BatchNorm(eps=0.0)
    Y = norm.forward(np.array([[1.0], [3.0]]), training=True)
    np.testing.assert_allclose(Y, [[-1], [1]])
    assert norm.state["running_mean"].item() == pytest.approx(0.9 * 0 + 0.1 * 2)
    assert norm.state["running_var"].item() == pytest.approx(0.9 * 1 + 0.1 * 2)
    assert norm.state["num_batches_tracked"] == 1


def test_batch_norm_in_evaluation_leaves_its_statistics_alone(rng):
    norm = snn.BatchNorm()
    norm.forward(rng.normal(size=(5, 3)), training=True)
    before = {key: array.copy() for key, array in norm.state.items()}
    norm.forward(rng.normal(size=(5, 3)) + 9)
    assert all(np.array_equal(norm.state[key], array) for key, array in before.items())


def test_dropout_scales_what_it_keeps_and_draws_anew(rng):
    dropout = snn.Dropout(0.2, rng=rng)
    first, second = (dropout.forward(np.ones((400, 50)), training=True) for _ in range(2))
    np.testing.assert_allclose(np.unique(first), [0, 1.25])  # 1 / (1 - p)
    assert np.mean(first == 0) == pytest.approx(0.2, abs=0.01)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(dropout.backward(np.ones((400, 50))), second)
    np.testing.assert_array_equal(dropout.forward(np.ones((3, 4))), np.ones((3, 4)))


def test_dropout_of_everything_is_zero_and_not_nan():
    dropout = snn.Dropout(1.0)
    np.testing.assert_array_equal(dropout.forward(np.ones((2, 3)), training=True), np.zeros((2, 3)))
    np.testing.assert_array_equal(dropout.backward(np.ones((2, 3))), np.zeros((2, 3)))


def test_an_infinite_gradient_does_not_pass_where_relu_is_off():
    """PyTorch selects, it does not multiply: 0 x inf would be NaN."""
    relu = snn.ReLU()
    relu.forward(np.array([[-1.0, 0.0, 2.0]]))
    np.testing.assert_array_equal(relu.backward(np.array([[np.inf, np.nan, 3.0]])), [[0, 0, 3]])


@pytest.mark.parametrize("loss", [snn.L2(), snn.CrossEntropy(), snn.SoftmaxCrossEntropy()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_is_a_plain_float(loss, dtype):
    assert type(loss.forward(np.eye(2, dtype=dtype), np.full((2, 2), 0.5, dtype))) is float
