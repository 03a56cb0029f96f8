"""Mistakes of the running statistics of batch normalisation. Letters and formulas: normalisation.py."""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.normalisation import KEYS, Normalisation
from parity_tests.explain.formulas.plain import mistake

LOADED = 4  # batches that the loaded statistics have seen, where they have seen any (see the pair)


def swapped(s: Normalisation) -> float:
    """momentum None is the plain average in either convention."""
    return s.right.share if s.momentum is None else 1 - s.momentum


def twice(s: Normalisation) -> tuple[float, float]:
    return tuple(1 - (1 - share) ** 2 for share in s.right.shares)


def start_from(**values: float):
    """The running statistics before the first batch, replaced."""
    return lambda s: s.state | ({key: np.full(s.state[key].shape, value) for key, value in values.items()}
                                if is_first(s) else {})  # fmt: skip


def is_first(s: Normalisation) -> bool:
    """The count of batches is still the loaded one: later batches make it 1 and 2, or 5 and 6."""
    return s.state[KEYS[2]] in (0, LOADED)


def taken_first(s: Normalisation) -> float:
    """The share of a batch where the first one is taken as it stands."""
    return 1.0 if is_first(s) else s.right.share


def taken_at_0(s: Normalisation) -> float:
    """The same where the first one is told by a running mean of zeros."""
    return s.right.share if s.state[KEYS[0]].any() else 1.0


RUNNING = (
    mistake(Normalisation, "bn_running_var_biased", "running_var keeps the variance divided by m, not by m - 1",
            convention="Keras and ONNX", kept_var=lambda s: s.batch_var),
    mistake(Normalisation, "bn_momentum_swapped", "momentum weighs the old value, not the new one",
            convention="Keras, TensorFlow and ONNX", share=swapped),
    mistake(Normalisation, "bn_momentum_swapped_of_mean", "momentum weighs the old value, not the new one, in "
            "running_mean alone", shares=lambda s: (swapped(s), s.right.share)),
    mistake(Normalisation, "bn_momentum_swapped_of_var", "momentum weighs the old value, not the new one, in "
            "running_var alone", shares=lambda s: (s.right.share, swapped(s))),
    mistake(Normalisation, "bn_momentum_missing_decay", "the running statistics do not decay: old + momentum new",
            decays=lambda s: (1.0, 1.0)),
    mistake(Normalisation, "bn_not_updated", "the running statistics are not updated",
            shares=lambda s: (0.0, 0.0)),
    mistake(Normalisation, "bn_running_var_not_updated", "running_var is not updated",
            kept_var=lambda s: s.state["running_var"]),
    mistake(Normalisation, "bn_running_mean_not_updated", "running_mean is not updated",
            kept_mean=lambda s: s.state["running_mean"]),
    mistake(Normalisation, "bn_updated_twice", "the running statistics are updated twice by each batch",
            shares=twice),
    mistake(Normalisation, "bn_mean_updated_twice", "running_mean is updated twice by each batch",
            shares=lambda s: (twice(s)[0], s.share)),
    mistake(Normalisation, "bn_last_batch_only", "the running statistics are those of the last batch",
            share=lambda s: 1.0),
    mistake(Normalisation, "bn_running_var_from_0", "running_var starts at 0", old=start_from(running_var=0.0)),
    mistake(Normalisation, "bn_running_statistics_from_0", "running_mean and running_var start at 0",
            old=start_from(running_mean=0.0, running_var=0.0)),
    mistake(Normalisation, "bn_loaded_state_ignored", "the running statistics that were loaded are ignored: 0 and 1",
            old=start_from(running_mean=0.0, running_var=1.0)),
    mistake(Normalisation, "bn_first_batch_taken", "the first batch's statistics are taken as they stand: the running "
            "ones that were there before have no weight", share=taken_first),
    mistake(Normalisation, "bn_first_batch_taken_biased", "the first batch's statistics are taken as they stand, and "
            "running_var keeps the variance divided by m, not by m - 1", share=taken_first,
            kept_var=lambda s: s.batch_var),
    mistake(Normalisation, "bn_mean_of_zeros_replaced", "a running_mean of zeros is replaced by the batch's",
            shares=lambda s: (taken_at_0(s), s.right.share)),
    mistake(Normalisation, "bn_statistics_from_0_replaced", "running statistics whose mean is 0 are replaced by the "
            "batch's", share=taken_at_0),
    mistake(Normalisation, "bn_running_deviation", "running_var keeps the deviation, not the variance",
            kept_var=lambda s: np.sqrt(s.right.kept_var)),
    mistake(Normalisation, "bn_running_deviation_biased",
            "running_var keeps the deviation, not the variance, and that divided by m",
            kept_var=lambda s: np.sqrt(s.batch_var)),
    mistake(Normalisation, "bn_running_var_N", "running_var is corrected by N / (N - 1), N the batch, in place of "
            "m / (m - 1), m all numbers of a channel", kept_var=lambda s: s.batch_var * np.float64(s.N) / (s.N - 1)),
    mistake(Normalisation, "bn_running_var_twice_unbiased",
            "the variance that normalises is divided by m - 1, and running_var corrected by m / (m - 1) once more",
            v=lambda s: s.right.v * (s.m / (s.m - 1) if s.by_batch else 1),
            kept_var=lambda s: s.batch_var * (s.m / (s.m - 1)) ** 2),
    mistake(Normalisation, "bn_running_statistics_swapped", "running_mean and running_var are swapped when updated",
            kept_mean=lambda s: s.right.kept_var, kept_var=lambda s: s.right.kept_mean),
    mistake(Normalisation, "bn_momentum_none_is_0.1", "momentum None is taken for 0.1, not for the plain average",
            momentum=lambda s: 0.1 if s.right.momentum is None else s.right.momentum),
    mistake(Normalisation, "bn_momentum_none_counts_from_0", "the plain average divides by one batch too few",
            share=lambda s: 1 / s.state[KEYS[2]] if s.momentum is None else s.momentum),
    mistake(Normalisation, "bn_momentum_0_is_none", "momentum 0 is taken for None, the plain average",
            momentum=lambda s: s.right.momentum or None),
    mistake(Normalisation, "bn_momentum_0_is_default", "momentum 0 is taken for the default",
            momentum=lambda s: s.right.momentum or 0.1 if s.right.momentum is not None else None),
    mistake(Normalisation, "bn_not_counted", "num_batches_tracked is not counted",
            counted=lambda s: s.state[KEYS[2]]),
)  # fmt: skip
