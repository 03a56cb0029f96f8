"""Facts about optimisers, and the exercises of the course notes, each held to the number itself."""

import numpy as np
import pytest

import scratch_nn as snn


def steps(optimizer, gradients, theta=1.0, rates=None) -> list[float]:
    parameters, found = {"w": np.array([theta])}, []
    for i, gradient in enumerate(gradients):
        optimizer.lr = rates[i] if rates else optimizer.lr
        optimizer.step(parameters, {"w": np.array([gradient])})
        found.append(parameters["w"].item())
    return found


def test_nesterov_on_a_constant_gradient():
    """v = 1, then 1.9, then 2.71; the step is lr (g + 0.9 v)."""
    found = steps(snn.SGD(0.1, momentum=0.9, nesterov=True), [1.0, 1.0, 1.0])
    np.testing.assert_allclose(found, [0.81, 0.539, 0.1951], atol=1e-12)


def test_a_new_rate_weighs_the_whole_velocity():
    """The rate stands outside the velocity: after 0.1 -> 0.01 the second step is 0.01 x 1.9, not 0.9 x 0.1 + 0.01."""
    found = steps(snn.SGD(0.1, momentum=0.9), [1.0, 1.0], rates=[0.1, 0.01])
    np.testing.assert_allclose(found, [0.9, 0.9 - 0.019], atol=1e-15)


def test_the_first_velocity_is_the_gradient_whatever_the_dampening():
    np.testing.assert_allclose(steps(snn.SGD(0.1, momentum=0.9, dampening=0.5), [1.0, 1.0]), [0.9, 0.9 - 0.14])


def test_weight_decay_is_coupled_in_adam_and_decoupled_in_adamw():
    """Without a gradient Adam still moves by the full rate; AdamW only shrinks, by 1 - lr λ."""
    assert steps(snn.Adam(0.01, weight_decay=0.1), [0.0]) == pytest.approx([0.99], abs=1e-8)
    assert steps(snn.AdamW(0.01, weight_decay=0.1), [0.0]) == pytest.approx([0.999])


def test_adams_first_step_is_the_rate_for_gradients_of_any_size():
    for gradient in (1e-4, 1.0, 1e4):
        assert steps(snn.Adam(0.001), [gradient]) == pytest.approx([0.999], abs=1e-6)


def test_adams_epsilon_comes_after_the_bias_correction():
    """g = ε: m̂ / (sqrt(ŝ) + ε) = 1/2. Before the correction it would be about 1 / (1 + 1 / sqrt(0.001)) = 0.03."""
    assert steps(snn.Adam(1.0, eps=1e-3), [1e-3]) == pytest.approx([0.5])


def test_einsum_exercises():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(4, 4)), rng.normal(size=(4, 3))
    many_A, many_B = rng.normal(size=(5, 2, 4)), rng.normal(size=(5, 4, 3))
    np.testing.assert_allclose(np.einsum("ii->", A), np.trace(A))
    np.testing.assert_allclose(np.einsum("ik,kj->ij", A, B), A @ B)
    np.testing.assert_allclose(np.einsum("bik,bkj->bij", many_A, many_B), many_A @ many_B)


def test_the_window_product_is_one_step_of_the_convolution():
    X, W = np.arange(54.0).reshape(2, 3, 3, 3), np.arange(108.0).reshape(3, 3, 3, 4)
    expected = [[24804, 25155, 25506, 25857], [62712, 63792, 64872, 65952]]
    np.testing.assert_array_equal(np.einsum("bijc,ijco->bo", X, W), expected)
    conv = snn.Conv2D(4, 3, pad="valid")
    conv.parameters = {"W": W, "b": np.zeros((1, 4))}
    np.testing.assert_array_equal(conv.forward(X)[:, 0, 0], expected)
    conv.parameters = {"W": np.ones_like(W), "b": np.zeros((1, 4))}
    np.testing.assert_array_equal(conv.forward(np.ones_like(X)), np.full((2, 1, 1, 4), 27.0))


def test_columns_are_the_windows_in_the_order_of_the_weights(rng):
    X, W = rng.normal(size=(2, 5, 6, 3)), rng.normal(size=(3, 2, 3, 4))
    columns = snn.im2col(X, (3, 2), stride=(2, 1))
    assert columns.shape == (2 * 2 * 5, 3 * 2 * 3)
    np.testing.assert_array_equal(columns[5 + 1], X[0, 2:5, 1:3].ravel())
    conv = snn.Conv2D(4, (3, 2), stride=(2, 1), pad=0)
    conv.parameters = {"W": W, "b": np.zeros((1, 4))}
    np.testing.assert_allclose(columns @ W.reshape(-1, 4), conv.forward(X).reshape(-1, 4), atol=1e-14)
    assert len(snn.im2col(X, 3, pad="same")) == 2 * 5 * 6
    assert len(snn.im2col(X, 3, pad="valid")) == 2 * 3 * 4


@pytest.mark.parametrize("settings", [{}, {"stride": 2}, {"pad": 1}, {"stride": (1, 3), "pad": ((0, 2), (1, 0))}])
def test_col2im_is_the_transpose_of_im2col(settings, rng):
    X = rng.normal(size=(2, 5, 6, 3))
    columns = snn.im2col(X, (3, 2), **settings)
    U = rng.normal(size=columns.shape)
    assert np.sum(columns * U) == pytest.approx(np.sum(X * snn.col2im(U, X.shape, (3, 2), **settings)), rel=1e-12)


def test_columns_of_another_image_are_refused():
    with pytest.raises(ValueError, match=r"col2im: expected columns of shape \(16, 9\), got \(9, 9\)"):
        snn.col2im(np.ones((9, 9)), (1, 6, 6, 1), 3)
    with pytest.raises(ValueError, match=r"col2im: expected columns of shape \(16, 9\), got \(9, 16\)"):
        snn.col2im(np.ones((9, 16)), (1, 6, 6, 1), 3)
    with pytest.raises(ValueError, match=r"im2col: expected images \(N, H, W, C\) .* got \(6, 6, 6\)"):
        snn.im2col(np.ones((6, 6, 6)), 3)
    with pytest.raises(ValueError, match=r"im2col: expected images .* hold a \(3, 3\) window, got \(1, 2, 6, 1\)"):
        snn.im2col(np.ones((1, 2, 6, 1)), 3)
