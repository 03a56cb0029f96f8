"""From results to findings: one for each broken pair, its first wrong quantity first, what follows from it under it.

A pair that differs from PyTorch only in what may be no mistake has a note, and no failure (`--strict` makes failures of
them): where inputs are NaN or infinite, for `dout * (x > 0)` is right for every number; in a softmax over another axis
of images; in (p - y) / N for targets that do not sum to 1; in log p for outputs that do not, if p above 1 is clipped to
1; in max(x, slope x) for a slope above 1; in a few more roundings than PyTorch's. Where something else is wrong as
well, that is told first, and it alone is explained.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from parity_tests import inputs
from parity_tests.checks.check import verdict
from parity_tests.compare import MOST_32, Comparison, InvalidCheck
from parity_tests.findings import Explanation, Failure, Finding, Rule, quantity_of
from parity_tests.pair import Case, Pair
from parity_tests.pairs import BY_NAME
from parity_tests.run import Result
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench

IN_ORDER = ("training.", "second_batch.", "later_batches", "third_batch.", "state.", "evaluation.")
WITHIN = ("output", "value", "input_gradient", "gradient")
LESS_EXACT = 100  # times PyTorch's float32 error: two digits, as other orders of a sum lose; a cancellation loses more
ROUNDING = f"is less exact than PyTorch in float32, by no more than {LESS_EXACT} times"
ONLY = "differs from PyTorch only "
SPECIAL_INPUTS = (inputs.with_nan, inputs.with_infinity)
Agreeing = dict[str, tuple[str, ...]]
Explainer = Callable[[Pair, dict[str, Trace], Agreeing], tuple[Explanation, ...]]


def special(pair: Pair, case: Case) -> str:
    """What is out of the ordinary in a case, so that right code may differ there; '' where nothing is."""
    if case.inputs in SPECIAL_INPUTS:
        return "where inputs are NaN or infinite"
    if case.get("p", 0) == 1:
        return "where everything is dropped"
    if case.name == "targets_not_normalised":
        return "where targets do not sum to 1"
    if case.name == "not_normalised":
        return "where outputs do not sum to 1"
    if pair.name == "LeakyReLU" and case.get("slope", 0) > 1:
        return "where the slope is above 1"
    return "on arrays of more than two axes" if pair.name == "SoftMax" and len(case.shape) > 2 else ""


def excuse(result: Result) -> str:
    """Why a failure may be no mistake: what the note says; '' where it is one."""
    pair = result.check.pair
    if result.check.patterns and result.kind == "numbers" and is_rounding(result.found):
        return ROUNDING
    case = pair.case(result.check.case)
    what = special(pair, case) if case is not None else ""
    return f"{ONLY}{what}" if what else ""


def is_rounding(found: Comparison) -> bool:
    """Whether it differs by no more than other roundings may, in float32: in float64 there is no multiple."""
    return MOST_32 < found.multiple <= LESS_EXACT


def noted(results: Iterable[Result]) -> list[Result]:
    """The results, where each pair of which every failure may be no mistake has notes instead of failures."""
    results = list(results)
    failing = {r.check.pair for r in results if r.failed and not excuse(r)}
    return [replace(r, noted=excuse(r)) if r.failed and r.check.pair not in failing else r for r in results]


def findings(
    results: Sequence[Result],
    traces: dict[str, dict[str, Trace]],
    explain: Explainer,
    dtypes: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """One for each pair with a failure; `traces` by pair and case are what the explanations look at, and beside them
    what agrees in cases without a failure. dtypes: of the traces by pair, where not float64.

    What NaN and infinity do is looked at only where nothing else is wrong: code that treats them otherwise than
    PyTorch, as most does, still makes one mistake and not two.
    """
    by_pair: dict[Pair, list[Result]] = {}
    for result in results:
        by_pair.setdefault(result.check.pair, []).append(result)
    found = [
        _finding(pair, of_pair, traces.get(pair.name, {}), explain, dtypes.get(pair.name, "float64"))
        for pair, of_pair in by_pair.items()
    ]
    return folded([finding for finding in found if finding is not None])


def _finding(
    pair: Pair, results: list[Result], traces: dict[str, Trace], explain: Explainer, dtype: str
) -> Finding | None:
    wrong = [result for result in results if result.failed or result.noted]
    if not wrong:
        return None
    mistakes = [result for result in wrong if not excuse(result)] or wrong
    cases = _explainable(mistakes)
    looked_at = {case: trace for case, trace in traces.items() if case in cases}
    wrong.sort(key=_order)
    explanations = explain(pair, looked_at, _agreeing(pair, results, dtype)) if looked_at else ()
    return Finding(
        pair.name,
        pair.family,
        checks=sum(result.offered for result in results),
        failures=tuple(_failure(result) for result in wrong),
        explanations=explanations,
        note=_in_one({r.noted for r in wrong}) if all(r.noted for r in wrong) else "",
        rule=None if not looked_at or _explained(wrong[0], explanations, looked_at) else _rule(wrong, dtype),
    )


def _in_one(notes: Iterable[str]) -> str:
    """Where there are several: "differs from PyTorch only where inputs are NaN and where the slope is above 1"."""
    first, *others = sorted(notes)
    return " and ".join((first, *(note.removeprefix(ONLY) if first.startswith(ONLY) else note for note in others)))


def _explained(first: Result, explanations: Iterable[Explanation], traces: dict[str, Trace]) -> bool:
    """Whether one of the explanations is of what the first failing check looks at, and not of something beside it."""
    from parity_tests.explain.hypothesis import whole_of

    seen = {whole_of(name) for trace in traces.values() for name in trace if first.check.looks_at(name)}
    return any(seen & set(explanation.quantities) for explanation in explanations)


def _rule(wrong: Sequence[Result], dtype: str) -> Rule | None:
    """What is right, of the first of these, if it is one of the numbers that explanations are sought for."""
    from parity_tests.explain.references import reference_in

    check = wrong[0].check
    if wrong[0].kind != "numbers" or check.dtype != dtype or not check.patterns:
        return None
    names = {result.check.case for result in wrong if result.check.name == check.name}
    cases = [case for case in check.pair.cases if case.name in names]
    right = reference_in(check.pair.name, quantity_of(check.name), cases)
    return None if right is None else Rule(right.rule, right.place, right.line)


def _agreeing(pair: Pair, results: Iterable[Result], dtype: str) -> Agreeing:
    """The ordinary cases in which nothing differs, and the patterns of the quantities that were compared in dtype."""
    results = [result for result in results if result.offered]
    differing = {result.check.case for result in results if not result.found.ok}
    ordinary = {case.name for case in pair.cases if not special(pair, case)} - differing
    found: Agreeing = {}
    for check in (result.check for result in results if result.check.dtype == dtype):
        if check.case in ordinary and check.patterns:
            found[check.case] = found.get(check.case, ()) + check.patterns
    return found


def _explainable(mistakes: Iterable[Result]) -> set[str]:
    """The cases whose first failure is one of numbers: what comes after an exception tells nothing of its cause."""
    first: dict[str, Result] = {}
    for result in sorted(mistakes, key=_order):
        first.setdefault(result.check.case, result)
    return {case for case, result in first.items() if result.kind == "numbers"}


def _failure(result: Result) -> Failure:
    check, found = result.check, result.found
    message = found.message.removeprefix(f"{check.id}: ")
    return Failure(check.id, check.case, check.name, check.dtype, message, result.kind)


def _order(result: Result) -> tuple:
    """What may be no mistake last; numbers before manners, float64 before float32, then the order of computation; cases
    stay in their order."""
    name = result.check.name
    stage = next((i for i, start in enumerate(IN_ORDER) if name.startswith(start)), len(IN_ORDER))
    within = next((i for i, part in enumerate(WITHIN) if part in name), len(WITHIN))
    return bool(excuse(result)), not result.check.patterns, result.check.dtype != "float64", stage, within


def wrong_quantities(bench: Workbench, pair: Pair, case: Case, trace: Trace, dtype: str = "float64") -> tuple[str, ...]:
    """The recorded quantities that differ from PyTorch's, in the order of computation."""
    return tuple(name for name, found in verdicts(bench, pair, case, trace, dtype).items() if not found.ok)


