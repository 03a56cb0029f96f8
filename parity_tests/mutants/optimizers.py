"""Faults in SGD: what the velocity holds, how decay and nesterov enter. Adam and AdamW stand in adam.py."""

from __future__ import annotations

from functools import partial

from parity_tests.families.optimizer import FACTORS, SHAPES, STEPS
from parity_tests.mutants.mutant import Mutant

NAMES, CHANGED_RATE = tuple(SHAPES), FACTORS.index(0.1)

_fault = partial(Mutant, pair="SGD", file="optimizers.py")


def steps(first: int, names: tuple[str, ...] = NAMES) -> tuple[str, ...]:
    """The quantities that are wrong from the step `first` on."""
    return tuple(f"step{step}.{name}" for step in range(first, STEPS) for name in names)


AVERAGE = 'v = self._average(state, "v", self.momentum, 1 if first else 1 - self.dampening, g)'
SHARE = "1 if first else 1 - self.dampening"
DECAY = "g = g + self.weight_decay * theta"
STEP = "return theta - lr * g"
VELOCITY = "v is g at the first step, then μ v + (1 - τ) g, with dampening τ = 0 unless it is given."
RATE = "The learning rate stands outside the velocity: θ = θ - lr v, so a new rate counts for all of v at once."
ALL_DECAY = "PyTorch decays all parameters of a group alike, biases too."
RECIPES = "training recipes that give biases a group of their own without decay"
COUPLED = "Weight decay is coupled: λ θ is added to the gradient, before the velocity."
NESTEROV = "With nesterov the step is g + μ v, with the new v."

MUTANTS = (
    _fault(
        "sgd_climbs",
        old=STEP,
        new="return theta + lr * g",
        says="the step goes up the gradient",
        rule="θ = θ - lr g.",
        quantities=steps(0),
    ),
    _fault(
        "sgd_rate_inside_the_velocity",
        old=AVERAGE,
        new='v = self._average(state, "v", self.momentum, lr * (1 if first else 1 - self.dampening), g) / lr',
        says="the learning rate is inside the velocity, v = μ v + lr g: past gradients keep the rate of their own step",
        rule=RATE,
        quantities=steps(CHANGED_RATE),
        convention="CS231n, Keras, Caffe and Sutskever et al. 2013",
    ),
    _fault(
        "sgd_rate_of_the_start",
        old="float(self.lr)",
        new="float(self.schedule(0))",
        says="a learning rate that changes is ignored",
        rule="The rate of the moment counts.",
        quantities=steps(CHANGED_RATE),
    ),
    _fault(
        "sgd_velocity_is_an_average",
        old=SHARE,
        new="1 - self.momentum",
        says="the gradient enters the velocity with 1 - μ, from the first step on",
        rule=VELOCITY,
        quantities=steps(0),
    ),
    _fault(
        "sgd_dampened_by_default",
        old=SHARE,
        new="1 if first else 1 - self.momentum",
        says="the velocity is dampened by the momentum, v = μ v + (1 - μ) g after the first step",
        rule=VELOCITY,
        quantities=steps(1),
        convention="Torch7 (Lua), whose dampening is the momentum unless given",
    ),
    _fault(
        "sgd_dampening_ignored",
        old=SHARE,
        new="1",
        says="dampening is ignored",
        rule=VELOCITY,
        quantities=steps(1),
    ),
    _fault(
        "sgd_first_step_dampened",
        old=SHARE,
        new="1 - self.dampening",
        says="dampening already acts on the first gradient",
        rule=VELOCITY,
        quantities=steps(0),
    ),
    _fault(
        "sgd_velocity_shared_by_shape",
        old="self.state.setdefault(name, {})",
        new="self.state.setdefault(theta.shape, {})",
        says="parameters of one shape share a velocity",
        rule="Every parameter has a velocity of its own.",
        quantities=("step0.b", *steps(1, ("a", "b"))),
    ),
    _fault(
        "sgd_nesterov_ignored",
        old="g + self.momentum * v if self.nesterov else v",
        new="v",
        says="nesterov is ignored: the step is the velocity",
        rule=NESTEROV,
        quantities=steps(0),
    ),
    _fault(
        "sgd_nesterov_without_gradient",
        old="g + self.momentum * v if self.nesterov else v",
        new="self.momentum * v if self.nesterov else v",
        says="the gradient is missing in the nesterov step: it is μ v",
        rule=NESTEROV,
        quantities=steps(0),
    ),
    _fault(
        "sgd_weight_decay_of_wrong_sign",
        old=DECAY,
        new="g = g - self.weight_decay * theta",
        says="weight decay has the wrong sign: parameters grow",
        rule=COUPLED,
        quantities=steps(0),
    ),
    _fault(
        "sgd_weight_decay_decoupled",
        old=DECAY,
        new="theta = theta - lr * self.weight_decay * theta",
        says="weight decay shrinks the parameter itself and does not enter the velocity",
        rule=COUPLED,
        quantities=steps(0),
        convention="Keras, whose weight_decay is decoupled in every optimiser",
    ),
    _fault(
        "sgd_weight_decay_twice",
        old=DECAY,
        new="g = g + 2 * self.weight_decay * theta",
        says="weight decay counts twice",
        rule=COUPLED,
        quantities=steps(0),
    ),
    _fault(
        "sgd_one_axis_does_not_decay",
        old=DECAY,
        new=DECAY + " * (theta.ndim > 1)",
        says="parameters of one axis, which are biases and scales, do not decay",
        rule=ALL_DECAY,
        quantities=steps(0, ("bias",)),
        convention=RECIPES,
    ),
    _fault(
        "sgd_zero_gradient_skipped",
        old="parameters[name] = self._updated(",
        new="parameters[name] = theta if not g.any() else self._updated(",
        says="a parameter whose gradient is all 0 is passed over: no momentum, no decay",
        rule="A gradient of 0 is a gradient: velocity and decay move the parameter all the same.",
        quantities=steps(1),
    ),
    _fault(
        "sgd_writes_into_the_parameters",
        old=STEP,
        new="theta -= lr * g; return theta",
        says="the arrays that were handed in are changed in place",
        rule="Here a step puts new arrays in the place of the old ones, which are the caller's.",
        quantities=steps(0),
    ),
    _fault(
        "sgd_nesterov_with_dampening_accepted",
        old="if nesterov and (momentum == 0 or dampening != 0):",
        new="if nesterov and momentum == 0:",
        says="nesterov is accepted together with dampening",
        rule="PyTorch refuses nesterov without momentum or with dampening.",
        quantities=(),
    ),
)
