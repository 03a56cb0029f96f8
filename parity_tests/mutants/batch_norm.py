"""Faults in BatchNorm: which variance, which statistics, what momentum means, and what the gradient forgets."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, DGAMMA, DBETA = "output", "input_gradient", "gradient.gamma", "gradient.beta"
MEAN, VAR, COUNT = "running_mean", "running_var", "num_batches_tracked"

_fault = partial(Mutant, pair="BatchNorm", file="batch_norm.py")

ROOT = "1 / np.sqrt(variance + self.eps)"
BEFORE = "return -slope * dbeta / m - of_D * self._rest, slope, of_D"
GRADIENT = "dx = γ s (dy - mean(dy) - x̂ mean(dy x̂)): mean and variance depend on x too."
EPS = "y = γ (x - μ) / sqrt(v + ε) + β, with ε = 1e-5 where none is given."
MOMENTUM = "PyTorch's momentum weighs the new value: running = 0.9 running + 0.1 batch."
VARIANCE = "The variance that normalises is biased (divided by m), the one kept in running_var unbiased (by m - 1)."
AVERAGE = "momentum None is the plain average of all batches; 0 keeps the statistics as they are."
SUMS = "dγ = Σ dy x̂ and dβ = Σ dy, over the batch and all pixels."
MEANS = "mean(dy) and mean(dy x̂) in dx are over the batch and all pixels: m = N H W numbers a channel."
PIXEL_BY_PIXEL = (
    "x = self._s * (self._D - self._rest); means = dLdY.mean(axis=0) + x * (dLdY * x).mean(axis=0); "
    "return (slope * (dLdY - means * self._training)).astype(dLdY.dtype)"
)

MUTANTS = (
    _fault(
        "batch_norm_unbiased_variance_normalises",
        old="return variance  # the biased one normalises",
        new="return variance * m / (m - 1)",
        says="the unbiased variance, divided by m - 1, is used to normalise",
        rule=VARIANCE,
        quantities=(OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_biased_running_variance",
        old='("running_var", variance * m / (m - 1))',
        new='("running_var", variance)',
        says="running_var keeps the biased variance, divided by m",
        rule=VARIANCE,
        quantities=(VAR, OUT, DX, DGAMMA),
        convention="Keras and ONNX",
    ),
    _fault(
        "batch_norm_momentum_of_the_old",
        old="((1 - share) * old + share * batch.reshape(old.shape))",
        new="(share * old + (1 - share) * batch.reshape(old.shape))",
        says="momentum weighs the old value: running = momentum running + (1 - momentum) batch",
        rule=MOMENTUM,
        quantities=(MEAN, VAR, OUT, DX, DGAMMA),
        convention="Keras, TensorFlow and ONNX",
    ),
    _fault(
        "batch_norm_momentum_of_0.01",
        old="momentum: float | None = 0.1",
        new="momentum: float | None = 0.01",
        says="the new value weighs 0.01 where no momentum is given",
        rule="PyTorch's momentum is 0.1 where none is given.",
        quantities=(MEAN, VAR, OUT, DX, DGAMMA),
        convention="Keras, whose momentum of 0.99 is this one",
    ),
    _fault(
        "batch_norm_momentum_0_means_none",
        old="if self.momentum is None else self.momentum",
        new="if not self.momentum else self.momentum",
        says="momentum 0 is taken for None, the plain average",
        rule=AVERAGE,
        quantities=(MEAN, VAR, OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_batches_not_counted",
        old='np.asarray(self.state["num_batches_tracked"] + 1)',
        new='np.asarray(self.state["num_batches_tracked"])',
        says="num_batches_tracked is not counted up",
        rule="Every training batch is counted; with momentum None its share is 1 / count.",
        quantities=(MEAN, VAR, COUNT, OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_eps_of_1e-3",
        old="eps: float = 1e-5",
        new="eps: float = 1e-3",
        says="ε is 1e-3 where none is given",
        rule=EPS,
        quantities=(OUT, DX, DGAMMA),
        convention="Keras and TensorFlow",
    ),
    _fault(
        "batch_norm_eps_outside_the_root",
        old=ROOT,
        new="1 / (np.sqrt(variance) + self.eps)",
        says="ε is added to the deviation, outside the root",
        rule=EPS,
        quantities=(OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_divides_by_the_variance",
        old=ROOT,
        new="1 / (variance + self.eps)",
        says="it divides by the variance: the root is missing",
        rule=EPS,
        quantities=(OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_beta_forgotten",
        old="shift = beta - self._slope * self._rest",
        new="shift = -self._slope * self._rest",
        says="β is not added",
        rule="y = γ x̂ + β.",
        quantities=(OUT,),
    ),
    _fault(
        "batch_norm_evaluates_with_batch_statistics",
        old="self._training, self._D = training, X",
        new="self._training = training = True; self._D = X",
        says="evaluation normalises by the batch's own statistics, as in training",
        rule="Evaluation uses running_mean and running_var, and leaves them alone.",
        quantities=(OUT, DX, DGAMMA),
    ),
    _fault(
        "batch_norm_gradient_ignores_the_mean",
        old=BEFORE,
        new="return -of_D * self._rest, slope, of_D",
        says="the gradient ignores that the mean depends on x",
        rule=GRADIENT,
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_gradient_ignores_the_variance",
        old=BEFORE,
        new="return -slope * dbeta / m, slope, 0 * slope",
        says="the gradient ignores that the variance depends on x",
        rule=GRADIENT,
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_gradient_ignores_mean_and_variance",
        old="if not self._training:",
        new="if True:",
        says="the gradient is γ s dy in training too, as if mean and variance were constants",
        rule=GRADIENT,
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_gradient_without_gamma",
        old="slope, m = self._slope,",
        new="slope, m = self._s,",
        says="γ is missing in the gradient by x",
        rule=GRADIENT,
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_gradient_means_over_the_batch_only",
        old="return affine(c, (slope, dLdY), *through_D, out=out)",
        new=PIXEL_BY_PIXEL,
        says="both means in the gradient by x are over the batch, pixel by pixel, and not over the pixels",
        rule=MEANS,
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_dead_channel_without_gradient",
        old="slope, m = self._slope,",
        new="slope, m = self._slope * (self._s < 300),",
        says="a channel that hardly varies, s > 300, gets no gradient",
        rule="A channel of variance 0 has s = 1 / sqrt(ε), and dx = γ s (dy - mean(dy)).",
        quantities=(DX,),
    ),
    _fault(
        "batch_norm_dgamma_and_dbeta_averaged",
        old="self.gradients[key] = gradient.astype(dtype)",
        new="self.gradients[key] = (gradient / len(self._D)).astype(dtype)",
        says="dγ and dβ are divided by N",
        rule=SUMS,
        quantities=(DGAMMA, DBETA),
    ),
    _fault(
        "batch_norm_dbeta_summed_over_the_batch_only",
        old="dbeta, dot = sum(sums)",
        new="dbeta, dot = dLdY.sum(axis=0, dtype=np.float64), sum(sums)[1]",
        says="dβ is summed over the batch but not over the pixels",
        rule=SUMS,
        quantities=(DX, DGAMMA, DBETA),
    ),
    _fault(
        "batch_norm_mean_square_minus_square_of_mean",
        old="return rest, squares / m - rest**2",
        new="axes = tuple(range(A.ndim - 1)); return rest, (A * A).mean(axes) - A.mean(axes) ** 2",
        says="the variance is E[x²] - E[x]², which loses its digits in float32 where the mean is large",
        rule="v = mean((x - μ)²): the mean is subtracted first.",
        quantities=(),
    ),
)
