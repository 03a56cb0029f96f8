"""Faults in Sigmoid, Tanh and SoftMax: overflow, and derivatives taken of the wrong thing."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, BOTH = ("output",), ("input_gradient",), ("output", "input_gradient")
FILE = "activations.py"

_sigmoid = partial(Mutant, pair="Sigmoid", file=FILE)
_tanh = partial(Mutant, pair="Tanh", file=FILE)
_softmax = partial(Mutant, pair="SoftMax", file=FILE)

SIGMOID_BACK, SIGMOID_DX = "dLdY * self._Y * (1 - self._Y)", "dx = dy y (1 - y), with y the output."
TANH_BACK, TANH_DX = "dLdY * (1 - self._Y * self._Y)", "dx = dy (1 - y²), with y the output."
SOFTMAX_BACK = "self._Y * (dLdY - (dLdY * self._Y).sum(axis=-1, keepdims=True))"
SOFTMAX_DX = "dx_i = y_i (dy_i - Σ_j dy_j y_j): the whole Jacobian diag(y) - y yᵀ, row by row."
SHIFT = "np.exp(X - X.max(axis=-1, keepdims=True))"
SHIFT_RULE = "Each row's own maximum is subtracted first: it cancels, and exp cannot overflow."

SIGMOID = (
    _sigmoid(
        "sigmoid_overflows",
        old="self._Y = np.where(X < 0, e, 1) / (1 + e)",
        new="self._Y = np.exp(X) / (1 + np.exp(X))",
        says="exp(x) / (1 + exp(x)) is taken, which is inf / inf = NaN for large x",
        rule="Sigmoid of 1000 is 1 and of -1000 is 0, and their gradients are 0.",
        quantities=BOTH,
    ),
    _sigmoid(
        "sigmoid_of_minus_x",
        old="np.where(X < 0, e, 1)",
        new="np.where(X < 0, 1, e)",
        says="the sign in the exponent is wrong: 1 / (1 + exp(x))",
        rule="y = 1 / (1 + exp(-x)).",
        quantities=OUT,
    ),
    _sigmoid(
        "sigmoid_gradient_of_the_output_again",
        old=SIGMOID_BACK,
        new="dLdY * (s := 1 / (1 + np.exp(-self._Y))) * (1 - s)",
        says="the derivative takes the sigmoid of the output, which has been through it already",
        rule=SIGMOID_DX,
        quantities=DX,
    ),
    _sigmoid(
        "sigmoid_gradient_of_the_input",
        old=SIGMOID_BACK,
        new="dLdY * (z := np.log(self._Y / (1 - self._Y))) * (1 - z)",
        says="the derivative is x (1 - x), of the input instead of the output",
        rule=SIGMOID_DX,
        quantities=DX,
    ),
    _sigmoid(
        "sigmoid_gradient_without_1_minus_y",
        old=SIGMOID_BACK,
        new="dLdY * self._Y",
        says="the factor 1 - y is missing in the derivative",
        rule=SIGMOID_DX,
        quantities=DX,
    ),
    _sigmoid(
        "sigmoid_branch_at_zero",
        old="np.where(X < 0, e, 1)",
        new="np.where(X <= 0, e, 1)",
        says="x = 0 is counted among the negative numbers",
        rule="Sigmoid of 0 is a half.",
        quantities=(),
        equivalent="At x = 0, e is exp(0) = 1 exactly, the very number that stands in the other branch.",
    ),
)

TANH = (
    _tanh(
        "tanh_of_half_x",
        old="np.tanh(X)",
        new="np.tanh(X / 2)",
        says="it is 2 sigmoid(x) - 1, which is tanh(x / 2)",
        rule="tanh(x) = 2 sigmoid(2 x) - 1.",
        quantities=BOTH,
    ),
    _tanh(
        "tanh_overflows",
        old="np.tanh(X)",
        new="(np.exp(X) - np.exp(-X)) / (np.exp(X) + np.exp(-X))",
        says="it is a quotient of exponentials, inf / inf = NaN for large x",
        rule="tanh of 1000 is 1 and of -1000 is -1, and their gradients are 0.",
        quantities=BOTH,
    ),
    _tanh(
        "tanh_gradient_without_square",
        old=TANH_BACK,
        new="dLdY * (1 - self._Y)",
        says="the derivative is 1 - y: the square is missing",
        rule=TANH_DX,
        quantities=DX,
    ),
    _tanh(
        "tanh_gradient_of_the_output_again",
        old=TANH_BACK,
        new="dLdY * (1 - np.tanh(self._Y) ** 2)",
        says="the derivative takes tanh of the output, which has been through it already",
        rule=TANH_DX,
        quantities=DX,
    ),
    _tanh(
        "tanh_gradient_of_the_input",
        old=TANH_BACK,
        new="dLdY * (1 - np.arctanh(self._Y) ** 2)",
        says="the derivative is 1 - x², of the input instead of the output",
        rule=TANH_DX,
        quantities=DX,
    ),
    _tanh(
        "tanh_gradient_of_sigmoid",
        old=TANH_BACK,
        new="dLdY * self._Y * (1 - self._Y)",
        says="the derivative is the sigmoid's, y (1 - y)",
        rule=TANH_DX,
        quantities=DX,
    ),
)

SOFTMAX = (
    _softmax(
        "softmax_without_maximum",
        old=SHIFT,
        new="np.exp(X)",
        says="the maximum is not subtracted: inf / inf = NaN for large x",
        rule=SHIFT_RULE,
        quantities=BOTH,
    ),
    _softmax(
        "softmax_maximum_of_the_batch",
        old=SHIFT,
        new="np.exp(X - X.max())",
        says="the maximum of the whole array is subtracted: rows far below it are 0 / 0 = NaN",
        rule=SHIFT_RULE,
        quantities=BOTH,
    ),
    _softmax(
        "softmax_normalised_over_the_batch",
        old="e / e.sum(axis=-1, keepdims=True)",
        new="e / e.sum(axis=0, keepdims=True)",
        says="it is divided by the sum over the batch, not over the row",
        rule="y_i = exp(x_i) / Σ_j exp(x_j) over the last axis, so that every row sums to 1.",
        quantities=BOTH,
    ),
    _softmax(
        "softmax_logarithm_returned",
        old="e / e.sum(axis=-1, keepdims=True)",
        new="np.log(e / e.sum(axis=-1, keepdims=True))",
        says="logarithms of the probabilities come out",
        rule="Softmax gives probabilities; log_softmax is another function.",
        quantities=BOTH,
    ),
    _softmax(
        "softmax_gradient_diagonal_only",
        old=SOFTMAX_BACK,
        new="self._Y * (1 - self._Y) * dLdY",
        says="only the diagonal of the Jacobian is used, y (1 - y)",
        rule=SOFTMAX_DX,
        quantities=DX,
    ),
    _softmax(
        "softmax_gradient_summed_over_the_batch",
        old=SOFTMAX_BACK,
        new="self._Y * (dLdY - (dLdY * self._Y).sum(axis=0, keepdims=True))",
        says="the sum in the gradient goes over the batch, not over the row",
        rule=SOFTMAX_DX,
        quantities=DX,
    ),
    _softmax(
        "softmax_gradient_without_sum",
        old=SOFTMAX_BACK,
        new="self._Y * dLdY",
        says="the sum over the row is missing in the gradient: it is y dy",
        rule=SOFTMAX_DX,
        quantities=DX,
    ),
    _softmax(
        "softmax_gradient_sum_of_upstream",
        old=SOFTMAX_BACK,
        new="self._Y * (dLdY - dLdY.mean(axis=-1, keepdims=True))",
        says="the mean of the upstream gradient is subtracted, not its sum weighed by the output",
        rule=SOFTMAX_DX,
        quantities=DX,
    ),
)

MUTANTS = (*SIGMOID, *TANH, *SOFTMAX)
