"""Optimisers beside torch.optim's."""

from __future__ import annotations

import numpy as np

from parity_tests import inputs
from parity_tests.pair import Case, Pair, Refusal


def _settings(case: Case) -> dict:
    return {key: value for key, value in case.arguments.items() if key != "lr"}


def _case(name: str, lr: float = 0.1, draw=inputs.normal, **settings) -> Case:
    return Case(name, arguments={"lr": lr, **settings}, inputs=draw)


def tiny(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Gradients near Adam's ε, where its place inside or outside the bias correction shows."""
    return 1e-7 * rng.normal(size=shape)


def _refusals(name: str) -> tuple[Refusal, ...]:
    theta, g, row = {"W": np.ones((2, 3))}, {"W": np.ones((2, 3))}, {"W": np.ones(3)}
    return (
        Refusal("negative_lr", lambda snn: getattr(snn, name)(-0.1), ("Constant", "lr", "-0.1")),
        Refusal("negative_weight_decay", lambda snn: getattr(snn, name)(0.1, weight_decay=-1.0),
                (name, "weight_decay", "-1.0")),
        Refusal("gradient_missing", lambda snn: getattr(snn, name)(0.1).step(dict(theta), {}),
                (name, "gradient", "W", "backward")),
        Refusal("gradient_too_many", lambda snn: getattr(snn, name)(0.1).step(dict(theta), {**g, "b": np.ones(1)}),
                (name, "gradient", "b")),
        Refusal("gradient_that_would_broadcast", lambda snn: getattr(snn, name)(0.1).step(dict(theta), row),
                (name, "'W'", "(2, 3)", "(3,)")),
    )  # fmt: skip


def _pair(name: str, cases: tuple[Case, ...], refusals: tuple[Refusal, ...] = ()) -> Pair:
    def ours(snn, case: Case):
        return getattr(snn, name)(case["lr"], **_settings(case))

    def theirs(torch, case: Case):
        return lambda tensors: getattr(torch.optim, name)(tensors, lr=case["lr"], **_settings(case))

    return Pair(name, "optimizer", ours, theirs, cases, _refusals(name) + refusals)


ADAM_CASES = (
    _case("plain", 0.01),
    _case("weight_decay", 0.01, weight_decay=0.1),
    _case("no_weight_decay", 0.01, weight_decay=0.0),
    _case("betas", 0.01, betas=(0.5, 0.9)),
    _case("no_memory", 0.01, betas=(0.0, 0.0)),
    _case("large_eps", 0.01, eps=0.1),
    _case("tiny_gradients", 0.01, tiny),
    _case("tiny_gradients_large_eps", 0.01, tiny, eps=1e-4),
    _case("sparse_gradients", 0.01, inputs.kinks),
    _case("large_rate", 0.5, weight_decay=0.01),
)


def _beta_refusal(name: str) -> tuple[Refusal, ...]:
    return (
        Refusal("first_beta_1", lambda snn: getattr(snn, name)(0.1, betas=(1.0, 0.9)), (name, "betas[0]", "1.0")),
        Refusal("beta_1", lambda snn: getattr(snn, name)(0.1, betas=(0.9, 1.0)), (name, "betas[1]", "1.0")),
        Refusal("negative_eps", lambda snn: getattr(snn, name)(0.1, eps=-1e-8), (name, "eps", "-1e-08")),
    )


PAIRS = (
    _pair(
        "SGD",
        (
            _case("plain"),
            _case("momentum", momentum=0.9),
            _case("small_momentum", 0.3, momentum=0.2),
            _case("nesterov", momentum=0.9, nesterov=True),
            _case("dampening", momentum=0.9, dampening=0.3),
            _case("dampening_alone", dampening=0.3),  # without momentum there is nothing to dampen
            _case("dampening_1", momentum=0.5, dampening=1.0),
            _case("weight_decay", weight_decay=0.1),
            _case("weight_decay_momentum", momentum=0.9, weight_decay=0.05),
            _case("weight_decay_nesterov", momentum=0.8, nesterov=True, weight_decay=0.05),
            _case("weight_decay_dampening", momentum=0.8, dampening=0.5, weight_decay=0.05),
            _case("sparse_gradients", 0.05, inputs.kinks, momentum=0.9),
            _case("notes", 0.01, momentum=0.9, weight_decay=5e-4),
        ),
        (
            Refusal(
                "nesterov_without_momentum",
                lambda snn: snn.SGD(0.1, nesterov=True),
                ("SGD", "momentum > 0", "nesterov", "momentum 0"),
            ),
            Refusal(
                "nesterov_with_dampening",
                lambda snn: snn.SGD(0.1, momentum=0.9, dampening=0.1, nesterov=True),
                ("SGD", "dampening 0", "nesterov", "0.1"),
            ),
            Refusal("negative_momentum", lambda snn: snn.SGD(0.1, momentum=-0.9), ("SGD", "momentum", "-0.9")),
        ),
    ),
    _pair("Adam", ADAM_CASES, _beta_refusal("Adam")),
    _pair("AdamW", ADAM_CASES, _beta_refusal("AdamW")),
)
