"""Mistakes of SGD, and what those of every optimiser are made of.

Letters: θ parameter, g gradient, λ weight decay, μ momentum, τ dampening, t the step from 1.
    g + λ θ;  v = g, then μ v + (1 - τ) g;  θ - lr v        nesterov  θ - lr (g + μ v)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.explain.formulas.plain import step, with_steps
from parity_tests.explain.hypothesis import Hypothesis, Situation
from parity_tests.families.optimizer import SHAPES, STEPS
from parity_tests.trace import Trace

KERAS = "Keras and TensorFlow"


class Move:
    """One step of one parameter. before: what the last step of the same memory left."""

    memory = staticmethod(lambda name, theta: name)  # the key under which running averages are kept
    time = staticmethod(lambda step, place: step)

    def __init__(self, case, theta: np.ndarray, gradient: np.ndarray, lr: float, t: int, before: Move | None) -> None:
        self.given = (case, theta, gradient, lr, t, before)
        self.case, self.theta, self.gradient, self.lr, self.t, self.before = self.given

    decay = step(lambda s: s.case.get("weight_decay", 0.0))
    g = step(lambda s: s.gradient + s.decay * s.theta)


class SGD(Move):
    mu = step(lambda s: s.case.get("momentum", 0.0))
    dampening = step(lambda s: s.case.get("dampening", 0.0))
    first = step(lambda s: s.g)
    later = step(lambda s: s.mu * s.before.v + (1 - s.dampening) * s.g)
    v = step(lambda s: s.first if s.before is None else s.later)
    ahead = step(lambda s: s.g + s.mu * s.v)
    nesterov = step(lambda s: s.case.get("nesterov", False))
    direction = step(lambda s: s.g if not s.mu else s.ahead if s.nesterov else s.v)
    after = step(lambda s: s.theta - s.lr * s.direction)


def wrong(plain: type[Move], name: str, says: str, *, convention: str = "", **steps: Callable) -> Hypothesis:
    static = {label: staticmethod(f) for label, f in steps.items() if label in ("memory", "time")}
    formulas = {label: formula for label, formula in steps.items() if label not in static}
    made = type(name, (with_steps(plain, name, formulas),), static)
    return Hypothesis(name, says, lambda situation: walked(made, situation), convention=convention)


def walked(made: type[Move], situation: Situation) -> Trace:
    """The parameters after every step."""
    batch, trace, memories = situation.batch, {}, {}
    thetas = {name: batch[f"parameter.{name}"] for name in SHAPES}
    for number in range(STEPS):
        for place, (name, theta) in enumerate(thetas.items()):
            key, t = made.memory(name, theta), made.time(number + 1, place)
            gradient, lr = batch[f"gradient.{number}.{name}"], batch["rate"][number]
            move = made(situation.case, theta, gradient, lr, t, memories.get(key))
            memories[key], thetas[name] = move, move.after
        trace |= {f"step{number}.{name}": theta for name, theta in thetas.items()}
    return trace


def is_weight(theta: np.ndarray) -> bool:
    """More than one row of numbers: neither (n,) nor (1, n)."""
    return theta.size > max(theta.shape)


BIASES = "biases do not decay, be they (n,) or (1, n)"
GROUPS = "training recipes that give biases a group of their own without decay"
DECAY_OF_SGD = (
    wrong(SGD, "sgd_decay_sign", "weight decay has the wrong sign", decay=lambda s: -s.right.decay),
    wrong(SGD, "sgd_decay_forgotten", "weight decay is forgotten", decay=lambda s: 0.0),
    wrong(SGD, "sgd_decay_without_momentum_only", "weight decay is left out where there is momentum",
          decay=lambda s: 0.0 if s.mu else s.right.decay),
    wrong(SGD, "sgd_decay_doubled", "weight decay is 2 λ θ", decay=lambda s: 2 * s.right.decay),
    wrong(SGD, "sgd_decay_halved", "weight decay is λ θ / 2", decay=lambda s: s.right.decay / 2),
    wrong(SGD, "sgd_decay_decoupled", "weight decay is decoupled: it does not enter the velocity",
          g=lambda s: s.gradient, after=lambda s: s.theta * (1 - s.lr * s.decay) - s.lr * s.direction,
          convention="SGDW (Loshchilov and Hutter 2019), and Keras's weight_decay"),
    wrong(SGD, "sgd_decay_twice", "weight decay is taken twice: added to the gradient, and shrinking the parameter",
          after=lambda s: s.theta * (1 - s.lr * s.decay) - s.lr * s.direction),
    wrong(SGD, "sgd_decay_without_rate", "weight decay is not multiplied by the learning rate",
          g=lambda s: s.gradient, after=lambda s: s.theta * (1 - s.decay) - s.lr * s.direction),
    wrong(SGD, "sgd_decay_of_sign", "weight decay is λ sign(θ), that of an L1 penalty",
          g=lambda s: s.gradient + s.decay * np.sign(s.theta)),
    wrong(SGD, "sgd_decay_not_of_biases", "biases do not decay",
          g=lambda s: s.gradient + s.decay * s.theta * (s.theta.shape[0] > 1)),
    wrong(SGD, "sgd_decay_of_weights_alone", BIASES, g=lambda s: s.gradient + s.decay * s.theta * is_weight(s.theta),
          convention=GROUPS),
)  # fmt: skip
OF_SGD = (
    wrong(SGD, "sgd_dampened", "momentum is dampened by default: v = μ v + (1 - μ) g",
          first=lambda s: (1 - s.mu) * s.g, later=lambda s: s.mu * s.before.v + (1 - s.mu) * s.g),
    wrong(SGD, "sgd_dampened_from_second", "momentum is dampened by default: v = μ v + (1 - μ) g after the first step",
          later=lambda s: s.mu * s.before.v + (1 - s.mu) * s.g),
    wrong(SGD, "sgd_first_dampened", "the first velocity is dampened too", first=lambda s: (1 - s.dampening) * s.g),
    wrong(SGD, "sgd_dampening_forgotten", "dampening is ignored", dampening=lambda s: 0.0),
    wrong(SGD, "sgd_dampening_is_share", "dampening is taken for 1 - dampening",
          later=lambda s: s.mu * s.before.v + s.dampening * s.g),
    wrong(SGD, "sgd_momentum_forgotten", "momentum is ignored", direction=lambda s: s.g),
    wrong(SGD, "sgd_velocity_with_rate", "the learning rate is inside the velocity", convention=KERAS,
          first=lambda s: s.lr * s.g, later=lambda s: s.mu * s.before.v + (1 - s.dampening) * s.lr * s.g,
          ahead=lambda s: s.lr * s.g + s.mu * s.v,
          direction=lambda s: s.lr * s.g if not s.mu else s.ahead if s.nesterov else s.v,
          after=lambda s: s.theta - s.direction),
    wrong(SGD, "sgd_velocity_with_rate_twice", "the learning rate is inside the velocity, and applied to it again",
          first=lambda s: s.lr * s.g, later=lambda s: s.mu * s.before.v + (1 - s.dampening) * s.lr * s.g),
    wrong(SGD, "sgd_momentum_squared", "the velocity decays by μ², not by μ",
          later=lambda s: s.mu**2 * s.before.v + (1 - s.dampening) * s.g),
    wrong(SGD, "sgd_nesterov_ignored", "nesterov is ignored", nesterov=lambda s: False),
    wrong(SGD, "sgd_nesterov_inverted", "nesterov is on where it is not asked for, and off where it is",
          nesterov=lambda s: not s.right.nesterov),
    wrong(SGD, "sgd_nesterov_always", "nesterov is always on", nesterov=lambda s: True),
    wrong(SGD, "sgd_nesterov_old_velocity", "nesterov adds the velocity of before this step",
          ahead=lambda s: s.g + s.mu * (0 if s.before is None else s.before.v)),
    wrong(SGD, "sgd_nesterov_of_new_velocity", "nesterov moves by (1 + μ) lr g + μ² v with the velocity after its "
          "update, where the one before is meant", first=lambda s: s.lr * s.g,
          later=lambda s: s.mu * s.before.v + s.lr * s.g, ahead=lambda s: (1 + s.mu) * s.lr * s.g + s.mu**2 * s.v,
          after=lambda s: s.theta - s.direction),
    wrong(SGD, "sgd_nesterov_doubled", "nesterov moves by v + μ v, where it must be g + μ v",
          ahead=lambda s: (1 + s.mu) * s.v),
    wrong(SGD, "sgd_nesterov_without_gradient", "nesterov moves by μ v alone: g is missing",
          ahead=lambda s: s.mu * s.v),
    wrong(SGD, "sgd_nesterov_without_momentum", "nesterov moves by g + v: the factor μ is missing",
          ahead=lambda s: s.g + s.v),
    wrong(SGD, "sgd_velocity_shared_by_shape", "parameters of one shape share a velocity",
          memory=lambda name, theta: theta.shape),
    wrong(SGD, "sgd_velocity_forgotten", "the velocity begins anew at every step", later=lambda s: s.right.first),
    wrong(SGD, "sgd_first_velocity_0", "the first velocity is 0: the first gradient is not added",
          first=lambda s: np.zeros_like(s.g)),
    wrong(SGD, "sgd_velocity_minus", "the old velocity is subtracted",
          later=lambda s: -s.mu * s.before.v + (1 - s.dampening) * s.g),
    wrong(SGD, "sgd_no_gradient_in_velocity", "the gradient is added beside the velocity: θ - lr (g + v)",
          direction=lambda s: s.g + s.v if s.mu else s.g),
    wrong(SGD, "sgd_uphill", "the step goes uphill: θ + lr g", after=lambda s: s.theta + s.lr * s.direction),
    wrong(SGD, "sgd_first_rate", "the learning rate stays what it was first",
          after=lambda s: s.theta - s.case["lr"] * s.direction),
    *DECAY_OF_SGD,
)  # fmt: skip
MISTAKES = {"SGD": OF_SGD}
