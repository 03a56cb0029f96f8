"""compare: the report on the traces that another language wrote.

The reference is in the export, so neither PyTorch nor scratch_nn is loaded.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests import judge
from parity_tests.checks.check import Check, failed
from parity_tests.exchange import manifest
from parity_tests.exchange.manifest import Manifest
from parity_tests.exchange.saved_bench import SavedBench, asked
from parity_tests.exchange.traces import Traces
from parity_tests.findings import MEANT, Explanation, Report
from parity_tests.pair import Case, Pair
from parity_tests.pairs import PAIRS
from parity_tests.run import NOT_THERE, Result, run, summarise
from parity_tests.stranger_report import explained
from parity_tests.trace import Trace

CURE_FLOAT64 = f"{MEANT} write its float32 files in float32, or leave them out, and it is judged in float64."


def compare(
    directory: str | os.PathLike[str],
    traces: str | os.PathLike[str],
    *,
    strict: bool = False,
    explain: bool = True,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Report:
    """Judge the traces by the export in `directory`. strict: what differs for NaN and infinity only is a failure, not
    a note. explain: look for what would give the wrong numbers. progress: is handed the cases, and hands them on.

    Raises ExchangeError where the export cannot be read, or the traces are of no pair or case that it holds.
    """
    started, exported = time.perf_counter(), manifest.load(Path(directory))
    cases, bench = exported.declared(PAIRS), SavedBench(exported, Traces(Path(traces), exported))
    results = [
        judged(check, case, bench)
        for pair, case in progress(cases)
        for check in asked(pair, case)
        if (pair.name, case.name, check.dtype) in exported.parts
    ]
    results = results if strict else judge.noted(results)
    in_float32 = _in_float32(results)
    wrong = _wrong_traces(results, bench, in_float32) if explain else {}

    def sought(pair: Pair, of_pair: dict[str, Trace], agreeing: judge.Agreeing) -> tuple[Explanation, ...]:
        return explained(pair, of_pair, agreeing, bench, "float32" if pair.name in in_float32 else "float64")

    found = judge.findings(results, wrong, sought, in_float32)
    seconds = time.perf_counter() - started
    summaries = tuple(summarise(results))
    return Report(str(traces), summaries, found, environment(exported), seconds, cure_float64=CURE_FLOAT64)


def judged(check: Check, case: Case, bench: SavedBench) -> Result:
    """What one check found. Damage to the export itself is raised: it is not the other side's failure."""
    if not bench.offers(check.pair, case, check.dtype):
        return Result(check, failed(bench.absence(check.pair, check.dtype)), offered=False, kind=NOT_THERE)
    bench.batch(check.pair, case, check.dtype), bench.expected(check.pair, case, check.dtype)
    if check.dtype == "float32":
        bench.truth(check.pair, case), bench.absolute(check.pair, case)
    return run(check, bench)


def _in_float32(results: Iterable[Result]) -> set[str]:
    """The pairs of which there are float32 traces alone: float64 tells more of a mistake."""
    given = {(result.check.pair.name, result.check.dtype) for result in results if result.offered}
    return {name for name, dtype in given if dtype == "float32" and (name, "float64") not in given}


def _wrong_traces(
    results: Iterable[Result], bench: SavedBench, in_float32: Container[str]
) -> dict[str, dict[str, Trace]]:
    """The traces, by pair and case, in which something is wrong: what explanations look at."""
    traces: dict[str, dict[str, Trace]] = {}
    for check in (result.check for result in results if result.failed or result.noted):
        dtype = "float32" if check.pair.name in in_float32 else "float64"
        if check.dtype == dtype:
            case = check.pair.case(check.case)
            traces.setdefault(check.pair.name, {})[case.name] = bench.actual(check.pair, case, dtype)
    return traces


def environment(exported: Manifest) -> Mapping[str, str]:
    return {
        "reference": str(exported.content.get("reference", "unknown")),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
