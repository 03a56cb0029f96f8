"""Mistakes of schedules: the learning rate by epoch, counted from 0. Each is another closed form of the rate."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Situation
from parity_tests.pair import Case
from parity_tests.trace import Trace

Rate = Callable[[Case, float], float]


def half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def line(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def constant(case: Case, epoch: float) -> float:
    return case["lr"]


def exponential(case: Case, epoch: float) -> float:
    return case["lr"] * case["gamma"] ** epoch


def stepwise(case: Case, epoch: float) -> float:
    return case["lr"] * case.get("gamma", 0.1) ** (epoch // case["step_size"])


def cosine(case: Case, epoch: float, *, T: int = 0, low: float | None = None) -> float:
    return half_cosine(case["lr"], case.get("eta_min", 0.0) if low is None else low, epoch / (case["T_max"] + T))


def one_cycle(case: Case, epoch: float, *, between=half_cosine, last_shift: int = 1, peak_shift: int = 1) -> float:
    top = case.get("pct_start", 0.3) * case["total_steps"] - peak_shift
    start, last = case["lr"] / case.get("div_factor", 25.0), case["total_steps"] - last_shift
    if epoch <= top:
        return between(start, case["lr"], epoch / top if top > 0 else 1)
    return between(case["lr"], start / case.get("final_div_factor", 1e4), (epoch - top) / (last - top))


RIGHT: dict[str, Rate] = {"Constant": constant, "Exponential": exponential, "Step": stepwise, "Cosine": cosine,
                          "OneCycle": one_cycle}  # fmt: skip


def wrong(name: str, says: str, rate: Rate, *, convention: str = "") -> Hypothesis:
    def predict(situation: Situation) -> Trace:
        epochs = [int(epoch) for epoch in situation.batch["epochs"]]
        try:
            rates = np.array([rate(situation.case, epoch) for epoch in epochs], dtype=float)
        except ZeroDivisionError:
            return {}  # this mistake raises here
        return {"rates": rates, "logarithms": np.log(rates + 1e-6)}

    return Hypothesis(name, says, predict, convention=convention)


def timing(prefix: str, right: Rate) -> tuple[Hypothesis, ...]:
    """What can go wrong with the counting of any schedule."""
    return (
        wrong(f"{prefix}_one_early", "the schedule is one epoch early", lambda c, e: right(c, e + 1)),
        wrong(f"{prefix}_one_late", "the schedule is one epoch late: the first rate is used twice",
              lambda c, e: right(c, max(e - 1, 0))),
        wrong(f"{prefix}_never", "the rate never changes", lambda c, e: right(c, 0)),
        wrong(f"{prefix}_twice_an_epoch", "the schedule is stepped twice an epoch", lambda c, e: right(c, 2 * e)),
    )  # fmt: skip


def compounded(case: Case, epoch: int) -> float:
    """The factor of the closed form applied to the rate of the epoch before."""
    return math.prod([case["lr"], *(case["gamma"] ** past for past in range(1, epoch + 1))])


MISTAKES = {
    "Constant": (
        wrong("constant_third", "the rate is a third, ConstantLR's default factor", lambda c, e: c["lr"] / 3),
    ),
    "Exponential": (
        *timing("exponential", exponential),
        wrong("exponential_natural", "the rate is lr exp(-gamma epoch)",
              lambda c, e: c["lr"] * math.exp(-c["gamma"] * e)),
        wrong("exponential_inverse_time", "the rate is lr / (1 + gamma epoch)",
              lambda c, e: c["lr"] / (1 + c["gamma"] * e)),
        wrong("exponential_compounded", "gamma^epoch is applied to the rate of the epoch before", compounded),
        wrong("exponential_linear", "the rate is lr gamma epoch", lambda c, e: c["lr"] * c["gamma"] * e),
        wrong("exponential_inverse", "the rate is divided by gamma^epoch", lambda c, e: c["lr"] / c["gamma"] ** e),
    ),
    "Step": (
        *timing("step", stepwise),
        wrong("step_continuous", "the exponent is continuous: epoch / step_size is not rounded down",
              lambda c, e: c["lr"] * c.get("gamma", 0.1) ** (e / c["step_size"])),
        wrong("step_rounded_up", "epoch / step_size is rounded up",
              lambda c, e: c["lr"] * c.get("gamma", 0.1) ** math.ceil(e / c["step_size"])),
        wrong("step_rounded", "epoch / step_size is rounded to the nearest",
              lambda c, e: c["lr"] * c.get("gamma", 0.1) ** round(e / c["step_size"])),
        wrong("step_once", "the rate is lowered once only",
              lambda c, e: c["lr"] * (c.get("gamma", 0.1) if e >= c["step_size"] else 1)),
        wrong("step_every_epoch", "gamma is applied every epoch", lambda c, e: c["lr"] * c.get("gamma", 0.1) ** e),
        wrong("step_linear", "the rate is multiplied by gamma times the number of steps",
              lambda c, e: c["lr"] * (c.get("gamma", 0.1) * (e // c["step_size"]) or 1)),
        wrong("step_after", "the rate is lowered one epoch after the step",
              lambda c, e: c["lr"] * c.get("gamma", 0.1) ** (max(e - 1, 0) // c["step_size"])),
        *(wrong(f"step_gamma_{gamma}", f"gamma is {gamma} by default, not 0.1",
                lambda c, e, gamma=gamma: c["lr"] * c.get("gamma", gamma) ** (e // c["step_size"]))
          for gamma in (0.5, 0.9)),
    ),
    "Cosine": (
        *timing("cosine", cosine),
        wrong("cosine_eta_min_forgotten", "eta_min is forgotten", lambda c, e: cosine(c, e, low=0.0)),
        wrong("cosine_eta_min_added", "eta_min is added, lr - eta_min not taken",
              lambda c, e: c.get("eta_min", 0.0) + cosine(c, e, low=0.0)),
        wrong("cosine_ends_one_early", "the lowest rate comes at epoch T_max - 1", lambda c, e: cosine(c, e, T=-1)),
        wrong("cosine_ends_one_late", "the lowest rate comes at epoch T_max + 1", lambda c, e: cosine(c, e, T=1)),
        wrong("cosine_stays_low", "the rate stays at eta_min after T_max", lambda c, e: cosine(c, min(e, c["T_max"])),
              convention="Keras and TensorFlow (CosineDecay)"),
        wrong("cosine_restarts", "the cosine starts again after T_max", lambda c, e: cosine(c, e % c["T_max"]),
              convention="warm restarts (SGDR, CosineAnnealingWarmRestarts)"),
        wrong("cosine_not_halved", "the factor 1/2 is missing",
              lambda c, e: 2 * cosine(c, e) - c.get("eta_min", 0.0)),
        wrong("cosine_whole", "it is a whole cosine: π is 2 π", lambda c, e: cosine(c, 2 * e)),
        wrong("cosine_quarter", "it is a quarter of a cosine: π is π / 2", lambda c, e: cosine(c, e / 2)),
        wrong("cosine_upwards", "it is 1 - cos: the rate rises", lambda c, e: cosine(c, c["T_max"] - e)),
    ),
    "OneCycle": (
        *timing("one_cycle", one_cycle),
        wrong("one_cycle_linear", "the rate goes in straight lines, not in cosines",
              lambda c, e: one_cycle(c, e, between=line), convention="the paper (Smith and Topin 2017)"),
        wrong("one_cycle_ends_one_late", "the last rate comes one step too late",
              lambda c, e: one_cycle(c, e, last_shift=0)),
        wrong("one_cycle_peak_one_late", "the peak comes one step too late",
              lambda c, e: one_cycle(c, e, peak_shift=0)),
        wrong("one_cycle_all_one_late", "peak and end come one step too late",
              lambda c, e: one_cycle(c, e, peak_shift=0, last_shift=0)),
    ),
}  # fmt: skip
