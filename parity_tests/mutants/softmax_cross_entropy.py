"""Faults in SoftmaxCrossEntropy: the softmax forgotten, applied twice, or not normalised; 1/N missing or doubled."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

VALUE, GRADIENT = ("value",), ("gradient",)

_fault = partial(Mutant, pair="SoftmaxCrossEntropy", file="losses.py")

ROWS = "Z = Y_hat - Y_hat.max(axis=1, keepdims=True)"
EXP = "e = np.exp(Y_hat - Y_hat.max(axis=1, keepdims=True))"
MEAN = "-(Y * log_p).sum() / len(Y)"
BACK = "(p * Y.sum(axis=1, keepdims=True) - Y) / len(Y)"
IN_VALUE = "L = -1/N Σ y log softmax(z): the mean over the batch."
IN_GRADIENT = "dL/dz = (p Σ y - y) / N, which is (p - y) / N for one-hot rows."
SHIFT = "log softmax(z) = (z - max z) - log Σ exp(z - max z), with each row's own maximum."
ONCE = "torch.nn.CrossEntropyLoss takes logits and applies the softmax itself, once."

MUTANTS = (
    _fault(
        "softmax_cross_entropy_value_without_maximum",
        old=ROWS,
        new="Z = Y_hat",
        says="the maximum is not subtracted in the value: exp overflows",
        rule=SHIFT,
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_small_number_added",
        old="log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))",
        new="log_p = np.log(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True) + 1e-12)",
        says="the logarithm is taken of the finished softmax, with 1e-12 added lest it be that of 0",
        rule=SHIFT,
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_softmax_twice",
        old=ROWS,
        new="Z = (e := np.exp(Y_hat - Y_hat.max(axis=1, keepdims=True))) / e.sum(axis=1, keepdims=True)",
        says="the softmax is applied twice: its probabilities are taken for logits",
        rule=ONCE,
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_summed",
        old=MEAN,
        new="-(Y * log_p).sum()",
        says="the value is the sum over the batch, not its mean",
        rule=IN_VALUE,
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_mean_over_classes_too",
        old=MEAN,
        new="-(Y * log_p).mean()",
        says="the value is divided by N C instead of N",
        rule=IN_VALUE,
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_hard_targets",
        old=MEAN,
        new="-log_p[np.arange(len(Y)), Y.argmax(axis=1)].mean()",
        says="target probabilities are replaced by their likeliest class",
        rule="Targets may be probabilities: every class counts by its share.",
        quantities=VALUE,
    ),
    _fault(
        "softmax_cross_entropy_gradient_without_maximum",
        old=EXP,
        new="e = np.exp(Y_hat)",
        says="the maximum is not subtracted in the gradient: inf / inf = NaN",
        rule=SHIFT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_maximum_of_the_batch",
        old=EXP,
        new="e = np.exp(Y_hat - Y_hat.max())",
        says="the maximum of the whole batch is subtracted in the gradient: rows far below it are 0 / 0 = NaN",
        rule=SHIFT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_not_normalised",
        old="p = e / e.sum(axis=1, keepdims=True)",
        new="p = e",
        says="the probabilities in the gradient are exp(z - max z), not divided by their sum",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_normalised_over_the_batch",
        old="p = e / e.sum(axis=1, keepdims=True)",
        new="p = e / e.sum(axis=0, keepdims=True)",
        says="the probabilities in the gradient are normalised over the batch",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_through_softmax_again",
        old=BACK,
        new="p * ((p - Y) - ((p - Y) * p).sum(axis=1, keepdims=True)) / len(Y)",
        says="p - y is multiplied by the softmax's Jacobian, which it holds already",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_summed",
        old=BACK,
        new="p * Y.sum(axis=1, keepdims=True) - Y",
        says="1/N is missing in the gradient",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_averaged_twice",
        old=BACK,
        new="(p * Y.sum(axis=1, keepdims=True) - Y) / len(Y) ** 2",
        says="the gradient is divided by N twice",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_mean_over_classes_too",
        old=BACK,
        new="(p * Y.sum(axis=1, keepdims=True) - Y) / Y.size",
        says="the gradient is divided by N C instead of N",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_of_unit_rows",
        old=BACK,
        new="(p - Y) / len(Y)",
        says="the gradient is (p - y) / N also where the targets of a row do not sum to 1",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
    _fault(
        "softmax_cross_entropy_gradient_of_wrong_sign",
        old=BACK,
        new="(Y - p * Y.sum(axis=1, keepdims=True)) / len(Y)",
        says="the gradient is y - p: its sign is wrong",
        rule=IN_GRADIENT,
        quantities=GRADIENT,
    ),
)