def verdicts(bench: Workbench, pair: Pair, case: Case, trace: Trace, dtype: str) -> dict[str, Comparison]:
    """Of the recorded quantities, in the order of computation."""
    found: dict[str, Comparison] = {}
    for name in bench.expected(pair, case, dtype):
        if name in trace and not name.endswith(".sample"):  # chance differs
            with contextlib.suppress(InvalidCheck):
                found[name] = verdict(bench, pair, case, dtype, name, trace[name])
    return found


def folded(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings that follow from another one stand under it."""
    by_name = {finding.pair: finding for finding in found}
    causes = {finding.pair: _cause(finding, by_name) for finding in found}
    under: dict[str, list[Finding]] = {}
    for finding in found:
        if causes[finding.pair]:
            under.setdefault(causes[finding.pair], []).append(finding)
    return tuple(replace(f, folded=tuple(under.get(f.pair, ()))) for f in found if not causes[f.pair])


def _cause(finding: Finding, by_name: dict[str, Finding]) -> str:
    """The activation that is fused in every failing case, if that one is broken by itself; else ''."""
    cases = BY_NAME[finding.pair].cases
    fused = {case.name: case.get("activation", "Linear") for case in cases if "activation" in case.arguments}
    names = {fused.get(case, "") for case in finding.cases}
    cause = names.pop() if len(names) == 1 else ""
    broken = by_name.get(cause)
    return cause if broken is not None and bool(broken.note) <= bool(finding.note) else ""
