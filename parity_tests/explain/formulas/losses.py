"""Mistakes of losses. Letters: Y targets, Z (or P, probabilities) the outputs, N rows, C classes, p = softmax(Z)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.explain.formulas.activations import normalised
from parity_tests.explain.formulas.plain import step, with_steps
from parity_tests.explain.hypothesis import Hypothesis, Situation

CLIP, EPSILON = 1e-7, np.finfo(float).eps


class PlainLoss:
    """value and gradient, and the sum over rows `total` that value divides by N."""

    def __init__(self, Y: np.ndarray, Z: np.ndarray) -> None:
        self.given, self.Y, self.N, self.classes = (Y, Z), Y, len(Z), Z.shape[-1]

    Z = step(lambda s: s.given[1])
    total = step(lambda s: np.sum(s.terms))
    divisor = step(lambda s: s.N)
    divisor_back = step(lambda s: s.N)
    value = step(lambda s: s.total / s.divisor)
    gradient = step(lambda s: s.slopes / s.divisor_back)


class Probabilities(PlainLoss):
    P = step(lambda s: s.Z)
    P_back = step(lambda s: s.P)
    terms = step(lambda s: -np.where(s.Y != 0, s.Y * np.log(s.P), 0))
    slopes = step(lambda s: -np.where(s.Y != 0, s.Y / s.P_back, 0))


class Logits(PlainLoss):
    shift = step(lambda s: s.Z.max(axis=1, keepdims=True))
    e = step(lambda s: np.exp(s.Z - s.shift))
    p = step(lambda s: normalised(s.e))
    log_p = step(lambda s: s.Z - s.shift - np.log(s.e.sum(axis=1, keepdims=True)))
    terms = step(lambda s: -s.Y * s.log_p)
    slopes = step(lambda s: s.p * s.Y.sum(axis=1, keepdims=True) - s.Y)


class Squares(PlainLoss):
    terms = step(lambda s: (s.Z - s.Y) ** 2)
    slopes = step(lambda s: 2 * (s.Z - s.Y))
    divisor = step(lambda s: s.Z.size)
    divisor_back = step(lambda s: s.Z.size)


def wrong(plain: type, name: str, says: str, *, convention: str = "", **steps: Callable) -> Hypothesis:
    made = with_steps(plain, name, steps)

    def predict(situation: Situation):
        loss = made(situation.batch["Y"], situation.batch["Y_hat"])
        return {"value": np.array(loss.value), "gradient": loss.gradient}

    return Hypothesis(name, says, predict, convention=convention)


def through_softmax(p: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """The softmax's Jacobian times an upstream gradient."""
    return p * (upstream - (upstream * p).sum(axis=1, keepdims=True))


Divisors = tuple[tuple[str, str, Callable], ...]


def means(plain: type, prefix: str, divisors: Divisors) -> tuple[Hypothesis, ...]:
    """Every wrong divisor: in value and gradient, in the value alone, in the gradient alone."""
    return tuple(
        wrong(plain, f"{prefix}_{label}{suffix}", f"{where}{says}", **dict.fromkeys(steps, divisor))
        for label, says, divisor in divisors
        for suffix, where, steps in (
            ("", "", ("divisor", "divisor_back")),
            ("_value", "in the value, ", ("divisor",)),
            ("_gradient", "in the gradient, ", ("divisor_back",)),
        )
    )


