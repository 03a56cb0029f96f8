"""Gathering the evidence of a run; asked.py asks a stranger's own process for the rest.

gathered    from results and float64 traces, of anybody's module
rounding_of a pair's float32 rounding, ours or anybody's
of_ours     what only our own library is asked for beside: float32 traces, both networks layer by layer, lockstep
            training
planted     the bank of faults, run
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from parity_tests import inputs
from parity_tests.checks.check import DTYPES
from parity_tests.findings import Finding
from parity_tests.pair import Pair
from parity_tests.report.html.evidence import Bank, Evidence, Recorded, Rounding, Training, rounding, training
from parity_tests.report.html.figures import cases, figures
from parity_tests.run import Result
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench

EXACT = ("schedule", "initializer")  # families that have no float32 of their own
REAL = (inputs.digits, inputs.grainy_digits)
Traces = Mapping[str, Mapping[str, Trace]]  # float64, by pair and case


def gathered(
    results: Sequence[Result], traces: Traces, findings: Sequence[Finding], reference: Workbench, **more
) -> Evidence:
    """`traces`: what the candidate recorded, of the cases that it is known of. `more`: other fields of Evidence."""
    pairs = {result.check.pair.name: result.check.pair for result in results if result.offered}
    every = [each for finding in findings for each in (finding, *finding.folded)]
    wrong = {f.pair: recorded(reference, pairs[f.pair], f.failures[0].case, traces) for f in every if f.pair in pairs}
    shown = {name: _picture(reference, pair, traces) for name, pair in pairs.items()}
    return Evidence(
        pairs=tuple(pairs.values()),
        figures=figures(results),
        cases=cases(results),
        pictures={name: found for name, found in shown.items() if found is not None},
        wrong={name: found for name, found in wrong.items() if found is not None},
        **more,
    )


def recorded(reference: Workbench, pair: Pair, case: str, traces: Traces) -> Recorded | None:
    """What is known of a case; None where there is no trace of it (or it is a refusal, which has none)."""
    trace = traces.get(pair.name, {}).get(case)
    declared = pair.case(case)
    if trace is None or declared is None or declared.get("steps", 0):
        return None
    batch, expected = reference.batch(pair, declared, "float64"), reference.expected(pair, declared, "float64")
    return Recorded(pair, declared, batch, expected, trace)


def _picture(reference: Workbench, pair: Pair, traces: Traces) -> Recorded | None:
    """Of the first case with real images; a case of images is better than one of rows."""
    real = sorted((case for case in pair.cases if case.inputs in REAL), key=lambda case: -len(case.shape))
    found = (recorded(reference, pair, case.name, traces) for case in real if pair.family == "layer")
    return next((each for each in found if each is not None), None)


def traces_of(bench: Workbench, pairs: Sequence[Pair]) -> Traces:
    """Of our own code, which runs in this process: every case that has been recorded. Steps of training stay out."""
    return {
        pair.name: {case.name: bench.actual(pair, case, "float64") for case in pair.cases if not case.get("steps", 0)}
        for pair in pairs
    }


def of_ours(evidence: Evidence, bench: Workbench, library) -> Evidence:
    """With what a library that runs in this process can be asked for."""
    networks = [pair for pair in evidence.pairs if pair.family == "network"]
    rounded = {pair.name: rounding_of(bench, pair) for pair in evidence.pairs if pair.family not in EXACT}
    return replace(
        evidence,
        rounding={name: found for name, found in rounded.items() if sum(found.theirs)},
        networks=tuple(_layer_by_layer(bench, pair, library) for pair in networks),
        training=tuple(found for pair in networks for found in _lockstep(bench, pair)),
    )


def rounding_of(bench: Workbench, pair: Pair) -> Rounding:
    """Of every case that gives numbers in float32."""
    found = Rounding()
    for case in (case for case in pair.cases if not case.get("steps", 0)):
        actual = {name: array for name, array in bench.actual(pair, case, "float32").items() if _is_number(array)}
        found += rounding(actual, bench.expected(pair, case, "float32"), bench.truth(pair, case))
    return found


def _is_number(array: object) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind == "f"


def _layer_by_layer(bench: Workbench, pair: Pair, library):
    """The network on its digits, each layer by itself and in the network's own run."""
    from parity_tests.networks import check_network

    case = next((case for case in pair.cases if case.inputs in REAL), pair.cases[0])
    batch = bench.batch(pair, case, "float64")
    network = pair.ours(library, case)
    network.build(case.shape[1:])
    return check_network(network, batch["X"], batch["target"], name=pair.name)


def _lockstep(bench: Workbench, pair: Pair) -> list[Training]:
    found = []
    for case in (case for case in pair.cases if case.get("steps", 0)):
        for dtype in DTYPES:
            ours, theirs = bench.actual(pair, case, dtype), bench.expected(pair, case, dtype)
            truth = bench.truth(pair, case) if dtype == "float32" else None
            found.append(training(pair.name, dtype, ours, theirs, truth))
    return found


def planted(names: Sequence[str]) -> Bank:
    """Plant the faults of these pairs, one after the other, and count those that a check notices."""
    from parity_tests.mutants import MUTANTS
    from parity_tests.mutate import kill_all

    fates = kill_all([mutant for mutant in MUTANTS if mutant.pair in names])
    faults = [fate for fate in fates if not fate.mutant.equivalent]
    survived = tuple(fate.mutant.name for fate in faults if fate.killed_by is None)
    seconds = float(np.sum([fate.seconds for fate in fates]))
    return Bank(len(faults), len(faults) - len(survived), survived, len(fates) - len(faults), seconds)
