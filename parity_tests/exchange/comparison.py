"""compare: the report on the traces that another language wrote.

The reference is in the export, so neither PyTorch nor scratch_nn is loaded.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.checks.check import Check, failed
from parity_tests.exchange import manifest
from parity_tests.exchange.manifest import Manifest
from parity_tests.exchange.saved_bench import SavedBench, asked
from parity_tests.exchange.traces import Traces
from parity_tests.findings import Failure, Finding, Report
from parity_tests.pair import Case
from parity_tests.pairs import PAIRS
from parity_tests.report.table import SHOWN, lines
from parity_tests.run import Result, Summary, run, summarise


def compare(
    directory: str | os.PathLike[str],
    traces: str | os.PathLike[str],
    *,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Report:
    """Judge the traces by the export in `directory`. progress: is handed the cases, and hands them on.

    Raises ExchangeError where the export cannot be read, or the traces are of no pair or case that it holds.
    """
    started, exported = time.perf_counter(), manifest.load(Path(directory))
    cases, bench = exported.declared(PAIRS), SavedBench(exported, Traces(Path(traces), exported))
    results = [
        result
        for pair, case in progress(cases)
        for check in asked(pair, case)
        if (pair.name, case.name, check.dtype) in exported.parts
        for result in [judged(check, case, bench)]
    ]
    summaries = tuple(summarise(results))
    seconds = time.perf_counter() - started
    return Report(str(traces), summaries, tuple(findings(results)), environment(exported), seconds)


def judged(check: Check, case: Case, bench: SavedBench) -> Result:
    """What one check found. Damage to the export itself is raised: it is not the other side's failure."""
    if not bench.offers(check.pair, case, check.dtype):
        return Result(check, failed(f"there is no trace in {check.dtype}"), offered=False)
    bench.expected(check.pair, case, check.dtype)
    if check.dtype == "float32":
        bench.truth(check.pair, case), bench.absolute(check.pair, case)
    return run(check, bench)


def findings(results: Iterable[Result]) -> Iterator[Finding]:
    """One for each pair of which something failed."""
    by_pair: dict[Any, list[Result]] = {}
    for result in results:
        if result.offered:
            by_pair.setdefault(result.check.pair, []).append(result)
    for pair, asked_of_it in by_pair.items():
        if wrong := tuple(_failure(result) for result in asked_of_it if not result.found.ok):
            yield Finding(pair.name, pair.family, len(asked_of_it), wrong)


def _failure(result: Result) -> Failure:
    check = result.check
    return Failure(check.id, check.case, check.name, check.dtype, result.found.message, result.kind)


def environment(exported: Manifest) -> Mapping[str, str]:
    return {
        "reference": str(exported.content.get("reference", "unknown")),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def told(report: Report) -> list[str]:
    """The report as lines of text: the table of what is offered, then what is not."""
    offered = [summary for summary in report.summaries if summary.checks]
    return [*(lines(offered) if offered else ["Nothing is offered, so nothing was compared."]), *not_offered(report)]


def not_offered(report: Report) -> list[str]:
    """A line for each reason why something could not be asked, pair by pair; pairs without any trace in one line."""
    found, absent = [], [summary.pair.name for summary in report.summaries if not summary.checks]
    for summary in report.summaries:
        if summary.checks:
            found += _reasons(summary)
    return found + ([f"not offered: {', '.join(absent)}"] if absent else [])


def _reasons(summary: Summary) -> list[str]:
    counts = [f"{summary.pair.name}: {len(ids)} checks not offered: {why}" for why, ids in summary.not_offered.items()]
    rest = len(counts) - SHOWN
    return counts[:SHOWN] + ([f"{summary.pair.name}: ... and {rest} more reasons"] if rest > 0 else [])
