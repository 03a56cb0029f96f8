"""Initialisers beside torch.nn.init's, and beside what nn.Linear and nn.Conv2d draw by themselves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.pair import Case, Pair, Refusal

SHAPES = {
    "dense": (300, 120),
    "dense_widening": (40, 500),
    "kernel_3x3": (3, 3, 30, 70),
    "kernel_5x2": (5, 2, 60, 20),
    "kernel_1x1": (1, 1, 90, 200),
}


def _pair(
    name: str, kind: str, fill: Callable, *, parts: tuple[str, ...] = ("weight",), value: float | None = None
) -> Pair:
    arguments = {"kind": kind, "parts": parts, "random": kind != "ones"}
    vanishing = ("weight.*",) if name == "zeros" else ()
    cases = tuple(Case(label, shape, arguments, vanishing=vanishing) for label, shape in SHAPES.items())
    refusals = () if kind == "ones" else (
        Refusal("bias_shape", lambda snn: getattr(snn, name)((7,), np.random.default_rng(0)),
                ("fans", "(n_in, n_out)", "(7,)")),
        Refusal("three_axes", lambda snn: getattr(snn, name)((3, 4, 5), np.random.default_rng(0)),
                ("fans", "(kh, kw, n_in, n_out)", "(3, 4, 5)")),
    )  # fmt: skip
    return Pair(
        name,
        "initializer",
        ours=lambda snn, case: getattr(snn, name) if value is None else getattr(snn, name)(value),
        theirs=lambda torch, case: lambda layer: fill(torch.nn.init, layer),
        cases=cases,
        refusals=refusals,
    )


PAIRS = (
    _pair("zeros", "ones", lambda init, layer: init.zeros_(layer.weight)),
    _pair("constant", "ones", lambda init, layer: init.constant_(layer.weight, 0.7), value=0.7),
    _pair("xavier_uniform", "uniform", lambda init, layer: init.xavier_uniform_(layer.weight)),
    _pair("xavier_normal", "normal", lambda init, layer: init.xavier_normal_(layer.weight)),
    _pair("he_uniform", "uniform", lambda init, layer: init.kaiming_uniform_(layer.weight, nonlinearity="relu")),
    _pair("he_normal", "normal", lambda init, layer: init.kaiming_normal_(layer.weight, nonlinearity="relu")),
    _pair("torch_default", "uniform", lambda init, layer: layer.reset_parameters(), parts=("weight", "bias")),
)
