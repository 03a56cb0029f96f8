"""Faults in Adam and AdamW: bias correction, where ε stands, what t counts, and how weight decay enters.

Both share their arithmetic, so most faults are planted once for each: "adam_..." and "adamw_...".
"""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant
from parity_tests.mutants.optimizers import ALL_DECAY, NAMES, RECIPES, steps

_adam = partial(Mutant, pair="Adam", file="optimizers.py")
_adamw = partial(Mutant, pair="AdamW", file="optimizers.py")

SETTINGS = "(beta1, beta2), t = self.betas, self.steps"
CORRECTED, STEP = "root /= (1 - beta2**t) ** 0.5", "step = m * (lr / (1 - beta1**t))"
COUPLED = "g + self.weight_decay * theta if self.weight_decay else g"
DECOUPLED = "return self._moved(theta * (1 - lr * self.weight_decay), g, lr, state)"
CORRECTION = "m̂ = m / (1 - β1^t) and ŝ = s / (1 - β2^t), with t = 1 at the first step."
EPS = "θ = θ - lr m̂ / (sqrt(ŝ) + ε): ε is added after the bias correction, outside the root."
ADAM_DECAY = "Adam's weight decay is coupled: λ θ is added to the gradient, before the averages."
ADAMW_DECAY = "AdamW's weight decay is decoupled: θ = θ - lr λ θ, before the step."


def _both(name: str, **fault) -> tuple[Mutant, Mutant]:
    """The same line, planted for either pair."""
    return _adam(f"adam_{name}", **fault), _adamw(f"adamw_{name}", **fault)


SHARED = (
    *_both(
        "without_bias_correction",
        old=SETTINGS,
        new="(beta1, beta2), t = self.betas, np.inf",
        says="there is no bias correction",
        rule=CORRECTION,
        quantities=steps(0),
    ),
    *_both(
        "first_moment_not_corrected",
        old=STEP,
        new="step = m * lr",
        says="the first moment is not corrected for its bias",
        rule=CORRECTION,
        quantities=steps(0),
    ),
    *_both(
        "second_moment_not_corrected",
        old=CORRECTED,
        new="root /= 1",
        says="the second moment is not corrected for its bias",
        rule=CORRECTION,
        quantities=steps(0),
    ),
    *_both(
        "t_from_0",
        old=SETTINGS,
        new="(beta1, beta2), t = self.betas, self.steps - 1",
        says="t counts from 0, and the first bias correction divides by 0",
        rule=CORRECTION,
        quantities=steps(0),
    ),
    *_both(
        "t_one_ahead",
        old=SETTINGS,
        new="(beta1, beta2), t = self.betas, self.steps + 1",
        says="t is 2 at the first step: it is counted up twice",
        rule=CORRECTION,
        quantities=steps(0),
    ),
    *_both(
        "t_of_every_parameter",
        old=SETTINGS,
        new='(beta1, beta2), t = self.betas, next(vars(self).setdefault("_count", iter(range(1, 1 << 60))))',
        says="t is counted up for every parameter, not once a step",
        rule=CORRECTION,
        quantities=(*(f"step0.{name}" for name in NAMES[1:]), *steps(1)),
    ),
    *_both(
        "eps_before_the_correction",
        old="root += self.eps",
        new="root += self.eps / (1 - beta2**t) ** 0.5",
        says="ε is added before the bias correction",
        rule=EPS,
        quantities=steps(0),
        convention="TensorFlow and Keras, the paper's 'epsilon hat'",
    ),
    *_both(
        "eps_inside_the_root",
        old="root += self.eps",
        new="root = np.sqrt(root * root + self.eps)",
        says="ε stands inside the root",
        rule=EPS,
        quantities=steps(0),
    ),
    *_both(
        "betas_swapped",
        old=SETTINGS,
        new="(beta2, beta1), t = self.betas, self.steps",
        says="β1 and β2 are swapped",
        rule="β1 averages the gradient, β2 its square.",
        quantities=steps(1),
    ),
    *_both(
        "divides_by_the_square",
        old="root = np.sqrt(s)",
        new="root = s.copy()",
        says="it divides by the mean square: the root is missing",
        rule=EPS,
        quantities=steps(0),
    ),
)

