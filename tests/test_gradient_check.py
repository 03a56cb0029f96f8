"""gradient_check: right layers pass, each wrong one is found and located, and what proves nothing is refused."""

import copy

import numpy as np
import pytest

from scratch_nn import (
    BatchNorm,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    LeakyReLU,
    Linear,
    Pool2D,
    ReLU,
    Sigmoid,
    SoftMax,
    Tanh,
    gradient_check,
    numerical_gradient,
)
from wrong_layers import (
    Accumulating,
    DiagonalSoftMax,
    Forgotten,
    InPlaceBackward,
    InPlaceReLU,
    MeanBias,
    NaNs,
    NewMask,
    NoBiasGradient,
    NormOfConstants,
    SigmoidOfZ,
    Transposed,
    UnrotatedConv,
    Unscaled,
    WrongShape,
    ZeroNorm,
    ZeroSoftMax,
)


def generator(seed=0):
    return np.random.default_rng(seed)


def rows(seed=1):
    return generator(seed).standard_normal((5, 4))


def images(seed=1):
    return generator(seed).standard_normal((2, 5, 4, 3))


def check(layer, X, **more):
    return gradient_check(layer, X, rng=generator(), **more)


# ---- numerical_gradient


def test_central_differences_of_a_cubic():
    x = rows()
    given = x.copy()
    np.testing.assert_allclose(numerical_gradient(lambda x: (x**3).sum(), x), 3 * x**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, given)


def test_central_differences_are_exact_on_a_parabola_whatever_the_step():
    """A one-sided difference would be wrong by h."""
    x = np.array([1.0, -2.0])
    np.testing.assert_allclose(numerical_gradient(lambda x: float(x @ x), x, h=0.5), 2 * x)


def test_float32_is_refused():
    with pytest.raises(TypeError, match=r"x of type float64, got float32"):
        numerical_gradient(np.sum, np.ones(3, np.float32))


@pytest.mark.parametrize("f", [lambda x: x**2, lambda x: x.sum(keepdims=True)])
def test_a_function_of_more_than_one_number_is_refused(f):
    with pytest.raises(ValueError, match=r"numerical_gradient: expected f\(x\) to be one number, got shape \(.*Sum it"):
        numerical_gradient(f, rows())


# ---- gradient_check on right layers

LAYERS = [
    (lambda: FullyConnected(3), rows),
    *((lambda f=f: FullyConnected(3, activation=f()), rows) for f in (ReLU, LeakyReLU, Sigmoid, Tanh, SoftMax)),
    *((lambda f=f: f(), rows) for f in (Linear, ReLU, LeakyReLU, Sigmoid, Tanh, SoftMax, BatchNorm)),
    (lambda: Conv2D(2, (3, 2), stride=(2, 1), pad=1, activation=Tanh()), images),
    (lambda: Pool2D(2, stride=1), images),
    (lambda: Pool2D(3, mode="average", stride=2, pad=1), images),
    (BatchNorm, images),
    (Flatten, images),
    (lambda: Dropout(0.4), images),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("make", "inputs"), LAYERS)
def test_every_layer_passes(make, inputs, training):
    layer = make()
    errors = check(layer, inputs(), training=training)
    layer.build(inputs().shape[1:], generator())
    assert list(errors) == ["X", *layer.parameters]
    assert 0 <= max(errors.values()) < 1e-7
    if not isinstance(layer, (Linear, Flatten, Dropout)):
        assert max(errors.values()) > 0  # something was really compared


@pytest.mark.parametrize("draw", ["standard_normal", "random"])
def test_inputs_may_be_drawn_from_the_same_seed(draw):
    """G must not be X: a batch norm's gradient would be zero but for rounding, and a right one accused."""
    X = getattr(generator(), draw)((5, 4))
    assert gradient_check(BatchNorm(), X, rng=generator(), training=True)["X"] < 1e-7


def test_the_layer_is_not_touched():
    dropped = Dropout(0.5, rng=generator(3))
    norm = BatchNorm()
    norm.build((4,), generator())
    before = copy.deepcopy((norm.parameters, norm.gradients, norm.state))
    check(dropped, rows(), training=True)
    check(norm, rows(), training=True)
    assert dropped.rng.bit_generator.state == generator(3).bit_generator.state
    assert str(before) == str((norm.parameters, norm.gradients, norm.state))
    unbuilt = FullyConnected(3)
    check(unbuilt, rows())
    assert unbuilt.parameters == {}


def test_parameters_set_beforehand_are_those_checked():
    layer = FullyConnected(3, activation=Sigmoid())
    layer.build((4,), generator())
    layer.parameters["W"] = np.full((4, 3), 1e3)  # saturated: every gradient vanishes
    with pytest.raises(ValueError, match=r"FullyConnected: expected a gradient of X that is not zero"):
        check(layer, rows())


