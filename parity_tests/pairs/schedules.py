"""Schedules beside torch.optim.lr_scheduler's, each stepped once an epoch."""

from __future__ import annotations

from types import ModuleType

from parity_tests.pair import Case, Pair, Refusal

TORCH = {
    "Constant": "ConstantLR",
    "Exponential": "ExponentialLR",
    "Step": "StepLR",
    "Cosine": "CosineAnnealingLR",
    "OneCycle": "OneCycleLR",
}


def _pair(name: str, cases: tuple[Case, ...], refusals: tuple[Refusal, ...] = ()) -> Pair:
    def theirs(torch: ModuleType, case: Case):
        settings = {key: value for key, value in case.arguments.items() if key != "lr"}
        make = getattr(torch.optim.lr_scheduler, TORCH[name])
        return lambda optimizer: make(optimizer, **settings, **_in_torch_only(name, case))

    shared = (
        Refusal("negative_lr", lambda snn: _make(snn, name, -0.1), (name, "lr of at least 0", "-0.1")),
        Refusal("negative_epoch", lambda snn: _make(snn, name, 0.1)(-1), (name, "epoch", "-1", "from 0")),
    )
    return Pair(
        name, "schedule", lambda snn, case: getattr(snn, name)(**case.arguments), theirs, cases, shared + refusals
    )


def _in_torch_only(name: str, case: Case) -> dict:
    """ConstantLR multiplies by 1/3 unless told otherwise; OneCycleLR takes its rate itself, and moves the momentum."""
    if name == "OneCycle":
        return {"max_lr": case["lr"], "cycle_momentum": False}
    return {"factor": 1.0} if name == "Constant" else {}


def _make(snn: ModuleType, name: str, lr: float):
    second = {"Exponential": (0.9,), "Step": (3,), "Cosine": (10,), "OneCycle": (10,)}.get(name, ())
    return getattr(snn, name)(lr, *second)


def _case(name: str, **arguments) -> Case:
    return Case(name, arguments=arguments)


PAIRS = (
    _pair("Constant", (_case("lr_0.1", lr=0.1), _case("lr_3", lr=3.0))),
    _pair(
        "Exponential",
        (
            _case("gamma_0.9", lr=0.1, gamma=0.9),
            _case("gamma_0.99", lr=0.01, gamma=0.99),
            _case("gamma_0.5", lr=0.1, gamma=0.5),  # falls to 1e-16: no least rate holds it
            _case("gamma_1", lr=0.3, gamma=1.0),
            _case("growing", lr=1e-3, gamma=1.1),
        ),
    ),
    _pair(
        "Step",
        (
            _case("every_30", lr=0.01, step_size=30, gamma=0.1),
            _case("every_7", lr=0.1, step_size=7, gamma=0.5),
            _case("every_epoch", lr=0.1, step_size=1, gamma=0.8),
            _case("default_gamma", lr=0.1, step_size=20),
            _case("beyond_the_end", lr=0.2, step_size=60, gamma=0.1),
        ),
        (Refusal("step_size_0", lambda snn: snn.Step(0.1, 0), ("Step", "step_size", "at least 1", "0")),),
    ),
    _pair(
        "Cosine",
        (
            _case("to_zero", lr=0.1, T_max=50),
            _case("eta_min", lr=0.1, T_max=60, eta_min=0.01),
            _case("there_and_back", lr=0.05, T_max=20, eta_min=1e-3),
            _case("one_period", lr=0.2, T_max=7, eta_min=0.02),
        ),
        (Refusal("T_max_0", lambda snn: snn.Cosine(0.1, 0), ("Cosine", "T_max", "at least 1", "0")),),
    ),
    _pair(
        "OneCycle",
        (
            _case("as_it_comes", lr=0.1, total_steps=50),
            _case("quarter_up", lr=0.1, total_steps=61, pct_start=0.25),
            _case("all_the_way_up", lr=0.3, total_steps=51, pct_start=1.0),
            _case("only_down", lr=0.3, total_steps=50, pct_start=0.0),
            _case("other_factors", lr=0.05, total_steps=53, pct_start=0.5, div_factor=10.0, final_div_factor=100.0),
        ),
        (
            Refusal("no_steps", lambda snn: snn.OneCycle(0.1, 0), ("OneCycle", "total_steps", "at least 1", "0")),
            Refusal("pct_start_2", lambda snn: snn.OneCycle(0.1, 9, 2), ("OneCycle", "pct_start", "between 0", "2")),
            Refusal("beyond_the_end", lambda snn: snn.OneCycle(0.1, 9)(9), ("OneCycle", "at most 8", "9")),
        ),
    ),
)