ADAM = (
    _adam(
        "adam_weight_decay_decoupled",
        old=f"return self._moved(theta, {COUPLED}, lr, state)",
        new=DECOUPLED,
        says="weight decay is decoupled, as AdamW's",
        rule=ADAM_DECAY,
        quantities=steps(0),
        convention="Keras, whose weight_decay is decoupled in every optimiser",
    ),
    _adam(
        "adam_weight_decay_of_wrong_sign",
        old=COUPLED,
        new="g - self.weight_decay * theta",
        says="weight decay has the wrong sign: parameters grow",
        rule=ADAM_DECAY,
        quantities=steps(0),
    ),
    _adam(
        "adam_one_axis_does_not_decay",
        old=COUPLED,
        new="g + self.weight_decay * theta if self.weight_decay and theta.ndim > 1 else g",
        says="parameters of one axis, which are biases and scales, do not decay",
        rule=ALL_DECAY,
        quantities=steps(0, ("bias",)),
        convention=RECIPES,
    ),
    _adam(
        "adam_eps_of_1e-7",
        old='self.eps = self._between("eps", eps, 0, np.inf)',
        new='self.eps = 1e-7 if eps == 1e-8 else self._between("eps", eps, 0, np.inf)',
        says="ε is 1e-7 where none is given",
        rule="PyTorch's ε is 1e-8 where none is given.",
        quantities=steps(0),
        convention="Keras and TensorFlow 2",
    ),
)

ADAMW = (
    _adamw(
        "adamw_weight_decay_coupled",
        old=DECOUPLED,
        new=f"return self._moved(theta, {COUPLED}, lr, state)",
        says="weight decay is added to the gradient, as Adam's",
        rule=ADAMW_DECAY,
        quantities=steps(0),
    ),
    _adamw(
        "adamw_weight_decay_of_wrong_sign",
        old=DECOUPLED,
        new="return self._moved(theta * (1 + lr * self.weight_decay), g, lr, state)",
        says="weight decay has the wrong sign: parameters grow",
        rule=ADAMW_DECAY,
        quantities=steps(0),
    ),
    _adamw(
        "adamw_weight_decay_without_rate",
        old=DECOUPLED,
        new="return self._moved(theta * (1 - self.weight_decay), g, lr, state)",
        says="weight decay is not multiplied by the learning rate",
        rule=ADAMW_DECAY,
        quantities=steps(0),
        convention="Loshchilov and Hutter 2019, where λ stands beside the rate",
    ),
    _adamw(
        "adamw_one_axis_does_not_decay",
        old=DECOUPLED,
        new="return self._moved(theta * (1 - lr * self.weight_decay * (theta.ndim > 1)), g, lr, state)",
        says="parameters of one axis, which are biases and scales, do not decay",
        rule=ALL_DECAY,
        quantities=steps(0, ("bias",)),
        convention=RECIPES,
    ),
    _adamw(
        "adamw_weight_decay_after_the_step",
        old=DECOUPLED,
        new="return self._moved(theta, g, lr, state) * (1 - lr * self.weight_decay)",
        says="the parameter is shrunk after the step, and the step with it",
        rule=ADAMW_DECAY,
        quantities=steps(0),
    ),
    _adamw(
        "adamw_weight_decay_of_0.004",
        old="weight_decay: float = 1e-2",
        new="weight_decay: float = 0.004",
        says="weight decay is 0.004 where none is given",
        rule="PyTorch's AdamW decays by 0.01 where nothing is given.",
        quantities=steps(0),
        convention="Keras",
    ),
)

MUTANTS = (*SHARED, *ADAM, *ADAMW)
