"""Mistakes of activations. Letters: X, Y = f(X), dY, dX; s slope.

ReLU dX = dY where X > 0     LeakyReLU dX = dY or s dY     Sigmoid dX = dY Y (1 - Y)     Tanh dX = dY (1 - Y²)
SoftMax dX = Y (dY - Σ dY Y), sums over the last axis
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step
from parity_tests.explain.hypothesis import Hypothesis

SUBGRADIENT = "mathematics (at the kink any number between the two slopes is a subgradient)"
AUTOGRAD_MAXIMUM = "JAX and other libraries that differentiate maximum(x, 0), which shares the gradient of a tie"


class Linear(PlainLayer):
    Y = step(lambda s: s.X)
    dX = step(lambda s: s.dY)


class ReLU(PlainLayer):
    Y = step(lambda s: np.where(s.X <= 0, 0, s.X))
    dX = step(lambda s: np.where(s.X <= 0, 0, s.dY))


class LeakyReLU(PlainLayer):
    slope = step(lambda s: s.case.get("slope", 0.01))
    Y = step(lambda s: np.where(s.X > 0, s.X, s.slope * s.X))
    dX = step(lambda s: np.where(s.X > 0, s.dY, s.slope * s.dY))


class Sigmoid(PlainLayer):
    Y = step(lambda s: np.where(s.X < 0, np.exp(-np.abs(s.X)), 1) / (1 + np.exp(-np.abs(s.X))))
    dX = step(lambda s: s.dY * s.Y * (1 - s.Y))


class Tanh(PlainLayer):
    Y = step(lambda s: np.tanh(s.X))
    dX = step(lambda s: s.dY * (1 - s.Y * s.Y))


def normalised(E: np.ndarray, axis=-1) -> np.ndarray:
    return E / E.sum(axis=axis, keepdims=True)


def first_row(Y: np.ndarray) -> np.ndarray:
    return Y.reshape(-1, Y.shape[-1])[0]


class SoftMax(PlainLayer):
    shift = step(lambda s: s.X.max(axis=-1, keepdims=True))
    e = step(lambda s: np.exp(s.X - s.shift))
    Y = step(lambda s: normalised(s.e))
    dot = step(lambda s: (s.dY * s.Y).sum(axis=-1, keepdims=True))
    dX = step(lambda s: s.Y * (s.dY - s.dot))


ACTIVATIONS = {plain.__name__: plain for plain in (Linear, ReLU, LeakyReLU, Sigmoid, Tanh, SoftMax)}


DEFAULT_SLOPES = {0.2: "TensorFlow (tf.nn.leaky_relu)", 0.3: "Keras"} | dict.fromkeys(
    (0.001, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5), ""
)


def leaking() -> Iterator[Hypothesis]:
    """A ReLU that is a leaky one: in both directions, and in one."""
    for slope in (0.01, 0.1, 0.2, 0.3):
        steps = {"Y": lambda s, slope=slope: np.where(s.X > 0, s.X, slope * s.X),
                 "dX": lambda s, slope=slope: np.where(s.X > 0, s.dY, slope * s.dY)}  # fmt: skip
        says = f"negative numbers are multiplied by {slope}, as a leaky ReLU does, not by 0"
        yield mistake(ReLU, f"relu_leaky_{slope}", says, **steps)
        yield mistake(ReLU, f"relu_leaky_{slope}_forward", f"in forward, {says}", Y=steps["Y"])
        yield mistake(ReLU, f"relu_leaky_{slope}_backward", f"in backward, {says}", dX=steps["dX"])


def upstream_forgotten(plain: type[PlainLayer], derivative: Callable) -> Hypothesis:
    return mistake(plain, f"{plain.__name__.lower()}_upstream_forgotten",
                   "the upstream gradient is forgotten: dX is the derivative alone", dX=derivative)  # fmt: skip


def logistic(Z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-Z))


RELU = (
    mistake(ReLU, "relu_gradient_1_at_0", "the gradient at exactly 0 is 1",
            convention=SUBGRADIENT, dX=lambda s: np.where(s.X < 0, 0, s.dY)),
    mistake(ReLU, "relu_gradient_half_at_0", "the gradient at exactly 0 is 1/2",
            convention=AUTOGRAD_MAXIMUM, dX=lambda s: np.where(s.X == 0, s.dY / 2, s.right.dX)),
    mistake(ReLU, "relu_gradient_not_masked", "the derivative is skipped: dX is the upstream gradient",
            dX=lambda s: s.dY),
    mistake(ReLU, "relu_gradient_masked_by_itself", "the upstream gradient is cut at 0, in place of X",
            dX=lambda s: np.where(s.dY <= 0, 0, s.dY)),
    mistake(ReLU, "relu_gradient_masked_twice", "negative upstream gradients are cut as well (guided backpropagation)",
            dX=lambda s: np.where(s.dY <= 0, 0, s.right.dX)),
    mistake(ReLU, "relu_gradient_times_x", "dX = dY Y: the output stands in place of the derivative",
            dX=lambda s: s.dY * s.Y),
    mistake(ReLU, "relu_gradient_0_at_nan", "the gradient is 0 where X is NaN", dX=lambda s: s.dY * (s.X > 0)),
    mistake(ReLU, "relu_nan_to_0", "NaN becomes 0", Y=lambda s: np.where(s.X > 0, s.X, 0),
            dX=lambda s: np.where(s.X > 0, s.dY, 0)),
    mistake(ReLU, "relu_infinity_times_0", "X is multiplied by its mask, and -inf times 0 is NaN",
            Y=lambda s: s.X * (s.X > 0), dX=lambda s: s.dY * (s.X > 0)),
    upstream_forgotten(ReLU, lambda s: np.where(s.X <= 0, 0.0, 1.0)),
    mistake(ReLU, "relu_absolute_value", "Y is |X|", Y=lambda s: np.abs(s.X), dX=lambda s: s.dY * np.sign(s.X)),
    *leaking(),
)  # fmt: skip
LEAKY_RELU = (
    mistake(LeakyReLU, "leaky_relu_gradient_1_at_0", "the gradient at exactly 0 is 1", convention=SUBGRADIENT,
            dX=lambda s: np.where(s.X >= 0, s.dY, s.right.dX)),
    mistake(LeakyReLU, "leaky_relu_gradient_0_at_0", "the gradient at exactly 0 is 0",
            dX=lambda s: np.where(s.X == 0, 0, s.right.dX)),
    mistake(LeakyReLU, "leaky_relu_slope_forgotten_backward", "the gradient of negative numbers is 0, as ReLU's",
            dX=lambda s: np.where(s.X > 0, s.dY, 0)),
    mistake(LeakyReLU, "leaky_relu_slope_1_backward", "the derivative is skipped: dX is the upstream gradient",
            dX=lambda s: s.dY),
    mistake(LeakyReLU, "leaky_relu_slope_on_the_wrong_side", "the gradient is scaled where x is positive, not where "
            "it is negative", dX=lambda s: np.where(s.X > 0, s.slope * s.dY, s.dY)),
    mistake(LeakyReLU, "leaky_relu_gradient_alone_slope", "the gradient of negative numbers is the slope itself",
            dX=lambda s: np.where(s.X > 0, s.dY, s.slope)),
    upstream_forgotten(LeakyReLU, lambda s: np.where(s.X > 0, 1.0, s.slope)),
    mistake(LeakyReLU, "leaky_relu_slope_of_x_backward", "the gradient of negative numbers is slope x, the output",
            dX=lambda s: np.where(s.X > 0, s.dY, s.slope * s.X)),
    mistake(LeakyReLU, "leaky_relu_gradient_masked_by_itself", "the sign of the upstream gradient decides, not X's",
            dX=lambda s: np.where(s.dY > 0, s.dY, s.slope * s.dY)),
    mistake(LeakyReLU, "leaky_relu_slope_negative_backward", "the sign of the slope is wrong in backward",
            dX=lambda s: np.where(s.X > 0, s.dY, -s.slope * s.dY)),
    mistake(LeakyReLU, "leaky_relu_slope_squared_backward", "the slope is squared in backward",
            dX=lambda s: np.where(s.X > 0, s.dY, s.slope**2 * s.dY)),
    mistake(LeakyReLU, "leaky_relu_maximum", "Y = max(x, slope x), another function where the slope is above 1",
            Y=lambda s: np.maximum(s.X, s.slope * s.X)),
    mistake(LeakyReLU, "leaky_relu_maximum_throughout", "Y = max(x, slope x), in backward too",
            Y=lambda s: np.maximum(s.X, s.slope * s.X),
            dX=lambda s: np.where(s.X > s.slope * s.X, s.dY, s.slope * s.dY)),
    mistake(LeakyReLU, "leaky_relu_slope_0.01", "the slope is 0.01 whatever was asked for", slope=lambda s: 0.01),
    *(
        mistake(LeakyReLU, f"leaky_relu_slope_{slope}", f"the slope is {slope} by default", convention=convention,
                slope=lambda s, slope=slope: s.case.get("slope", slope))
        for slope, convention in DEFAULT_SLOPES.items()
    ),
    mistake(LeakyReLU, "leaky_relu_slope_negative", "the sign of the slope is wrong",
            slope=lambda s: -s.case.get("slope", 0.01)),
)  # fmt: skip
SIGMOID = (
    mistake(Sigmoid, "sigmoid_derivative_of_z", "the derivative z (1 - z) is taken of the input, not of the output",
            dX=lambda s: s.dY * s.X * (1 - s.X)),
    mistake(Sigmoid, "sigmoid_derivative_skipped", "the derivative is skipped: dX is the upstream gradient",
            dX=lambda s: s.dY),
    upstream_forgotten(Sigmoid, lambda s: s.Y * (1 - s.Y)),
    mistake(Sigmoid, "sigmoid_derivative_y", "dX = dY Y: the factor 1 - Y is missing", dX=lambda s: s.dY * s.Y),
    mistake(Sigmoid, "sigmoid_derivative_1_minus_y", "dX = dY (1 - Y): the factor Y is missing",
            dX=lambda s: s.dY * (1 - s.Y)),
    mistake(Sigmoid, "sigmoid_twice", "the derivative is taken at Y: sigmoid is applied to the output again",
            dX=lambda s: s.dY * logistic(s.Y) * (1 - logistic(s.Y))),
    mistake(Sigmoid, "sigmoid_tanh_derivative", "the derivative is 1 - Y², tanh's", dX=lambda s: s.dY * (1 - s.Y**2)),
    mistake(Sigmoid, "sigmoid_plus", "the derivative is Y (1 + Y)", dX=lambda s: s.dY * s.Y * (1 + s.Y)),
    mistake(Sigmoid, "sigmoid_overflow", "exp(x) / (1 + exp(x)) overflows to NaN for large x",
            Y=lambda s: np.exp(s.X) / (1 + np.exp(s.X))),
    mistake(Sigmoid, "sigmoid_sign", "the sign of the exponent is wrong: Y = 1 / (1 + exp(x))",
            Y=lambda s: logistic(-s.X)),
)  # fmt: skip
TANH = (
    mistake(Tanh, "tanh_derivative_of_z", "the derivative 1 - z² is taken of the input, not of the output",
            dX=lambda s: s.dY * (1 - s.X**2)),
    mistake(Tanh, "tanh_derivative_skipped", "the derivative is skipped: dX is the upstream gradient",
            dX=lambda s: s.dY),
    upstream_forgotten(Tanh, lambda s: 1 - s.Y**2),
    mistake(Tanh, "tanh_derivative_square_of_all", "the derivative is (1 - Y)², where it must be 1 - Y²",
            dX=lambda s: s.dY * (1 - s.Y) ** 2),
    mistake(Tanh, "tanh_derivative_not_squared", "the derivative is 1 - Y: the square is missing",
            dX=lambda s: s.dY * (1 - s.Y)),
    mistake(Tanh, "tanh_twice", "the derivative is taken at Y: tanh is applied to the output again",
            dX=lambda s: s.dY * (1 - np.tanh(s.Y) ** 2)),
    mistake(Tanh, "tanh_sigmoid_derivative", "the derivative is Y (1 - Y), the sigmoid's",
            dX=lambda s: s.dY * s.Y * (1 - s.Y)),
    mistake(Tanh, "tanh_plus", "the derivative is 1 + Y²", dX=lambda s: s.dY * (1 + s.Y**2)),
    mistake(Tanh, "tanh_not_shifted", "it is 2 sigmoid(2 x): 1 is not taken off", Y=lambda s: s.right.Y + 1),
    mistake(Tanh, "tanh_not_shifted_forward", "forward is 2 sigmoid(2 x): 1 is not taken off",
            Y=lambda s: s.right.Y + 1, dX=lambda s: s.right.dX),
    mistake(Tanh, "tanh_overflow", "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) overflows to NaN",
            Y=lambda s: (np.exp(s.X) - np.exp(-s.X)) / (np.exp(s.X) + np.exp(-s.X))),
)  # fmt: skip
SOFTMAX = (
    mistake(SoftMax, "softmax_diagonal_only", "backward uses the diagonal Y (1 - Y) of the Jacobian only",
            dX=lambda s: s.dY * s.Y * (1 - s.Y)),
    mistake(SoftMax, "softmax_derivative_skipped", "the Jacobian is skipped: dX is the upstream gradient",
            dX=lambda s: s.dY),
    upstream_forgotten(SoftMax, lambda s: s.Y * (1 - s.Y)),
    mistake(SoftMax, "softmax_no_sum", "dX = Y dY: what is subtracted, Σ dY Y, is missing", dot=lambda s: 0.0),
    mistake(SoftMax, "softmax_jacobian_of_first_row", "backward uses the first row's Jacobian for every row",
            dX=lambda s: first_row(s.Y) * (s.dY - (s.dY * first_row(s.Y)).sum(axis=-1, keepdims=True))),
    mistake(SoftMax, "softmax_gradient_0", "dX is zero everywhere", dX=lambda s: np.zeros_like(s.X)),
    mistake(SoftMax, "softmax_off_by_2", "dX is off by a constant: 2 is added to dY - Σ dY Y",
            dX=lambda s: s.Y * (s.dY - s.dot + 2)),
    mistake(SoftMax, "softmax_sum_without_y", "Σ dY is subtracted, not Σ dY Y",
            dot=lambda s: s.dY.sum(axis=-1, keepdims=True)),
    mistake(SoftMax, "softmax_sum_of_jacobian_wrong_axis", "Σ dY Y is taken over the batch",
            dot=lambda s: (s.dY * s.Y).sum(axis=0, keepdims=True)),
    mistake(SoftMax, "softmax_sum_of_all", "Σ dY Y is taken over the whole array", dot=lambda s: (s.dY * s.Y).sum()),
    mistake(SoftMax, "softmax_mean_without_y", "the mean of dY is subtracted, not Σ dY Y",
            dot=lambda s: s.dY.mean(axis=-1, keepdims=True)),
    mistake(SoftMax, "softmax_mean", "the mean of dY Y is subtracted, not its sum",
            dot=lambda s: (s.dY * s.Y).mean(axis=-1, keepdims=True)),
    mistake(SoftMax, "softmax_y_missing", "dX = dY - Σ dY Y: the factor Y is missing", dX=lambda s: s.dY - s.dot),
    mistake(SoftMax, "softmax_plus", "Σ dY Y is added, not subtracted", dX=lambda s: s.Y * (s.dY + s.dot)),
    mistake(SoftMax, "softmax_over_batch", "the softmax is taken over the batch, not over the last axis",
            Y=lambda s: normalised(np.exp(s.X - s.X.max(axis=0)), axis=0),
            dot=lambda s: (s.dY * s.Y).sum(axis=0, keepdims=True)),
    mistake(SoftMax, "softmax_forward_over_batch", "forward takes the softmax over the batch, not over the last axis",
            Y=lambda s: normalised(np.exp(s.X - s.X.max(axis=0)), axis=0)),
    mistake(SoftMax, "softmax_divided_by_sum_over_batch", "the exponentials are divided by their sum over the batch",
            Y=lambda s: normalised(np.exp(s.X - s.shift), axis=0)),
    mistake(SoftMax, "softmax_over_axis_1", "the softmax is taken over axis 1, not over the last axis",
            Y=lambda s: normalised(np.exp(s.X - s.X.max(axis=1, keepdims=True)), axis=1),
            dot=lambda s: (s.dY * s.Y).sum(axis=1, keepdims=True)),
    mistake(SoftMax, "softmax_over_all", "the exponentials are divided by the sum of the whole array",
            Y=lambda s: np.exp(s.X - s.X.max()) / np.exp(s.X - s.X.max()).sum()),
    mistake(SoftMax, "softmax_over_all_without_maximum", "the exponentials are divided by the sum of the whole array, "
            "and the maximum is not subtracted", Y=lambda s: np.exp(s.X) / np.exp(s.X).sum()),
    mistake(SoftMax, "softmax_maximum_over_batch", "the maximum over the batch is subtracted, not each row's",
            shift=lambda s: s.X.max(axis=0, keepdims=True)),
    mistake(SoftMax, "softmax_without_maximum", "the maximum is not subtracted: exp overflows to NaN",
            shift=lambda s: 0.0),
    mistake(SoftMax, "softmax_maximum_of_all", "the maximum of the whole array is subtracted: other rows become 0 / 0",
            shift=lambda s: s.X.max()),
    *(
        mistake(SoftMax, f"softmax_plus_{low:g}", f"{low:g} is added to the sum of the exponentials",
                Y=lambda s, low=low: s.e / (s.e.sum(axis=-1, keepdims=True) + low))
        for low in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
    ),
    mistake(SoftMax, "softmax_not_normalised", "the exponentials are not divided by their sum",
            Y=lambda s: np.exp(s.X - s.shift)),
)  # fmt: skip

MISTAKES = {"ReLU": RELU, "LeakyReLU": LEAKY_RELU, "Sigmoid": SIGMOID, "Tanh": TANH, "SoftMax": SOFTMAX}