BY_ROWS = (
    ("sum", "1/N is missing: it is the sum over the batch, not the mean", lambda s: 1),
    ("mean_twice", "1/N is applied twice", lambda s: s.N**2),
    ("mean_over_elements", "it is divided by N C, all elements, in place of N", lambda s: s.N * s.classes),
    ("mean_over_classes", "it is divided by C, the classes, in place of N", lambda s: s.classes),
)
BY_ELEMENTS = (
    ("sum", "it is the sum over all elements, not the mean", lambda s: 1),
    ("mean_over_rows", "it is divided by N, the rows, in place of all elements", lambda s: s.N),
    ("mean_over_columns", "it is divided by the last axis alone, in place of all elements", lambda s: s.classes),
    ("half", "there is a factor 1/2", lambda s: 2 * s.Z.size),
    ("half_sum", "it is half the sum over all elements, not the mean", lambda s: 2),
    ("half_mean_over_rows", "it is half the sum of squares over N, in place of all elements", lambda s: 2 * s.N),
    ("mean_twice", "the mean is taken twice", lambda s: s.Z.size**2),
    ("mean_over_rows_too", "the mean is divided by N, the rows, once more", lambda s: s.Z.size * s.N),
    ("rows_twice", "it is divided by N twice, and by the second axis", lambda s: s.N**2 * s.Z.shape[1]),
)


def clipped(P: np.ndarray, low: float) -> np.ndarray:
    return np.clip(P, low, 1 - low)


def near_zero(name: str, says: str, change: Callable, of_keras: str = "") -> Iterator[Hypothesis]:
    """What keeps log(0) away: in value and gradient, and in the value alone."""
    for low in (1e-5, 1e-6, CLIP, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15):
        P = lambda s, low=low: change(s.Z, low)  # noqa: E731
        convention, text = of_keras if low == CLIP else "", says.format(low)
        yield wrong(Probabilities, f"{name}_{low:g}", text, convention=convention, P=P)
        yield wrong(Probabilities, f"{name}_{low:g}_value", f"in the value, {text}", P=P, P_back=lambda s: s.Z)


def over_batch(s: Logits) -> np.ndarray:
    """The logarithm of each class's softmax over the rows."""
    shifted = s.Z - s.Z.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


def smoothed(Y: np.ndarray) -> np.ndarray:
    """A tenth of each target is shared by all classes."""
    return 0.9 * Y + 0.1 * Y.mean(axis=1, keepdims=True)


def smoothing(suffix: str, where: str, *names: str) -> Hypothesis:
    steps = {"terms": lambda s: -smoothed(s.Y) * s.log_p,
             "slopes": lambda s: s.p * s.Y.sum(axis=1, keepdims=True) - smoothed(s.Y)}  # fmt: skip
    says = f"{where}the targets are smoothed, as label_smoothing=0.1 does: a tenth of each is shared by all classes"
    return wrong(Logits, f"sce_smoothed{suffix}", says, **{name: steps[name] for name in names})


