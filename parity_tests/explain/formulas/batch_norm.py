"""Mistakes of batch normalisation. Letters and formulas: normalisation.py."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_tests.explain.formulas.normalisation import Normalisation
from parity_tests.explain.formulas.plain import mistake
from parity_tests.explain.formulas.running import RUNNING
from parity_tests.explain.hypothesis import Hypothesis
from parity_tests.explain.source import Reference

KERAS = "Keras and TensorFlow"
FILE = "batch_norm.py"
AFFINE = Reference("Y = gamma x̂ + beta.", FILE, "shift = beta - self._slope * self._rest")
CONSTANT = Reference(
    "In evaluation dX = gamma s dY: the running statistics are constants, and no gradient flows through them.",
    FILE,
    "if not self._training:",
)
SLOPE = Reference(
    "dX = gamma s (...): the slope gamma s, with s = 1 / sqrt(v + eps), multiplies all that is in dX.",
    FILE,
    "self._slope = gamma * self._s",
)
THROUGH_MEAN = Reference(
    "dX = gamma s (dY - mean(dY) - ...) in training: the mean depends on X too.",
    FILE,
    "return -slope * dbeta / m - of_D",
)
MEANS = Reference(
    "Both means in dX = gamma s (dY - mean(dY) - x̂ mean(dY x̂)) are over batch and space: all m = N H W "
    "numbers of a channel.",
    FILE,
    "slope, m = self._slope, self._D.size //",
)


def over_space(s: Normalisation):
    """The mean of each channel of each image. Raises ValueError where there is no space."""
    if s.X.ndim < 4:
        raise ValueError("expected images")
    return lambda A: A.mean(axis=(1, 2), keepdims=True)


OF_IMAGES = {
    "kept_mean": lambda s: s.batch_mean.mean(axis=0).reshape(1, -1),
    "kept_var": lambda s: (s.batch_var * s.m / (s.m - 1)).mean(axis=0).reshape(1, -1),
}  # where each image has statistics of its own
NORMALISING = (
    mistake(Normalisation, "bn_unbiased_variance", "the variance that normalises is divided by m - 1, not by m",
            v=lambda s: s.right.v * (s.m / (s.m - 1) if s.by_batch else 1)),
    mistake(Normalisation, "bn_unbiased_variance_throughout",
            "the variance that normalises is divided by m - 1, not by m, and its gradient taken alike",
            v=lambda s: s.right.v * (s.m / (s.m - 1) if s.by_batch else 1),
            through_var=lambda s: s.x_hat * s.mean(s.dY * s.x_hat) * s.m / (s.m - 1)),
    mistake(Normalisation, "bn_eps_outside_root", "eps is added to the root, not inside it: 1 / (sqrt(v) + eps)",
            s=lambda s: 1 / (np.sqrt(s.v) + s.eps)),
    mistake(Normalisation, "bn_eps_0.001", "eps is 1e-3 by default, not 1e-5", convention=KERAS,
            eps=lambda s: s.case.get("eps", 1e-3)),
    *(
        mistake(Normalisation, f"bn_eps_{eps:g}", f"eps is {eps:g} by default, not 1e-5",
                eps=lambda s, eps=eps: s.case.get("eps", eps))
        for eps in (1e-2, 1e-4, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
    ),
    mistake(Normalisation, "bn_eps_forgotten", "eps is forgotten", eps=lambda s: 0.0),
    mistake(Normalisation, "bn_eps_forgotten_in_evaluation", "eps is forgotten in evaluation",
            eps=lambda s: s.right.eps if s.training else 0.0),
    mistake(Normalisation, "bn_eps_ignored", "eps is 1e-5 whatever was asked for", eps=lambda s: 1e-5),
    mistake(Normalisation, "bn_root_forgotten", "X - mean is divided by the variance, not by its root",
            s=lambda s: 1 / (s.v + s.eps)),
    mistake(Normalisation, "bn_mean_not_subtracted", "the mean is not subtracted", x_hat=lambda s: s.s * s.X),
    mistake(Normalisation, "bn_gamma_forgotten", "gamma is forgotten in forward", reference=AFFINE,
            Y=lambda s: s.x_hat + s.beta),
    mistake(Normalisation, "bn_beta_forgotten", "beta is forgotten", reference=AFFINE, Y=lambda s: s.gamma * s.x_hat),
    mistake(Normalisation, "bn_gamma_beta_swapped", "gamma and beta are swapped in forward", reference=AFFINE,
            Y=lambda s: s.beta * s.x_hat + s.gamma),
    mistake(Normalisation, "bn_not_over_space", "mean and variance are taken over the batch alone, not over space",
            mean=lambda s: lambda A: A.mean(axis=0, keepdims=True)),
    mistake(Normalisation, "bn_over_everything", "mean and variance are taken over all channels together",
            batch_mean=lambda s: np.full((1, s.X.shape[-1]), s.X.mean()),
            batch_var=lambda s: np.full((1, s.X.shape[-1]), s.X.var())),
    mistake(Normalisation, "bn_over_example", "each example is normalised by itself, as layer normalisation does",
            batch_mean=lambda s: s.X.mean(axis=tuple(range(1, s.X.ndim)), keepdims=True),
            batch_var=lambda s: s.X.var(axis=tuple(range(1, s.X.ndim)), keepdims=True)),
    mistake(Normalisation, "bn_over_space_alone",
            "each image is normalised by itself, channel by channel, as instance normalisation does",
            mean=over_space, **OF_IMAGES),
    mistake(Normalisation, "bn_over_space_alone_forward", "forward normalises each image by itself, channel by "
            "channel, as instance normalisation does", batch_mean=lambda s: over_space(s)(s.X),
            batch_var=lambda s: over_space(s)((s.X - s.batch_mean) ** 2), **OF_IMAGES),
    mistake(Normalisation, "bn_batch_statistics_in_evaluation", "evaluation uses the batch's statistics, not the "
            "running ones", by_batch=lambda s: True),
    mistake(Normalisation, "bn_batch_statistics_in_evaluation_forward",
            "evaluation normalises by the batch's statistics, and its backward takes them for constants",
            by_batch=lambda s: True, flows=lambda s: s.training),
    mistake(Normalisation, "bn_batch_variance_in_evaluation", "evaluation takes the batch's variance, with the running "
            "mean", v=lambda s: s.batch_var),
    mistake(Normalisation, "bn_batch_mean_in_evaluation", "evaluation takes the batch's mean, with the running "
            "variance", mu=lambda s: s.batch_mean),
    mistake(Normalisation, "bn_running_mean_in_training", "training subtracts the running mean, not the batch's",
            mu=lambda s: s.state["running_mean"]),
    mistake(Normalisation, "bn_running_statistics_in_training", "training normalises by the running statistics",
            by_batch=lambda s: False),
    mistake(Normalisation, "bn_evaluation_backward_as_training",
            "in evaluation dX takes the running statistics for functions of X", reference=CONSTANT,
            flows=lambda s: True),
)  # fmt: skip


def in_dX(name: str, says: str, **steps) -> Iterator[Hypothesis]:
    """A mistake in dX; and the same in code whose evaluation goes back as its training does, as most that is short."""
    yield mistake(Normalisation, name, says, **steps)
    too = f"{says}; and dX is taken in evaluation as in training"
    yield mistake(Normalisation, f"{name}_in_evaluation_too", too, flows=lambda s: True, **steps)


BACKWARD = (
    *in_dX("bn_ignores_mean", "backward ignores that the mean depends on X", reference=THROUGH_MEAN,
            through_mean=lambda s: 0.0),
    *in_dX("bn_ignores_variance", "backward ignores that the variance depends on X",
            through_var=lambda s: 0.0),
    mistake(Normalisation, "bn_ignores_statistics", "backward ignores that mean and variance depend on X",
            flows=lambda s: False),
    *in_dX("bn_gamma_forgotten_in_dX", "gamma is forgotten in dX", reference=SLOPE,
            slope=lambda s: s.s),
    *in_dX("bn_s_forgotten_in_dX", "dX is not divided by the deviation", reference=SLOPE,
            slope=lambda s: s.gamma),
    *in_dX("bn_variance_divided_in_dX", "dX is divided by the variance, not by the deviation",
            reference=SLOPE, slope=lambda s: s.gamma * s.s**2),
    *in_dX("bn_sums_for_means", "dX subtracts sums where means belong: 1/m is missing", reference=MEANS,
            through_mean=lambda s: s.sum(s.dY), through_var=lambda s: s.x_hat * s.sum(s.dY * s.x_hat)),
    *in_dX("bn_sum_for_mean_of_variance", "what flows through the variance is a sum where a mean "
            "belongs: 1/m is missing", reference=MEANS, through_var=lambda s: s.x_hat * s.sum(s.dY * s.x_hat)),
    *in_dX("bn_sum_for_mean_of_mean", "what flows through the mean is a sum where a mean belongs: "
            "1/m is missing", reference=MEANS, through_mean=lambda s: s.sum(s.dY)),
    *in_dX("bn_N_for_m", "dX divides by N where it must be N H W, the numbers of a channel",
            reference=MEANS, through_mean=lambda s: s.sum(s.dY) / s.N,
            through_var=lambda s: s.x_hat * s.sum(s.dY * s.x_hat) / s.N),
    *in_dX("bn_not_over_space_in_dX",
            "dX takes its means over the batch alone, for each pixel its own, not over space", reference=MEANS,
            through_mean=lambda s: s.dY.mean(axis=0), through_var=lambda s: s.x_hat * (s.dY * s.x_hat).mean(axis=0)),
    *in_dX("bn_unbiased_in_dX", "dX divides what flows through the variance by m - 1, not by m",
            through_var=lambda s: s.right.through_var * s.m / (s.m - 1)),
    *in_dX("bn_variance_term_sign", "what flows through the variance has the wrong sign",
            through_var=lambda s: -s.right.through_var),
    *in_dX("bn_mean_term_sign", "what flows through the mean has the wrong sign",
            reference=THROUGH_MEAN, through_mean=lambda s: -s.right.through_mean),
    *in_dX("bn_variance_term_without_x_hat", "what flows through the variance is not multiplied by x̂",
            through_var=lambda s: s.mean(s.dY * s.x_hat)),
    mistake(Normalisation, "bn_dgamma_mean", "dgamma is the mean over batch and space, not the sum",
            dgamma=lambda s: s.right.dgamma / s.m),
    mistake(Normalisation, "bn_dbeta_mean", "dbeta is the mean over batch and space, not the sum",
            dbeta=lambda s: s.right.dbeta / s.m),
    mistake(Normalisation, "bn_parameter_gradients_mean", "dgamma and dbeta are means over batch and space, not sums",
            dgamma=lambda s: s.right.dgamma / s.m, dbeta=lambda s: s.right.dbeta / s.m),
    mistake(Normalisation, "bn_parameter_gradients_batch_mean", "dgamma and dbeta are divided by N",
            dgamma=lambda s: s.right.dgamma / s.N, dbeta=lambda s: s.right.dbeta / s.N),
    mistake(Normalisation, "bn_dgamma_not_over_space", "dgamma is not summed over space",
            dgamma=lambda s: (s.dY * s.x_hat).sum(axis=0)),
    mistake(Normalisation, "bn_dbeta_not_over_space", "dbeta is not summed over space",
            dbeta=lambda s: s.dY.sum(axis=0)),
    mistake(Normalisation, "bn_dgamma_of_X", "dgamma is Σ dY X: X is not normalised",
            dgamma=lambda s: s.sum(s.dY * s.X)),
    mistake(Normalisation, "bn_dgamma_not_divided", "dgamma is Σ dY (X - mean): not divided by the deviation",
            dgamma=lambda s: s.sum(s.dY * (s.X - s.mu))),
    mistake(Normalisation, "bn_dgamma_of_Y", "dgamma is Σ dY Y: the output stands in place of x̂",
            dgamma=lambda s: s.sum(s.dY * s.Y)),
    mistake(Normalisation, "bn_dgamma_times_gamma", "dgamma is Σ dY gamma x̂: gamma is one factor too many",
            dgamma=lambda s: s.sum(s.dY * s.gamma * s.x_hat)),
    mistake(Normalisation, "bn_dbeta_times_gamma", "dbeta is Σ dY gamma: gamma is one factor too many",
            dbeta=lambda s: s.sum(s.dY * s.gamma)),
    mistake(Normalisation, "bn_gradients_swapped", "dgamma and dbeta are swapped",
            dgamma=lambda s: s.right.dbeta, dbeta=lambda s: s.right.dgamma),
)  # fmt: skip
MISTAKES = {"BatchNorm": (*NORMALISING, *BACKWARD, *RUNNING)}
