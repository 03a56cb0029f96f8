"""The derivations' formulas, letter by letter in plain loops, where the lessons do not run them themselves."""

import numpy as np
import pytest

import scratch_nn as snn


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_lesson_1_a_factor_s_gradient_swaps_its_letters_with_the_result(rng):
    sizes = dict(zip("ijkbmnyxc", (2, 3, 4, 5, 2, 3, 2, 3, 2), strict=True))
    for forward, by_first, by_second in (
        ("ik,kj->ij", "ij,kj->ik", "ik,ij->kj"),
        ("bik,bkj->bij", "bij,bkj->bik", "bik,bij->bkj"),
        ("nyxijc,ijcm->nyxm", "nyxm,ijcm->nyxijc", "nyxijc,nyxm->ijcm"),
    ):
        first, second, result = forward.replace("->", ",").split(",")
        A, B, G = (rng.normal(size=[sizes[letter] for letter in letters]) for letters in (first, second, result))
        for array, gradient in ((A, np.einsum(by_first, G, B)), (B, np.einsum(by_second, A, G))):
            loss = lambda x, array=array: (np.einsum(forward, *(x if it is array else it for it in (A, B))) * G).sum()  # noqa: B023, E731
            assert np.allclose(gradient, snn.numerical_gradient(loss, array), rtol=0, atol=1e-8)


def test_lesson_4_the_jacobian_and_its_zero_rows(rng):
    x = rng.normal(size=(1, 5))
    layer = snn.SoftMax()
    y = layer.forward(x)[0]
    layer.forward(np.repeat(x, 5, axis=0))
    J = layer.backward(np.eye(5))
    assert np.allclose(J, np.diag(y) - np.outer(y, y), rtol=0, atol=1e-16)
    assert np.abs(J.sum(axis=1)).max() < 1e-16


def test_lesson_5_the_step_before_the_last_holds_for_any_targets(rng):
    Z, Y = rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    P = snn.SoftMax().forward(Z)
    expected = [[(P[n, j] * Y[n].sum() - Y[n, j]) / 4 for j in range(3)] for n in range(4)]
    assert np.allclose(snn.SoftmaxCrossEntropy().backward(Y, Z), expected, rtol=0, atol=1e-16)


def test_lesson_6_the_turned_kernel_over_the_gradient(rng):
    N, H, W, C, M, kh, kw = 2, 4, 5, 2, 3, 3, 2
    OH, OW = H - kh + 1, W - kw + 1
    X, K, dLdZ = rng.normal(size=(N, H, W, C)), rng.normal(size=(kh, kw, C, M)), rng.normal(size=(N, OH, OW, M))
    dLdP = np.zeros((N, H, W, C))
    for n, u, v, c, i, j, m in np.ndindex(N, H, W, C, kh, kw, M):
        y, x = u - (kh - 1) + i, v - (kw - 1) + j
        if 0 <= y < OH and 0 <= x < OW:
            dLdP[n, u, v, c] += dLdZ[n, y, x, m] * K[kh - 1 - i, kw - 1 - j, c, m]
    layer = snn.Conv2D(M, (kh, kw), pad="valid")
    layer.parameters = {"W": K, "b": np.zeros((1, M))}
    layer.forward(X)
    assert np.allclose(layer.backward(dLdZ), dLdP, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("H", "p", "kh", "s"), [(7, 0, 3, 2), (8, 1, 3, 2), (5, 2, 4, 1), (9, 0, 2, 3)])
def test_lesson_6_the_size_of_the_output(H, p, kh, s):
    layer = snn.Conv2D(1, (kh, 1), stride=(s, 1), pad=(p, 0))
    assert layer.forward(np.zeros((1, H, 1, 1))).shape[1] == (H + 2 * p - kh) // s + 1


def test_lesson_8_a_maximum_as_the_row_sum_of_the_winners(rng):
    X, dLdY = rng.integers(0, 3, size=(1, 4, 5, 1)).astype(float), rng.normal(size=(1, 2, 4, 1))
    A = snn.im2col(X, (3, 2))
    T = np.eye(6)[A.argmax(axis=1)]
    layer = snn.Pool2D((3, 2), stride=1)
    assert np.array_equal(layer.forward(X).ravel(), (T * A).sum(axis=1))
    back = snn.col2im(T * dLdY.reshape(-1, 1), X.shape, (3, 2))
    assert np.allclose(layer.backward(dLdY), back, rtol=0, atol=1e-15)


def test_lesson_9_the_slope_of_the_deviation_and_the_two_invariances(rng):
    x, h, eps = rng.normal(size=6), 1e-6, 1e-5
    sigma = lambda x: np.sqrt(x.var() + eps)  # noqa: E731
    slopes = [(sigma(x + h * e) - sigma(x - h * e)) / (2 * h) for e in np.eye(6)]
    assert np.allclose(slopes, (x - x.mean()) / sigma(x) / 6, rtol=0, atol=1e-9)
    layer = snn.BatchNorm()
    xhat = layer.forward(x[:, None], training=True)
    dLdX = layer.backward(rng.normal(size=(6, 1)))
    assert abs(dLdX.sum()) < 1e-14
    assert abs((dLdX * xhat).sum()) < 10 * eps


def test_lesson_12_a_constant_gradient_adds_up():
    optimizer, parameters = snn.SGD(1.0, momentum=0.9), {"theta": np.zeros(1)}
    for t in range(1, 30):
        before = parameters["theta"]
        optimizer.step(parameters, {"theta": np.ones(1)})
        assert before - parameters["theta"] == pytest.approx((1 - 0.9**t) / (1 - 0.9), rel=1e-13)


def test_lesson_13_the_first_step_without_correction():
    m, s = 0.1 * 3.0, 0.001 * 9.0
    assert m / np.sqrt(s) == pytest.approx(0.1 / np.sqrt(0.001), rel=1e-12)
    assert 0.1 / np.sqrt(0.001) == pytest.approx(3.16, abs=0.01)


def test_lesson_14_variances_through_a_layer(rng):
    D, M = 300, 200
    X = rng.normal(size=(2000, D))
    for draw, w in ((snn.he_normal, 2 / D), (snn.xavier_uniform, 2 / (D + M)), (snn.torch_default, 1 / (3 * D))):
        W = draw((D, M), rng)
        assert W.var() == pytest.approx(w, rel=0.03)
        assert np.mean((X @ W) ** 2) == pytest.approx(D * w, rel=0.05)
        assert np.mean(np.maximum(X @ W, 0) ** 2) == pytest.approx(D * w / 2, rel=0.06)
