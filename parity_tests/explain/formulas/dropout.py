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
from parity_tests.trace import Trace, group


class Dropping(PlainLayer):
    p = step(lambda s: np.float64(s.case["p"]))
    K = step(lambda s: next(iter(s.masks.values())).astype(float) if s.masks else np.ones(s.X.shape))
    scale = step(lambda s: 1 / (1 - s.p) if s.p < 1 else 1.0)
    factor = step(lambda s: s.K * s.scale if s.training else 1.0)
    factor_back = step(lambda s: s.factor)
    Y = step(lambda s: s.X * s.factor)
    dX = step(lambda s: s.dY * s.factor_back)


Applies = Callable[[Situation, str], bool]  # whether it may be said of a stage
GIVEN = {"output": "X", "input_gradient": "dLdY"}


def recognised(factor_of, quantity: str, stages: tuple[str, ...], applies: Applies = lambda s, stage: True):
    """Predicts, for the stages named, 0 where the candidate has 0, and elsewhere the kept number.

    Both must occur, in one of the stages at least: a small array may be kept whole, or dropped. With p = 1 all is,
    and with p = 0 where another mask is drawn: the opposite is drawn then (subjects/stranger/chance.py).
    """

    def predict(situation: Situation) -> Trace:
        found, p = {}, situation.case["p"]
        masks = {stage: dropped(situation, stage, quantity) for stage in stages if applies(situation, stage)}
        for stage, zeros in masks.items():
            if zeros is not None:
                kept = situation.batch[f"{stage}.{GIVEN[quantity]}"] * factor_of(p)
                found[f"{stage}.{quantity}"] = np.where(zeros, 0, kept)
        every = np.concatenate([zeros.ravel() for zeros in masks.values() if zeros is not None] or [np.empty(0, bool)])
        return found if every.any() and (p in (0, 1) or not every.all()) else {}

    return predict


def dropped(situation: Situation, stage: str, quantity: str) -> np.ndarray | None:
    """Where the candidate has 0; None where it has nothing of the right shape."""
    given, of = (trace.get(f"{stage}.{name}") for trace, name in
                 ((situation.actual, quantity), (situation.batch, GIVEN[quantity])))  # fmt: skip
    return None if given is None or given.shape != of.shape else given == 0


def masks_of(situation: Situation, stage: str) -> list[np.ma.MaskedArray] | None:
    """Where forward and backward drop, masked where that cannot be told: where the number itself is 0, or 0 times it
    is NaN. None unless both are known."""
    zeros = [dropped(situation, stage, quantity) for quantity in GIVEN]
    if any(array is None for array in zeros):
        return None
    given = (situation.batch[f"{stage}.{of}"] for of in GIVEN.values())
    return [np.ma.array(array, mask=(of == 0) | ~np.isfinite(of)) for array, of in zip(zeros, given, strict=True)]


def one_mask(situation: Situation, stage: str) -> bool:
    """Whether backward drops what forward did, so far as a number that is not 0 tells."""
    masks = masks_of(situation, stage)
    return masks is not None and not np.ma.any(masks[0] != masks[1])


def shared_over(axes: Callable[[int], tuple[int, ...]], least: int) -> Applies:
    """Whether both drop the same along these axes of X, which has `least` of them at least, all or nothing."""

    def applies(situation: Situation, stage: str) -> bool:
        masks = masks_of(situation, stage)
        if masks is None or masks[0].ndim < least or not one_mask(situation, stage):
            return False
        along = axes(masks[0].ndim)
        return not any(np.ma.any(mask.max(axis=along) != mask.min(axis=along)) for mask in masks)

    return applies


def scaled(p: float) -> float:
    return 1 / (1 - p) if p < 1 else 1.0


def kept_with_p(s: Dropping) -> np.ndarray | float:
    """The factor where a number is kept if a draw lies below p: none for p = 0, which is 0 / 0, and all for p = 1."""
    with np.errstate(invalid="ignore"):
        return (s.K if 0 < s.p < 1 else np.full(s.X.shape, s.p)) / s.p if s.training else 1.0


def both(factor_of, stages: tuple[str, ...], applies: Applies = lambda s, stage: True):
    """Of output and gradient."""
    parts = [recognised(factor_of, quantity, stages, applies) for quantity in GIVEN]
    return lambda situation: parts[0](situation) | parts[1](situation)


def new_mask_backward(situation: Situation) -> Trace:
    """In training, and in evaluation where backward does not know of it."""
    other = lambda s, stage: not one_mask(s, stage)  # noqa: E731
    parts = [recognised(scaled, "input_gradient", stages, other) for stages in (TRAINING, ("evaluation",))]
    return parts[0](situation) | parts[1](situation)


TRAINING = ("training", "second_batch", "third_batch")


def old_mask_in_evaluation(situation: Situation) -> Trace:
    """The mask of the last forward in training. Raises ValueError where evaluation's batch has another shape."""
    stage = [stage for stage in TRAINING if f"{stage}.X" in situation.batch][-1]
    (mask,) = group(situation.batch, f"{stage}.mask").values()
    return {"evaluation.input_gradient": situation.batch["evaluation.dLdY"] * mask * scaled(situation.case["p"])}


DRAWS = Reference(
    "Training draws a new mask at every forward, one number an element, and backward multiplies by that one.",
    "dropout.py",
    "self._mask = self._draw(X.shape, X.dtype) if training else None",
)
EVALUATION = Reference(
    "In evaluation nothing is dropped, nor scaled.", "dropout.py", "return X if self._mask is None else X * self._mask"
)
SHARED = (
    ("batch", "one mask is drawn for all examples", lambda ndim: (0,), 2),
    ("features", "whole examples are dropped: one number is drawn for each", lambda ndim: tuple(range(1, ndim)), 2),
    ("space", "whole channels are dropped, as nn.Dropout2d does: one number is drawn for each channel of an image",
     lambda ndim: tuple(range(1, ndim - 1)), 4),
    ("channels", "whole pixels are dropped: one number is drawn for all channels", lambda ndim: (ndim - 1,), 4),
)  # fmt: skip
RECOGNISED = (
    Hypothesis("dropout_active_in_evaluation", "numbers are dropped in evaluation too", both(scaled, ("evaluation",)),
               reference=EVALUATION),
    Hypothesis("dropout_active_in_evaluation_unscaled", "numbers are dropped in evaluation too, without 1 / (1 - p)",
               both(lambda p: 1, ("evaluation",)), reference=EVALUATION),
    Hypothesis("dropout_new_mask_backward", "backward draws a new mask", new_mask_backward),
    *(Hypothesis(f"dropout_one_mask_for_the_{name}", says, both(scaled, TRAINING, shared_over(axes, least)),
                 reference=DRAWS) for name, says, axes, least in SHARED),
    Hypothesis("dropout_mask_kept", "forward does not draw a mask anew at each call, one number for each element",
               both(scaled, TRAINING, one_mask), Kind.RELATION, reference=DRAWS),
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
    mistake(Dropping, "dropout_keep_probability_throughout", "p is taken for the probability of keeping",
            factor=kept_with_p, convention="TensorFlow 1 (keep_prob); meant so, --dropout-p keep tells it"),
    mistake(Dropping, "dropout_kept_with_p", "numbers are kept with probability p, not dropped: p = 0 keeps none",
            factor=lambda s: 0.0 if s.training and s.p == 0 else s.right.factor),
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
    Hypothesis("dropout_old_mask_in_evaluation", "evaluation's backward multiplies by the mask of the last forward in "
               "training", old_mask_in_evaluation, reference=EVALUATION),
    *RECOGNISED,
)}  # fmt: skip
