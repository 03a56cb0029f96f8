"""compare: the report on the traces that another language wrote.

The reference is in the export, so neither PyTorch nor scratch_nn is loaded.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
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
from parity_tests.hints import hinted
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
    dtypes = _dtypes(results)
    wrong = _wrong_traces(results, bench, dtypes) if explain else {}

    def sought(pair: Pair, of_pair: dict[str, Trace], agreeing: judge.Agreeing) -> tuple[Explanation, ...]:
        return explained(pair, of_pair, agreeing, bench, dtypes[pair.name])

    found = hinted(judge.findings(results, wrong, sought, dtypes), wrong, bench, dtypes)
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


def _dtypes(results: Iterable[Result]) -> dict[str, str]:
    """The type of the traces that are looked at, by pair: float64, which tells more, where there is any."""
    given = {(result.check.pair.name, result.check.dtype) for result in results if result.offered}
    return {name: "float64" if (name, "float64") in given else "float32" for name, _ in given}


def _wrong_traces(
    results: Iterable[Result], bench: SavedBench, dtypes: Mapping[str, str]
) -> dict[str, dict[str, Trace]]:
    """The traces, by pair and case, in which something is wrong: what explanations look at."""
    traces: dict[str, dict[str, Trace]] = {}
    for check in (result.check for result in results if result.failed or result.noted):
        if check.dtype == dtypes[check.pair.name]:
            case = check.pair.case(check.case)
            traces.setdefault(check.pair.name, {})[case.name] = bench.actual(check.pair, case, check.dtype)
    return traces


def environment(exported: Manifest) -> Mapping[str, str]:
    return {
        "reference": str(exported.content.get("reference", "unknown")),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