# ---- gradient_check on wrong layers

WRONG = [
    (Transposed(4), rows, "gradient of W, relative error"),
    (Transposed(3), rows, r"gradient of W has shape \(3, 4\), expected \(4, 3\)"),
    (MeanBias(3), rows, "gradient of b, relative error"),
    (NoBiasGradient(3), rows, r"gradients of \['W'\] for parameters \['W', 'b'\]"),
    (WrongShape(3), rows, r"gradient of b has shape \(3,\), expected \(1, 3\)"),
    (Accumulating(3), rows, "a second backward gave another answer. Overwrite"),
    (Forgotten(3, activation=Tanh()), rows, "gradient of X, relative error"),
    (ZeroNorm(), rows, "gradient of X, relative error 1.0e"),
    (NormOfConstants(), rows, "gradient of X"),
    (ZeroSoftMax(), rows, "gradient of X"),
    (DiagonalSoftMax(), rows, "gradient of X"),
    (SigmoidOfZ(), rows, "gradient of X"),
    (InPlaceReLU(), rows, "the caller's X or dLdY was modified in place"),
    (InPlaceBackward(), rows, "the caller's X or dLdY was modified in place"),
    (NaNs(), rows, r"gradient of X, relative error nan, .*worst at \(1, 2\): backward gives nan"),
    (Unscaled(0.4), rows, "gradient of X"),
    (NewMask(0.4), rows, "a second backward gave another answer"),
    (UnrotatedConv(2, 3), images, "gradient of X"),
]


@pytest.mark.parametrize(("layer", "inputs", "message"), WRONG, ids=[type(row[0]).__name__ for row in WRONG])
def test_a_wrong_layer_is_named_with_what_is_wrong(layer, inputs, message):
    X, before = inputs(), inputs()
    with pytest.raises(AssertionError, match=f"^{type(layer).__name__}: .*{message}"):
        check(layer, X, training=True)
    np.testing.assert_array_equal(X, before)


def test_a_small_mistake_is_found_and_located():
    class Off(Linear):
        def backward(self, dLdY):
            dLdX = dLdY.copy()
            dLdX[3, 1] += 1e-6
            return dLdX

    with pytest.raises(
        AssertionError, match=r"worst at \(3, 1\): backward gives [-\d.]+, the difference quotient [-\d.]+$"
    ):
        check(Off(), rows())


# ---- gradient_check where it would prove nothing


def test_float32_proves_nothing():
    with pytest.raises(TypeError, match=r"FullyConnected: expected X of type float64, got float32"):
        check(FullyConnected(3), rows().astype(np.float32))
    layer = FullyConnected(3)
    layer.build((4,), generator(), dtype=np.float32)
    with pytest.raises(TypeError, match=r"parameters\['W'\] of type float64, got float32"):
        check(layer, rows())


def test_a_list_is_no_array():
    with pytest.raises(TypeError, match=r"x to be a NumPy array, got list\. Use np\.asarray\(x\)"):
        numerical_gradient(np.sum, [1.0, 2.0])


@pytest.mark.parametrize(
    ("layer", "X"),
    [(Dropout(1.0), rows()), (ReLU(), -1 - np.abs(rows())), (SoftMax(), rows()[:, :1])],
    ids=["dropout_of_everything", "dead_relu", "softmax_of_one_class"],
)
def test_a_gradient_of_zeros_proves_nothing(layer, X):
    with pytest.raises(ValueError, match=r"expected a gradient of X that is not zero, got at most .*pass"):
        check(layer, X, training=True)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_output_that_is_not_finite_proves_nothing(value):
    class Broken(Linear):
        def forward(self, X, *, training=False):
            return super().forward(X) + value

    with pytest.raises(
        ValueError, match=r"Broken: expected a finite output near X, got NaN or infinity from forward\."
    ):
        check(Broken(), rows())


def test_random_numbers_that_do_not_come_again_are_refused():
    class Noisy(Linear):
        stream = generator(9)  # shared by every copy

        def forward(self, X, *, training=False):
            return super().forward(X) * self.stream.random(X.shape)

    with pytest.raises(ValueError, match="Noisy: expected random numbers that a copy draws again"):
        check(Noisy(), rows())


def test_a_seed_or_what_is_no_layer_is_refused():
    with pytest.raises(
        TypeError, match=r"gradient_check: expected rng to be of type Generator, got 0\. Use np\.random"
    ):
        gradient_check(ReLU(), rows(), rng=0)
    with pytest.raises(TypeError, match=r"gradient_check: expected layer to be of type Layer, got 3\. For example"):
        gradient_check(3, rows(), rng=generator())
