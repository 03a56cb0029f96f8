"""Winograd's form of a 3 x 3 convolution: the formula's numbers, and the float32 verdict of the parity suite."""

import numpy as np
import pytest
import torch

import plain_layers as plain
from parity_tests import inputs
from parity_tests.compare import compare32
from plain_layers import generator
from scratch_nn import Conv2D, ReLU, minimal_filtering, threads, winograd
from scratch_nn.correlation import correlate, input_gradient, weight_gradient
from scratch_nn.windows import Windows
from small_networks import assert_same_arrays

GEOMETRIES = {  # images, pads
    "even": ((4, 8, 8), ((1, 1), (1, 1))),
    "odd": ((3, 7, 5), ((1, 1), (1, 1))),
    "valid": ((2, 6, 9), ((0, 0), (0, 0))),
    "one_window": ((1, 3, 3), ((0, 0), (0, 0))),
    "one_pixel": ((5, 1, 1), ((1, 1), (1, 1))),
    "pads_differ": ((3, 5, 6), ((2, 0), (0, 1))),
    "wide_border": ((2, 4, 3), ((4, 3), (2, 5))),
}


@pytest.fixture(params=[1, 30_000, 1 << 30], ids=["image_by_image", "some_at_a_time", "all_at_once"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(minimal_filtering, "BLOCK", request.param)


@pytest.fixture
def any_channels(monkeypatch):
    monkeypatch.setattr(minimal_filtering, "FEWEST_CHANNELS", 1)


def problem(images, pads, C, M, dtype=np.float64):
    """X, W, b, dLdZ and the windows."""
    rng, windows = generator(*images, C, M), Windows((3, 3), pads=pads)
    X, W, b = rng.standard_normal((*images, C)), rng.standard_normal((9 * C, M)), rng.standard_normal((1, M))
    dLdZ = rng.standard_normal((images[0], *windows.counts(*images[1:]), M))
    return *(array.astype(dtype) for array in (X, W, b, dLdZ)), windows


def products(X, W, b, dLdZ, windows):
    dX = input_gradient(dLdZ, W, windows, X.shape)
    return {"Z": correlate(X, W, windows, b), "dW": weight_gradient(X, dLdZ, windows), "dX": dX}


@pytest.mark.parametrize(("C", "M"), [(64, 64), (70, 65)])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_products_are_those_of_the_formula(name, C, M, blocks):
    given = problem(*GEOMETRIES[name], C, M)
    copies = [array.copy() for array in given[:4]]
    expected = products(*given)
    with winograd():
        found = products(*given)
    for key, array in expected.items():
        assert found[key].shape == array.shape
        np.testing.assert_allclose(found[key], array, rtol=0, atol=1e-13 * np.abs(array).max(), err_msg=key)
    assert not all(np.array_equal(found[key], expected[key]) for key in ("Z", "dW", "dX"))  # or it was the formula
    for array, copy in zip(given, copies, strict=False):
        np.testing.assert_array_equal(array, copy)


def test_a_layer_gives_what_the_plain_convolution_gives(any_channels, blocks):
    X, W, b, _, _ = problem((3, 5, 6), ((1, 1), (1, 1)), 3, 4)
    layer = Conv2D(4, 3, activation=ReLU())
    layer.build(X.shape[1:], generator(1))
    layer.parameters |= {"W": W.reshape(3, 3, 3, 4), "b": b}
    with winograd():
        Y = layer.forward(X, training=True)
        dLdY = np.cos(Y)
        dLdX = layer.backward(dLdY)
    pads = ((1, 1), (1, 1))
    expected = plain.convolution(X, dLdY * (Y > 0), layer.parameters["W"], b, (1, 1), pads)
    np.testing.assert_allclose(Y, np.maximum(expected["Y"], 0), atol=1e-12)
    np.testing.assert_allclose(dLdX, expected["dX"], atol=1e-12)
    for key in ("W", "b"):
        np.testing.assert_allclose(layer.gradients[key], expected[key], atol=1e-12)


# ---- where it is not used

ELSEWHERE = {
    "not_chosen": (64, Windows((3, 3), pads=((1, 1), (1, 1))), False),
    "few_channels": (31, Windows((3, 3), pads=((1, 1), (1, 1))), True),
    "stride": (64, Windows((3, 3), (1, 2)), True),
    "kernel": (64, Windows((3, 2)), True),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_elsewhere_the_formula_is_used(name, monkeypatch):
    C, windows, chosen = ELSEWHERE[name]
    rng = generator(2)
    X, W = rng.standard_normal((2, 6, 7, C)), rng.standard_normal((windows.kernel[0] * windows.kernel[1] * C, 64))
    given = X, W, np.ones((1, 64)), rng.standard_normal((2, *windows.counts(6, 7), 64)), windows
    expected = products(*given)
    monkeypatch.setattr(minimal_filtering, "_Tiles", None)  # whoever makes tiles fails
    if chosen:
        with winograd():
            assert_same_arrays(products(*given), expected)
    else:
        with pytest.raises(ZeroDivisionError), winograd():
            raise ZeroDivisionError  # and it ends with the block, whatever ends that
        assert_same_arrays(products(*given), expected)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("where", ["X", "W", "b", "dLdZ"])
def test_what_is_not_finite_is_where_the_formula_has_it(where, value, blocks):
    """One window of an infinity is infinite, and its neighbours under the same tile are not."""
    *arrays, windows = problem((3, 7, 6), ((1, 1), (1, 1)), 64, 64, np.float32)
    arrays[["X", "W", "b", "dLdZ"].index(where)].flat[-7] = value
    with np.errstate(invalid="ignore"):
        expected = products(*arrays, windows)
        with winograd():
            found = products(*arrays, windows)
    for key, array in expected.items():
        np.testing.assert_array_equal(np.isfinite(found[key]), np.isfinite(array), err_msg=key)
        finite = np.isfinite(array)
        np.testing.assert_allclose(found[key][finite], array[finite], rtol=1e-3, atol=1e-3, err_msg=key)
        np.testing.assert_array_equal(found[key][~finite], array[~finite], err_msg=key)


# ---- digits and bits

FILLS = [inputs.normal, inputs.offset, inputs.digits, inputs.negative, inputs.huge, inputs.constant_rows, inputs.kinks]


@pytest.mark.parametrize("fill", FILLS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("images", "C", "M"),
    [((4, 16, 16), 32, 64), ((4, 16, 16), 64, 64), ((6, 8, 8), 64, 128), ((2, 9, 7), 128, 64)],
    ids=str,
)
def test_its_float32_error_passes_the_verdict_of_the_parity_suite(fill, images, C, M):
    """At most twice PyTorch's own error, both against float64, plus a few ulp of the sum of absolute terms."""
    X = fill((*images, C), generator(3)).astype(np.float32)
    _, W, b, dLdZ, windows = problem(images, ((1, 1), (1, 1)), C, M, np.float32)
    W, b = W / np.float32(np.sqrt(9 * C)), b / np.float32(np.sqrt(9 * C))
    with winograd():
        found = products(X, W, b, dLdZ, windows)
    wide = [array.astype(np.float64) for array in (X, W, b, dLdZ)]
    truth, terms = products(*wide, windows), products(*map(np.abs, wide), windows)
    for name, theirs in torchs(X, W, b, dLdZ).items():
        verdict = compare32(found[name], theirs, truth[name], terms[name])
        assert verdict.ok, f"{name}: {verdict.message}"


def torchs(X, W, b, dLdZ):
    C, M = X.shape[-1], W.shape[-1]
    x, w = (
        torch.tensor(X.transpose(0, 3, 1, 2).copy()),
        torch.tensor(W.reshape(3, 3, C, M).transpose(3, 2, 0, 1).copy()),
    )
    x, w, bias = x.requires_grad_(), w.requires_grad_(), torch.tensor(b[0]).requires_grad_()
    z = torch.nn.functional.conv2d(x, w, bias, padding=1)
    z.backward(torch.tensor(dLdZ.transpose(0, 3, 1, 2).copy()))
    dW = w.grad.numpy().transpose(2, 3, 1, 0).reshape(9 * C, M)
    images = {"Z": z.detach().numpy(), "dX": x.grad.numpy()}
    return {"dW": dW} | {name: a.transpose(0, 2, 3, 1) for name, a in images.items()}


def test_it_warns_of_nothing_that_the_formula_does_not():
    *arrays, windows = problem((2, 5, 6), ((1, 1), (1, 1)), 64, 64, np.float32)
    arrays[0][0, 2, 2, 1] = np.inf
    with winograd(), threads(2), np.errstate(all="raise"):
        assert not np.isfinite(correlate(arrays[0], arrays[1], windows, arrays[2])).all()


def test_not_a_bit_depends_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(minimal_filtering, "BLOCK", 60_000)
    given = problem((11, 9, 8), ((1, 1), (1, 1)), 65, 64, np.float32)
    with winograd(), threads(1):
        expected = products(*given)
    with winograd(), threads(2):
        assert_same_arrays(products(*given), expected)
