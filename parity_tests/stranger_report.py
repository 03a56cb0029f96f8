"""Checking a stranger's module: everything that it offers, in a sandbox, then findings with their explanations."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from parity_tests import judge, network_results
from parity_tests.checks.check import DTYPES
from parity_tests.checks.strangers import stranger_checks
from parity_tests.findings import Explanation, Report
from parity_tests.judge import Agreeing
from parity_tests.networks import NetworkReport
from parity_tests.pair import Pair
from parity_tests.retold import retold
from parity_tests.run import Result, Summary, summarise
from parity_tests.sandbox import Limits, judge_all
from parity_tests.sandbox_child import Setup
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench


@dataclass(frozen=True)
class Checked:
    """The report, and what it was made of: whom it asked, every result, and the float64 traces by pair and case."""

    setup: Setup
    report: Report
    results: tuple[Result, ...]
    traces: dict[str, dict[str, Trace]]


def checked(
    setup: Setup,
    pairs: Sequence[Pair],
    limits: Limits,
    reference: Workbench,
    *,
    case: str | None = None,
    dtypes: tuple[str, ...] = DTYPES,
    strict: bool = False,
    networks: Sequence[NetworkReport] = (),
    on_result: Callable[[int], object] = lambda n: None,
) -> Checked:
    """Everything that is asked of a module. Raises CannotLoad.

    reference: gives batches and PyTorch's traces. networks: the module's, checked already.
    """
    started = time.perf_counter()
    judged = judge_all(setup, pairs, limits, case=case, dtypes=dtypes, on_result=on_result)
    results = [result for of_pair in judged for result in of_pair.results]
    results = results if strict else judge.noted(results)
    traces = {of_pair.pair.name: of_pair.traces for of_pair in judged if of_pair.traces}
    standing = {of_pair.pair: of_pair.standing for of_pair in judged}

    def explain(pair: Pair, of_pair: dict[str, Trace], agreeing: Agreeing) -> tuple[Explanation, ...]:
        found = explained_apart(pair, of_pair, agreeing, reference, standing[pair])
        return retold(found, (r for r in results if r.check.pair is pair))

    found = judge.findings(results, traces, explain)
    summaries, unchecked = summarise(results), {of_pair.pair: of_pair.unchecked for of_pair in judged}
    for summary in summaries:
        summary.unchecked = unchecked[summary.pair]
    of_layers, of_networks = _offered_or_not(summaries), network_results.summaries(networks)
    findings, seconds = network_results.with_networks(found, networks), time.perf_counter() - started
    unknown = next((of_pair.unknown for of_pair in judged), ())
    told = Report(setup.place, (*of_layers, *of_networks), findings, environment(), seconds, unknown=unknown)
    return Checked(setup, told, tuple(results), traces)


def not_loaded(
    place: str, pairs: Sequence[Pair], why: str, *, case: str | None, dtypes: tuple[str, ...], seconds: float
) -> Report:
    """Of a module that is there and cannot be loaded: nothing could be asked of any pair."""
    summaries = [
        Summary(pair, not_offered={why: [check.id for check in stranger_checks(pair, case, dtypes)]}, refused=True)
        for pair in pairs
    ]
    return Report(place, tuple(summaries), (), environment(), seconds, cannot_load=why)


def explained(
    pair: Pair, traces: dict[str, Trace], agreeing: Agreeing, reference: Workbench, dtype: str = "float64"
) -> tuple[Explanation, ...]:
    """What would give exactly these wrong numbers, and the right ones of the cases that agree. dtype: of the traces."""
    from parity_tests.explain import Wrong, explain

    wrong = []
    for case in (case for case in pair.cases if case.name in traces):
        found = judge.verdicts(reference, pair, case, traces[case.name], dtype)
        unclear = {name for name, each in found.items() if judge.is_rounding(each)}  # no mistake can be told from these
        clear = {name: array for name, array in traces[case.name].items() if name not in unclear}
        if quantities := tuple(name for name, each in found.items() if not each.ok and name in clear):
            wrong.append(Wrong(case, clear, quantities))
    return explain(pair, wrong, reference, agreeing, dtype) if wrong else ()


def explained_apart(
    pair: Pair, traces: dict[str, Trace], agreeing: Agreeing, reference: Workbench, standing: Mapping[str, str]
) -> tuple[Explanation, ...]:
    """As explained, where several things may stand for the pair, each in cases of its own.

    A right AvgPool2d says nothing of a wrong MaxPool2d. Two that are wrong may have one mistake in common; where none
    gives the numbers of both, each is explained by itself, and named.
    """
    wrong = list(dict.fromkeys(standing.get(case, "") for case in traces))

    def of(names: Sequence[str]) -> tuple[Explanation, ...]:
        own, right = ({c: x for c, x in found.items() if standing.get(c, "") in names} for found in (traces, agreeing))
        return explained(pair, own, right, reference)

    found = of(wrong)
    if len(wrong) > 1:
        each = [replace(e, says=f"{e.says}, in {name}") for name in wrong for e in of([name])]
        found = found if _covered(found) >= _covered(each) else tuple(each)
    return found


def _covered(found: Sequence[Explanation]) -> set[str]:
    return {quantity for explanation in found for quantity in explanation.quantities}


def _offered_or_not(summaries: list[Summary]) -> list[Summary]:
    """What is offered first, each part in its order."""
    return [s for s in summaries if s.checks] + [s for s in summaries if not s.checks]


def environment() -> dict[str, str]:
    """Versions and machine, for whoever reads the report elsewhere."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "machine": platform.platform()}
    for package in ("numpy", "torch", "scratch-nn"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