CROSS_ENTROPY = (
    *means(Probabilities, "ce", BY_ROWS),
    *near_zero("ce_clipped", "probabilities are clipped to [{0:g}, 1 - {0:g}]", clipped, "Keras"),
    *near_zero("ce_plus", "{0:g} is added to the probabilities before the logarithm", np.add),
    wrong(Probabilities, "ce_sum_plus_epsilon_value", "in the value, 1/N is missing, and 2.2e-16, np.finfo(float).eps, "
          "is added to the probabilities", P=lambda s: s.Z + EPSILON, P_back=lambda s: s.Z, divisor=lambda s: 1),
    wrong(Probabilities, "ce_p_minus_y", "the gradient is (p - y) / N, which is that by the logits",
          slopes=lambda s: s.P - s.Y),
    wrong(Probabilities, "ce_softmax_twice", "softmax is applied to what are probabilities already",
          P=lambda s: normalised(np.exp(s.Z - s.Z.max(axis=1, keepdims=True)))),
    wrong(Probabilities, "ce_log2", "the logarithm is that of base 2", terms=lambda s: s.right.terms / np.log(2),
          slopes=lambda s: s.right.slopes / np.log(2)),
    wrong(Probabilities, "ce_log2_value", "the logarithm is that of base 2 in the value",
          terms=lambda s: s.right.terms / np.log(2)),
    wrong(Probabilities, "ce_log10_value", "the logarithm is that of base 10 in the value",
          terms=lambda s: s.right.terms / np.log(10)),
    wrong(Probabilities, "ce_log_missing", "the logarithm is missing in the value: it is -1/N Σ y p",
          terms=lambda s: -s.Y * s.P),
    wrong(Probabilities, "ce_all_targets_of_all_rows", "the value averages log p of every row at the targets of all "
          "rows, as log_p[:, labels] does", value=lambda s: -np.mean(np.log(s.P) @ s.Y.T)),
    wrong(Probabilities, "ce_binary", "the terms (1 - y) log(1 - p) of a binary cross-entropy are added",
          terms=lambda s: s.right.terms - (1 - s.Y) * np.log(1 - s.P),
          slopes=lambda s: s.right.slopes + (1 - s.Y) / (1 - s.P)),
    wrong(Probabilities, "ce_binary_value", "the terms (1 - y) log(1 - p) of a binary cross-entropy are in the value",
          terms=lambda s: s.right.terms - (1 - s.Y) * np.log(1 - s.P)),
    wrong(Probabilities, "ce_normalised", "the rows are normalised first: outputs need not sum to 1",
          P=lambda s: normalised(s.Z), convention="Keras"),
    wrong(Probabilities, "ce_without_y", "the gradient is -1 / p everywhere, not only at the true class",
          slopes=lambda s: -1 / s.P),
    wrong(Probabilities, "ce_sign", "the sign of the gradient is wrong", slopes=lambda s: -s.right.slopes),
)  # fmt: skip
SOFTMAX_CROSS_ENTROPY = (
    *means(Logits, "sce", BY_ROWS),
    wrong(Logits, "sce_jacobian_twice", "p - y is multiplied by the softmax's Jacobian as well",
          slopes=lambda s: through_softmax(s.p, s.right.slopes)),
    wrong(Logits, "sce_not_normalised", "the gradient takes exp(shifted), not normalised, for p",
          slopes=lambda s: s.e * s.Y.sum(axis=1, keepdims=True) - s.Y),
    wrong(Logits, "sce_not_normalised_of_labels", "the gradient takes exp(shifted), not normalised, for p",
          slopes=lambda s: s.e - s.Y),
    wrong(Logits, "sce_softmax_twice", "softmax is applied twice",
          Z=lambda s: normalised(np.exp(s.given[1] - s.given[1].max(axis=1, keepdims=True)))),
    wrong(Logits, "sce_softmax_twice_value", "softmax is applied twice in the value",
          log_p=lambda s: Logits(s.Y, s.p).log_p),
    wrong(Logits, "sce_softmax_twice_gradient", "softmax is applied twice in the gradient",
          slopes=lambda s: Logits(s.Y, s.p).slopes),
    wrong(Logits, "sce_p_minus_y", "the gradient is p - y where the targets do not sum to 1",
          slopes=lambda s: s.p - s.Y),
    wrong(Logits, "sce_y_minus_p", "the sign of the gradient is wrong", slopes=lambda s: -s.right.slopes),
    wrong(Logits, "sce_gradient_by_p", "the gradient is -y / p, which is that by the probabilities",
          slopes=lambda s: -s.Y / s.p),
    wrong(Logits, "sce_without_maximum", "the maximum is not subtracted: exp overflows", shift=lambda s: 0.0),
    wrong(Logits, "sce_maximum_of_all", "the maximum of the whole array is subtracted", shift=lambda s: s.Z.max()),
    wrong(Logits, "sce_maximum_over_batch", "the maximum over the batch is subtracted, not each row's",
          shift=lambda s: s.Z.max(axis=0, keepdims=True)),
    smoothing("", "", "terms", "slopes"),
    smoothing("_value", "in the value, ", "terms"),
    smoothing("_gradient", "in the gradient, ", "slopes"),
    wrong(Logits, "sce_without_maximum_gradient", "the maximum is not subtracted in the gradient: exp overflows",
          p=lambda s: normalised(np.exp(s.Z))),
    wrong(Logits, "sce_maximum_of_all_gradient", "the maximum of the whole array is subtracted in the gradient",
          p=lambda s: normalised(np.exp(s.Z - s.Z.max()))),
    wrong(Logits, "sce_log_of_softmax", "log(softmax) is taken in two steps: log(0) where p underflows",
          log_p=lambda s: np.log(s.p)),
    *(
        wrong(Logits, f"sce_log_plus_{low:g}", f"the logarithm is that of p + {low:g}",
              log_p=lambda s, low=low: np.log(s.p + low))
        for low in (1e-5, 1e-6, CLIP, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
    ),
    *(
        wrong(Logits, f"sce_log_clipped_{low:g}", f"p is clipped to [{low:g}, 1 - {low:g}] before the logarithm",
              log_p=lambda s, low=low: np.log(clipped(s.p, low)), convention="Keras" if low == CLIP else "")
        for low in (CLIP, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
    ),
    wrong(Logits, "sce_log2", "the logarithm is that of base 2", log_p=lambda s: s.right.log_p / np.log(2),
          slopes=lambda s: s.right.slopes / np.log(2)),
    wrong(Logits, "sce_log2_value", "the logarithm is that of base 2 in the value",
          log_p=lambda s: s.right.log_p / np.log(2)),
    wrong(Logits, "sce_log10_value", "the logarithm is that of base 10 in the value",
          log_p=lambda s: s.right.log_p / np.log(10)),
    wrong(Logits, "sce_log_missing", "the logarithm is missing in the value: it is -1/N Σ y p", log_p=lambda s: s.p),
    wrong(Logits, "sce_all_targets_of_all_rows", "the value averages log p of every row at the targets of all rows, "
          "as log_p[:, labels] does", value=lambda s: -np.mean(s.log_p @ s.Y.T)),
    wrong(Logits, "sce_gradient_of_log_p", "the gradient takes log p in the place of p",
          slopes=lambda s: s.log_p - s.Y),
    wrong(Logits, "sce_shift_missing_in_log", "the maximum is missing again in log Σ exp: the shift is not undone",
          log_p=lambda s: s.Z - np.log(s.e.sum(axis=1, keepdims=True))),
    wrong(Logits, "sce_sum_over_batch", "the exponentials are summed over the batch, not over the classes",
          p=lambda s: normalised(s.e, axis=0)),
    wrong(Logits, "sce_sum_over_batch_throughout",
          "the exponentials are summed over the batch, not over the classes, in value and gradient",
          p=lambda s: normalised(s.e, axis=0),
          log_p=lambda s: s.Z - s.shift - np.log(s.e.sum(axis=0, keepdims=True))),
    wrong(Logits, "sce_over_batch", "softmax is taken over the batch, not over the classes",
          p=lambda s: np.exp(over_batch(s)), log_p=over_batch),
    wrong(Logits, "sce_over_batch_value", "softmax is taken over the batch, not over the classes, in the value",
          log_p=over_batch),
    wrong(Logits, "sce_over_batch_gradient", "softmax is taken over the batch, not over the classes, in the gradient",
          p=lambda s: np.exp(over_batch(s))),
)  # fmt: skip
L2 = (
    *means(Squares, "l2", BY_ELEMENTS),
    wrong(Squares, "l2_gradient_without_2", "the factor 2 is missing in the gradient",
          slopes=lambda s: s.Z - s.Y),
    wrong(Squares, "l2_sign", "the sign of the gradient is wrong", slopes=lambda s: 2 * (s.Y - s.Z)),
    wrong(Squares, "l2_root", "the root of the mean is taken", value=lambda s: np.sqrt(s.right.value)),
    wrong(Squares, "l2_absolute", "absolute differences stand in place of squares",
          terms=lambda s: np.abs(s.Z - s.Y), slopes=lambda s: np.sign(s.Z - s.Y)),
    wrong(Squares, "l2_absolute_value", "absolute differences stand in place of squares in the value",
          terms=lambda s: np.abs(s.Z - s.Y)),
)  # fmt: skip
MISTAKES = {"CrossEntropy": CROSS_ENTROPY, "SoftmaxCrossEntropy": SOFTMAX_CROSS_ENTROPY, "L2": L2}
