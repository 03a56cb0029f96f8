"""Mistakes of optimisers. Letters: θ parameter, g gradient, λ weight decay, μ momentum, τ dampening, t the step from 1.

SGD    g + λ θ;  v = g, then μ v + (1 - τ) g;  θ - lr v        nesterov  θ - lr (g + μ v)
Adam   m, s averages of g, g²;  θ - lr m̂ / (sqrt(ŝ) + ε)       AdamW     θ (1 - lr λ) first, no λ θ in g
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


class Adam(Move):
    betas = step(lambda s: s.case.get("betas", (0.9, 0.999)))
    eps = step(lambda s: s.case.get("eps", 1e-8))
    square = step(lambda s: s.g**2)
    m = step(lambda s: s.betas[0] * (0 if s.before is None else s.before.m) + (1 - s.betas[0]) * s.g)
    v = step(lambda s: s.betas[1] * (0 if s.before is None else s.before.v) + (1 - s.betas[1]) * s.square)
    m_hat = step(lambda s: s.m / (1 - np.float64(s.betas[0]) ** s.t))
    v_hat = step(lambda s: s.v / (1 - np.float64(s.betas[1]) ** s.t))
    largest = step(lambda s: s.v if s.before is None else np.maximum(s.v, s.before.largest))
    root = step(lambda s: np.sqrt(s.v_hat) + s.eps)
    kept = step(lambda s: s.theta)
    after = step(lambda s: s.kept - s.lr * s.m_hat / s.root)


class AdamW(Adam):
    decay = step(lambda s: s.case.get("weight_decay", 1e-2))
    g = step(lambda s: s.gradient)
    kept = step(lambda s: s.theta * (1 - s.lr * s.decay))


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


DECAY_OF_SGD = (
    wrong(SGD, "sgd_decay_sign", "weight decay has the wrong sign", decay=lambda s: -s.right.decay),
    wrong(SGD, "sgd_decay_forgotten", "weight decay is forgotten", decay=lambda s: 0.0),
    wrong(SGD, "sgd_decay_doubled", "weight decay is 2 λ θ", decay=lambda s: 2 * s.right.decay),
    wrong(SGD, "sgd_decay_halved", "weight decay is λ θ / 2", decay=lambda s: s.right.decay / 2),
    wrong(SGD, "sgd_decay_decoupled", "weight decay is decoupled: it does not enter the velocity",
          g=lambda s: s.gradient, after=lambda s: s.theta * (1 - s.lr * s.decay) - s.lr * s.direction,
          convention="SGDW (Loshchilov and Hutter 2019), and Keras's weight_decay"),
    wrong(SGD, "sgd_decay_without_rate", "weight decay is not multiplied by the learning rate",
          g=lambda s: s.gradient, after=lambda s: s.theta * (1 - s.decay) - s.lr * s.direction),
    wrong(SGD, "sgd_decay_of_sign", "weight decay is λ sign(θ), that of an L1 penalty",
          g=lambda s: s.gradient + s.decay * np.sign(s.theta)),
    wrong(SGD, "sgd_decay_not_of_biases", "biases do not decay",
          g=lambda s: s.gradient + s.decay * s.theta * (s.theta.shape[0] > 1)),
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
          ahead=lambda s: s.lr * s.g + s.mu * s.v, direction=lambda s: s.ahead if s.nesterov else s.v,
          after=lambda s: s.theta - s.direction),
    wrong(SGD, "sgd_nesterov_ignored", "nesterov is ignored", nesterov=lambda s: False),
    wrong(SGD, "sgd_nesterov_always", "nesterov is always on", nesterov=lambda s: True),
    wrong(SGD, "sgd_nesterov_old_velocity", "nesterov adds the velocity of before this step",
          ahead=lambda s: s.g + s.mu * (0 if s.before is None else s.before.v)),
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


def of_adam(plain: type[Adam], prefix: str) -> tuple[Hypothesis, ...]:
    beta_powers = lambda s: [1 - np.float64(beta) ** s.t for beta in s.betas]  # noqa: E731
    return (
        wrong(plain, f"{prefix}_no_correction", "the bias correction is missing",
              m_hat=lambda s: s.m, v_hat=lambda s: s.v),
        wrong(plain, f"{prefix}_no_correction_of_m", "the bias correction of m is missing", m_hat=lambda s: s.m),
        wrong(plain, f"{prefix}_no_correction_of_v", "the bias correction of the second moment is missing",
              v_hat=lambda s: s.v),
        wrong(plain, f"{prefix}_t_from_0", "t counts from 0: the first correction divides by zero",
              time=lambda step, place: step - 1),
        wrong(plain, f"{prefix}_t_from_2", "t is one step ahead: it counts from 2", time=lambda step, place: step + 1),
        wrong(plain, f"{prefix}_t_lags", "t lags by one: it is 1 at the first step, and at the second again",
              time=lambda step, place: max(step - 1, 1)),
        wrong(plain, f"{prefix}_t_of_m_lags", "t lags by one in the correction of m",
              m_hat=lambda s: s.m / (1 - np.float64(s.betas[0]) ** max(s.t - 1, 1))),
        wrong(plain, f"{prefix}_t_stays_1", "t stays 1", time=lambda step, place: 1),
        wrong(plain, f"{prefix}_t_of_m_stays_1", "t stays 1 in the correction of m",
              m_hat=lambda s: s.m / (1 - s.betas[0])),
        wrong(plain, f"{prefix}_t_per_parameter", "t counts every parameter, not every step",
              time=lambda step, place: (step - 1) * len(SHAPES) + place + 1),
        wrong(plain, f"{prefix}_eps_before_correction", "eps is added before the bias correction",
              root=lambda s: (np.sqrt(s.v) + s.eps) / np.sqrt(beta_powers(s)[1]), convention=KERAS),
        wrong(plain, f"{prefix}_eps_inside_root", "eps is inside the root", root=lambda s: np.sqrt(s.v_hat + s.eps)),
        wrong(plain, f"{prefix}_eps_squared_inside_root", "eps² is inside the root",
              root=lambda s: np.sqrt(s.v_hat + s.eps**2)),
        wrong(plain, f"{prefix}_eps_forgotten", "eps is forgotten", root=lambda s: np.sqrt(s.v_hat)),
        wrong(plain, f"{prefix}_eps_1e-7", "eps is 1e-7 by default", eps=lambda s: s.case.get("eps", 1e-7),
              convention=KERAS),
        wrong(plain, f"{prefix}_eps_ignored", "eps is 1e-8 whatever was asked for", eps=lambda s: 1e-8),
        wrong(plain, f"{prefix}_root_missing", "the root of the second moment is missing",
              root=lambda s: s.v_hat + s.eps),
        wrong(plain, f"{prefix}_betas_swapped", "the two betas are swapped", betas=lambda s: s.right.betas[::-1]),
        wrong(plain, f"{prefix}_beta2_0.99", "beta 2 is 0.99 by default",
              betas=lambda s: s.case.get("betas", (0.9, 0.99))),
        wrong(plain, f"{prefix}_not_squared", "the second moment averages |g|, not g²", square=lambda s: np.abs(s.g)),
        wrong(plain, f"{prefix}_square_of_m", "the second moment averages m², not g²", square=lambda s: s.m**2),
        wrong(plain, f"{prefix}_m_not_weighed", "m = β1 m + g: the factor 1 - β1 is missing",
              m=lambda s: s.betas[0] * (0 if s.before is None else s.before.m) + s.g),
        wrong(plain, f"{prefix}_v_not_weighed", "the factor 1 - β2 is missing in the second moment",
              v=lambda s: s.betas[1] * (0 if s.before is None else s.before.v) + s.square),
        wrong(plain, f"{prefix}_gradient_for_m", "the step uses g in place of m (RMSprop)", m=lambda s: s.g,
              m_hat=lambda s: s.g),
        wrong(plain, f"{prefix}_memory_shared", "parameters of one shape share their averages",
              memory=lambda name, theta: theta.shape),
        wrong(plain, f"{prefix}_uphill", "the step goes uphill", after=lambda s: 2 * s.kept - s.right.after),
        wrong(plain, f"{prefix}_first_rate", "the learning rate stays what it was first",
              after=lambda s: s.kept - s.case["lr"] * s.m_hat / s.root),
        wrong(plain, f"{prefix}_maximum", "the step divides by the largest root so far (AMSGrad)",
              v_hat=lambda s: s.largest / beta_powers(s)[1], convention="PyTorch's own amsgrad=True"),
        wrong(plain, f"{prefix}_maximum_kept", "the second moment never falls: its average goes on from the largest",
              v=lambda s: s.right.v if s.before is None else np.maximum(s.right.v, s.before.v)),
        wrong(plain, f"{prefix}_centred", "the second moment averages (g - m)², not g²",
              square=lambda s: (s.g - s.m) ** 2, convention="AdaBelief (Zhuang et al. 2020)"),
        wrong(plain, f"{prefix}_nesterov", "the step looks ahead: β1 m + (1 - β1) g stands in place of m",
              m_hat=lambda s: (s.betas[0] * s.m + (1 - s.betas[0]) * s.g) / beta_powers(s)[0],
              convention="NAdam (Dozat 2016), in its simple form"),
        wrong(plain, f"{prefix}_beta_times_t", "the bias correction takes β t for β^t",
              m_hat=lambda s: s.m / (1 - s.betas[0] * s.t), v_hat=lambda s: s.v / (1 - s.betas[1] * s.t)),
        wrong(plain, f"{prefix}_rate_over_root_t", "the learning rate is divided by sqrt(t)",
              after=lambda s: s.kept - s.lr / np.sqrt(s.t) * s.m_hat / s.root,
              convention="the convergence proof of the paper (Kingma and Ba 2015)"),
        wrong(plain, f"{prefix}_decay_sign", "weight decay has the wrong sign", decay=lambda s: -s.right.decay),
        wrong(plain, f"{prefix}_decay_forgotten", "weight decay is forgotten", decay=lambda s: 0.0),
        wrong(plain, f"{prefix}_decay_doubled", "weight decay is 2 λ θ", decay=lambda s: 2 * s.right.decay),
        wrong(plain, f"{prefix}_decay_not_of_biases", "biases do not decay",
              decay=lambda s: s.right.decay * (s.theta.shape[0] > 1)),
    )  # fmt: skip


OF_ADAM = (
    *of_adam(Adam, "adam"),
    wrong(Adam, "adam_decay_decoupled", "weight decay is decoupled, as in AdamW", g=lambda s: s.gradient,
          kept=lambda s: s.theta * (1 - s.lr * s.decay), convention="AdamW, and Keras's weight_decay"),
    wrong(Adam, "adam_decay_default", "weight decay is 0.01 by default, as AdamW's",
          decay=lambda s: s.case.get("weight_decay", 0.01)),
)  # fmt: skip
OF_ADAMW = (
    *of_adam(AdamW, "adamw"),
    wrong(AdamW, "adamw_decay_coupled", "weight decay is coupled, as in Adam",
          g=lambda s: s.gradient + s.decay * s.theta, kept=lambda s: s.theta),
    wrong(AdamW, "adamw_decay_twice", "weight decay is coupled as well, as in Adam: it is taken twice",
          g=lambda s: s.gradient + s.decay * s.theta),
    wrong(AdamW, "adamw_decay_without_rate", "weight decay is not multiplied by the learning rate",
          kept=lambda s: s.theta * (1 - s.decay), convention="the paper (Loshchilov and Hutter 2019)"),
    wrong(AdamW, "adamw_decay_after", "weight decay shrinks what the step has moved already", kept=lambda s: s.theta,
          after=lambda s: (s.theta - s.lr * s.m_hat / s.root) * (1 - s.lr * s.decay)),
    wrong(AdamW, "adamw_decay_default_0", "weight decay is 0 by default, not 0.01",
          decay=lambda s: s.case.get("weight_decay", 0.0)),
)  # fmt: skip
MISTAKES = {"SGD": OF_SGD, "Adam": OF_ADAM, "AdamW": OF_ADAMW}
