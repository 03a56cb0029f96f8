"""Mistakes of Adam and AdamW. Letters: optimizers.py, and m, v averages of g, g²; θ - lr m̂ / (sqrt(v̂) + ε).

AdamW    θ (1 - lr λ) first, no λ θ in g
"""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.optimizers import BIASES, GROUPS, KERAS, Move, is_weight, wrong
from parity_tests.explain.formulas.plain import step
from parity_tests.explain.hypothesis import Hypothesis
from parity_tests.families.optimizer import SHAPES

EPSILON = np.finfo(float).eps


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


def of_adam(plain: type[Adam], prefix: str) -> tuple[Hypothesis, ...]:
    beta_powers = lambda s: [1 - np.float64(beta) ** s.t for beta in s.betas]  # noqa: E731
    return (
        wrong(plain, f"{prefix}_no_correction", "the bias correction is missing",
              m_hat=lambda s: s.m, v_hat=lambda s: s.v),
        wrong(plain, f"{prefix}_no_correction_of_m", "the bias correction of m is missing", m_hat=lambda s: s.m),
        wrong(plain, f"{prefix}_no_correction_of_v", "the bias correction of the second moment is missing",
              v_hat=lambda s: s.v),
        wrong(plain, f"{prefix}_beta1_in_both_corrections", "both bias corrections take β1^t",
              v_hat=lambda s: s.v / beta_powers(s)[0]),
        wrong(plain, f"{prefix}_corrections_swapped", "the bias corrections of m and of the second moment are swapped",
              m_hat=lambda s: s.m / beta_powers(s)[1], v_hat=lambda s: s.v / beta_powers(s)[0]),
        wrong(plain, f"{prefix}_corrected_kept", "the corrected moments are kept, and corrected again at the next step",
              m=lambda s: s.betas[0] * (0 if s.before is None else s.before.m_hat) + (1 - s.betas[0]) * s.g,
              v=lambda s: s.betas[1] * (0 if s.before is None else s.before.v_hat) + (1 - s.betas[1]) * s.square),
        wrong(plain, f"{prefix}_t_from_0", "t counts from 0: the first correction divides by zero",
              time=lambda step, place: step - 1),
        wrong(plain, f"{prefix}_t_from_2", "t is one step ahead: it counts from 2", time=lambda step, place: step + 1),
        wrong(plain, f"{prefix}_t_lags", "t lags by one: it is 1 at the first step, and at the second again",
              time=lambda step, place: max(step - 1, 1)),
        wrong(plain, f"{prefix}_t_of_m_lags", "t lags by one in the correction of m",
              m_hat=lambda s: s.m / (1 - np.float64(s.betas[0]) ** max(s.t - 1, 1))),
        wrong(plain, f"{prefix}_t_of_m_ahead", "t is one step ahead in the correction of m",
              m_hat=lambda s: s.m / (1 - np.float64(s.betas[0]) ** (s.t + 1))),
        wrong(plain, f"{prefix}_t_of_v_lags", "t lags by one in the correction of the second moment",
              v_hat=lambda s: s.v / (1 - np.float64(s.betas[1]) ** max(s.t - 1, 1))),
        wrong(plain, f"{prefix}_t_of_v_ahead", "t is one step ahead in the correction of the second moment",
              v_hat=lambda s: s.v / (1 - np.float64(s.betas[1]) ** (s.t + 1))),
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
        wrong(plain, f"{prefix}_eps_1e-7_before_correction",
              "eps is 1e-7 by default, and added before the bias correction", eps=lambda s: s.case.get("eps", 1e-7),
              root=lambda s: (np.sqrt(s.v) + s.eps) / np.sqrt(beta_powers(s)[1]), convention=KERAS),
        wrong(plain, f"{prefix}_eps_epsilon", "eps is 2.2e-16, np.finfo(float).eps",
              eps=lambda s: s.case.get("eps", EPSILON)),
        wrong(plain, f"{prefix}_eps_epsilon_of_both", "eps is 2.2e-16, np.finfo(float).eps, and added to m as well",
              eps=lambda s: s.case.get("eps", EPSILON), after=lambda s: s.kept - s.lr * (s.m_hat + s.eps) / s.root),
        wrong(plain, f"{prefix}_no_correction_eps_1e-7", "the bias correction is missing, and eps is 1e-7 by default",
              m_hat=lambda s: s.m, v_hat=lambda s: s.v, eps=lambda s: s.case.get("eps", 1e-7)),
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
        wrong(plain, f"{prefix}_m_without_decay", "m does not decay: m + (1 - β1) g",
              m=lambda s: (0 if s.before is None else s.before.m) + (1 - s.betas[0]) * s.g),
        wrong(plain, f"{prefix}_v_not_weighed", "the factor 1 - β2 is missing in the second moment",
              v=lambda s: s.betas[1] * (0 if s.before is None else s.before.v) + s.square),
        wrong(plain, f"{prefix}_v_without_decay", "the second moment does not decay: v + (1 - β2) g²",
              v=lambda s: (0 if s.before is None else s.before.v) + (1 - s.betas[1]) * s.square),
        wrong(plain, f"{prefix}_beta1_weighs_new", "β1 weighs the new gradient, 1 - β1 the old average",
              m=lambda s: (1 - s.betas[0]) * (0 if s.before is None else s.before.m) + s.betas[0] * s.g),
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
        wrong(plain, f"{prefix}_beta_times_t_of_m", "the bias correction of m takes β1 t for β1^t",
              m_hat=lambda s: s.m / (1 - s.betas[0] * s.t)),
        wrong(plain, f"{prefix}_rate_over_root_t", "the learning rate is divided by sqrt(t)",
              after=lambda s: s.kept - s.lr / np.sqrt(s.t) * s.m_hat / s.root,
              convention="the convergence proof of the paper (Kingma and Ba 2015)"),
        wrong(plain, f"{prefix}_decay_sign", "weight decay has the wrong sign", decay=lambda s: -s.right.decay),
        wrong(plain, f"{prefix}_decay_forgotten", "weight decay is forgotten", decay=lambda s: 0.0),
        wrong(plain, f"{prefix}_decay_doubled", "weight decay is 2 λ θ", decay=lambda s: 2 * s.right.decay),
        wrong(plain, f"{prefix}_decay_not_of_biases", "biases do not decay",
              decay=lambda s: s.right.decay * (s.theta.shape[0] > 1)),
        wrong(plain, f"{prefix}_decay_of_weights_alone", BIASES, convention=GROUPS,
              decay=lambda s: s.right.decay * is_weight(s.theta)),
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
MISTAKES = {"Adam": OF_ADAM, "AdamW": OF_ADAMW}
