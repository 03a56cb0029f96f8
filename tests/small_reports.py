"""Small reports for the tests of their forms: real runs of a few pairs, with planted faults and missing layers."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np

import scratch_nn
from parity_tests.checks import checks
from parity_tests.findings import Explanation, Failure, Finding, Report
from parity_tests.pair import NotOffered, NotThere, Pair
from parity_tests.pairs import PAIRS
from parity_tests.run import Result, Summary, run_all, summarise
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

PAIR = {pair.name: pair for pair in PAIRS}
ENVIRONMENT = {"python": "3.11.9", "numpy": "2.4.0", "torch": "2.13.0", "machine": "x86_64, 2 cores"}

AT_ZERO = Explanation(
    name="relu_gradient_at_zero_is_one",
    says="the gradient at exactly 0 is 1",
    quantities=("input_gradient",),
    matched=12,
    of=12,
    error=3e-17,
    rule="The gradient at exactly 0 is 0.",
    place="scratch_nn/activations.py:57",
    line="self._on = ~(X <= 0)",
)


class ReLUOfOneAtZero(scratch_nn.ReLU):
    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        Y = super().forward(X, training=training)
        self._on = ~(X < 0)
        return Y


class ReLUThatRaises(scratch_nn.ReLU):
    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        raise IndexError("\x1b[31mno such row\x00\ud800 <&> ]]> \uffff\n" + 60 * "and so on, ")


def library(**instead: type) -> ModuleType:
    """scratch_nn with some of its names standing for something else; the real one is untouched."""
    module = ModuleType("planted")
    module.__dict__.update({**vars(scratch_nn), **instead})
    return module


class Lacking(ScratchSide):
    """A side that does not offer these pairs, and of a Flatten no float32."""

    def __init__(self, module: ModuleType, *pairs: str) -> None:
        super().__init__(module)
        self._pairs = pairs

    def __call__(self, pair: Pair, case, dtype: str):
        if pair.name in self._pairs:
            raise NotThere(f"the module has no {pair.name}")
        if pair.name == "Flatten" and dtype == "float32":
            raise NotOffered("it works in float64 only")
        return super().__call__(pair, case, dtype)


def results(side, *names: str, without_refusals: bool = False) -> list[Result]:
    bench = Workbench(side, torch_side)
    found = [check for name in names for check in checks(PAIR[name])]
    return list(run_all((c for c in found if not (without_refusals and c.name == "refused")), bench))


def finding(name: str, found: list[Result], **more) -> Finding:
    """What the failed checks of one pair come to."""
    mine = [result for result in found if result.check.pair.name == name and result.offered]
    failures = tuple(
        Failure(r.check.id, r.check.case, r.check.name, r.check.dtype, r.found.message, r.kind)
        for r in mine
        if not r.found.ok
    )
    return Finding(name, PAIR[name].family, len(mine), failures, **more)


def report(summaries: list[Summary], *findings: Finding, environment: Mapping[str, str] = ENVIRONMENT) -> Report:
    return Report("course/layers.py", tuple(summaries), findings, environment, 12.3456)


def with_everything() -> Report:
    """ReLU is wrong at 0, explained, with a network folded under it; Flatten is offered in part, Dropout not at all;
    L2 agrees."""
    side = Lacking(library(ReLU=ReLUOfOneAtZero), "Dropout")
    found = results(side, "ReLU", "L2", "Flatten", "Dropout", without_refusals=True)
    found += [Result(r.check, r.found, r.offered, r.kind) for r in results(ScratchSide(library()), "Constant")]
    network = Failure(
        "Constant-epochs-rates[float64]", "rate", "rates", "float64", "Constant-rate: off by 1", "numbers"
    )
    summaries = summarise(found)
    folded = Finding("Constant", "schedule", 3, (network,))
    summaries[-1].failures.append(network.message)
    return report(summaries, finding("ReLU", found, explanations=(AT_ZERO,), folded=(folded,)))


def with_exceptions() -> Report:
    """ReLU's backward raises, with a message that holds what XML forbids."""
    found = results(ScratchSide(library(ReLU=ReLUThatRaises)), "ReLU")
    return report(summarise(found), finding("ReLU", found))


def of_ours() -> Report:
    """Everything that was asked agrees."""
    return report(summarise(results(ScratchSide(scratch_nn), "L2", "Flatten")))


def of_nothing() -> Report:
    """Nothing that was asked is offered."""
    return report(summarise(results(Lacking(library(), "Dropout"), "Dropout", without_refusals=True)))
