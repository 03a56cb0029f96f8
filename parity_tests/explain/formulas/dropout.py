"""Mistakes of dropout. Letters: p the probability of dropping; K the mask, 1 where kept.

    training  Y = X K / (1 - p), dX = dY K / (1 - p)          evaluation  Y = X, dX = dY

What a fresh random mask gives cannot be predicted, but it can be recognised: every number is then either 0 or the kept
one, and both occur.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step
from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.source import Reference
from parity_tests.trace import Trace


class Dropping(PlainLayer):
    p = step(lambda s: np.float64(s.case["p"]))
    K = step(lambda s: next(iter(s.masks.values())).astype(float) if s.masks else np.ones(s.X.shape))
    scale = step(lambda s: 1 / (1 - s.p) if s.p < 1 else 1.0)
    factor = step(lambda s: s.K * s.scale if s.training else 1.0)
    factor_back = step(lambda s: s.factor)
    Y = step(lambda s: s.X * s.factor)
    dX = step(lambda s: s.dY * s.factor_back)


Applies = Callable[[Situation, str], bool]  # whether it may be said of a stage


def recognised(factor_of, quantity: str, of: str, stages: tuple[str, ...], applies: Applies = lambda s, stage: True):
    """Predicts, for the stages named, 0 where the candidate has 0, and elsewhere the kept number: where both occur."""

    def predict(situation: Situation) -> Trace:
        found = {}
        for stage in (stage for stage in stages if applies(situation, stage)):
            name = f"{stage}.{quantity}"
            given, kept = situation.actual.get(name), situation.batch[f"{stage}.{of}"] * factor_of(situation.case["p"])
            if given is not None and given.shape == kept.shape and 0 < np.count_nonzero(given) < given.size:
                found[name] = np.where(given == 0, 0, kept)
        return found

    return predict


def one_mask(situation: Situation, stage: str) -> bool:
    """Whether backward drops what forward did, so far as a number that is not 0 tells."""
    actual, batch, telling, zeros = situation.actual, situation.batch, [], []
    for quantity, of in (("output", "X"), ("input_gradient", "dLdY")):
        if f"{stage}.{quantity}" not in actual:
            return False
        telling.append(batch[f"{stage}.{of}"] != 0)
        zeros.append(actual[f"{stage}.{quantity}"] == 0)
    return zeros[0].shape == zeros[1].shape and not np.any((zeros[0] != zeros[1]) & telling[0] & telling[1])


def scaled(p: float) -> float:
    return 1 / (1 - p) if p < 1 else 1.0


TRAINING = ("training", "second_batch", "third_batch")
RECOGNISED = (
    Hypothesis("dropout_active_in_evaluation", "numbers are dropped in evaluation too",
               lambda s: recognised(scaled, "output", "X", ("evaluation",))(s)
               | recognised(scaled, "input_gradient", "dLdY", ("evaluation",))(s)),
    Hypothesis("dropout_active_in_evaluation_unscaled", "numbers are dropped in evaluation too, without 1 / (1 - p)",
               lambda s: recognised(lambda p: 1, "output", "X", ("evaluation",))(s)
               | recognised(lambda p: 1, "input_gradient", "dLdY", ("evaluation",))(s)),
    Hypothesis("dropout_new_mask_backward", "backward draws a new mask",
               recognised(scaled, "input_gradient", "dLdY", TRAINING, lambda s, stage: not one_mask(s, stage))),
    Hypothesis("dropout_mask_kept", "forward does not draw a mask anew at each call, one number for each element",
               lambda s: recognised(scaled, "output", "X", TRAINING, one_mask)(s)
               | recognised(scaled, "input_gradient", "dLdY", TRAINING, one_mask)(s),
               Kind.RELATION, reference=Reference(
                   "Training draws a new mask at every forward, and backward multiplies by that one.", "dropout.py",
                   "self._mask = self._draw(X.shape, X.dtype) if training else None")),
)  # fmt: skip
MISTAKES = {"Dropout": (
    mistake(Dropping, "dropout_not_scaled", "the factor 1 / (1 - p) is missing", scale=lambda s: 1.0),
    mistake(Dropping, "dropout_classic", "numbers are scaled by 1 - p in evaluation, not by 1 / (1 - p) in training",
            convention="the original paper (Srivastava et al. 2014)",
            factor=lambda s: s.K if s.training else 1 - s.p),
    mistake(Dropping, "dropout_classic_forward", "forward is scaled by 1 - p in evaluation, not by 1 / (1 - p) in "
            "training", convention="the original paper (Srivastava et al. 2014)",
            factor=lambda s: s.K if s.training else 1 - s.p, factor_back=lambda s: s.K if s.training else 1.0),
    mistake(Dropping, "dropout_not_scaled_forward", "the factor 1 / (1 - p) is missing in forward",
            factor=lambda s: s.K if s.training else 1.0, factor_back=lambda s: s.right.factor),
    mistake(Dropping, "dropout_scaled_by_p", "the scale is 1 / p, not 1 / (1 - p)", scale=lambda s: 1 / s.p),
    mistake(Dropping, "dropout_scaled_by_1_minus_p", "the scale is 1 - p, not 1 / (1 - p)", scale=lambda s: 1 - s.p),
    mistake(Dropping, "dropout_scaled_by_2", "the scale is 2 whatever p is", scale=lambda s: 2.0),
    mistake(Dropping, "dropout_scaled_twice", "the scale is 1 / (1 - p)²", scale=lambda s: s.right.scale**2),
    mistake(Dropping, "dropout_scaled_in_evaluation", "evaluation is scaled by 1 - p too",
            factor=lambda s: s.right.factor if s.training else 1 - s.p),
    mistake(Dropping, "dropout_scaled_in_evaluation_forward", "evaluation is scaled by 1 - p too, in forward only",
            factor=lambda s: s.right.factor if s.training else 1 - s.p, factor_back=lambda s: s.right.factor),
    mistake(Dropping, "dropout_scaled_up_in_evaluation", "evaluation is scaled by 1 / (1 - p) too",
            factor=lambda s: s.right.factor if s.training else s.scale),
    mistake(Dropping, "dropout_keep_probability", "p is taken for the probability of keeping",
            factor=lambda s: (1 - s.K) / s.p if s.training else 1.0, convention="TensorFlow 1 (keep_prob)"),
    mistake(Dropping, "dropout_scale_of_keep_probability", "1 - p is taken for p in the scale: it is 1 / p",
            factor=lambda s: s.K / s.p if s.training else 1.0),
    mistake(Dropping, "dropout_keep_probability_of_mask", "p is taken for the probability of keeping: 1 - p for p",
            factor=lambda s: (s.K if s.p < 1 else 1) / (s.p or 1) if s.training else 1.0),
    mistake(Dropping, "dropout_mask_inverted", "what is kept and what is dropped are swapped",
            factor=lambda s: (1 - s.K) * s.scale if s.training else 1.0),
    mistake(Dropping, "dropout_never", "nothing is dropped in training", factor=lambda s: 1.0),
    mistake(Dropping, "dropout_mask_missing", "the mask is missing, only the scale is there",
            factor=lambda s: s.scale if s.training else 1.0),
    mistake(Dropping, "dropout_mask_missing_backward", "the mask is missing in backward: dX is the upstream gradient",
            factor_back=lambda s: 1.0),
    mistake(Dropping, "dropout_only_scaled_backward", "the mask is missing in backward, only the scale is there",
            factor_back=lambda s: s.scale if s.training else 1.0),
    mistake(Dropping, "dropout_not_scaled_backward", "the factor 1 / (1 - p) is missing in backward",
            factor_back=lambda s: s.K if s.training else 1.0),
    mistake(Dropping, "dropout_scaled_twice_backward", "backward scales by 1 / (1 - p)²",
            factor_back=lambda s: s.factor * (s.scale if s.training else 1.0)),
    mistake(Dropping, "dropout_p_1_divides_by_0", "p = 1 divides by zero", scale=lambda s: np.float64(1) / (1 - s.p)),
    *RECOGNISED,
)}  # fmt: skip
