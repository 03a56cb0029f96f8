"""Grades: results.json of Gradescope's autograder, with partial credit by layer.

https://gradescope-autograders.readthedocs.io/en/latest/specs/ (write it to /autograder/results/results.json)

    score = points * passed / (passed + failed + not offered)        rounded down to a hundredth

A layer that fails one check in ten thousand gets less than its points, one of which nothing is offered gets 0. What is
not offered of a case counts like a failure, or leaving out the backward pass would cost nothing; a case of which
nothing is offered, for a setting that the layer has no place for, costs nothing. Checks that a course does not ask for
are named in `may_be_missing`, and cost nothing where they are not offered.
"""

from __future__ import annotations

import difflib
import json
import math
import os
from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from parity_tests.files import write_text
from parity_tests.findings import Report
from parity_tests.report import findings_text
from parity_tests.report.reading import Told, case_of, findings_by_pair
from parity_tests.report.table import number
from parity_tests.run import Summary

REFUSALS = ("*-refused",)  # our own error messages, which nobody else can know


def write(
    report: Report,
    path: str | os.PathLike[str],
    points: Mapping[str, float] | float = 1,
    *,
    may_be_missing: Sequence[str] = REFUSALS,
) -> Path:
    """Write `path`, whole or not at all; returns it."""
    results = as_mapping(report, points, may_be_missing=may_be_missing)
    return write_text(path, json.dumps(results, indent=2, allow_nan=False) + "\n")


def as_mapping(
    report: Report, points: Mapping[str, float] | float = 1, *, may_be_missing: Sequence[str] = REFUSALS
) -> dict[str, Any]:
    """points: of each layer, or {pair: its points}; then only these are graded. may_be_missing: patterns (fnmatch) of
    check ids without their float type, "Pool2D-ceil_mode-*"."""
    findings, worth = findings_by_pair(report), points_of(report, points)
    graded = [summary for summary in report.summaries if summary.pair.name in worth]
    tests = [
        entry(summary, findings[summary.pair.name], worth[summary.pair.name], may_be_missing, report.cure_float64)
        for summary in graded
    ]
    passed = sum(each["status"] == "passed" for each in tests)
    grade = f"{report.subject}: {passed} of {len(tests)} layers get all their points, beside PyTorch."
    return {
        "output": f"No points: {findings_text.shortened(report.cannot_load)}" if report.cannot_load else grade,
        "execution_time": math.ceil(report.seconds),
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def points_of(report: Report, points: Mapping[str, float] | float) -> dict[str, float]:
    """{pair: points}. Raises ValueError for a pair that was not asked, and for points that are no points."""
    known = [summary.pair.name for summary in report.summaries]
    worth = dict(points) if isinstance(points, Mapping) else dict.fromkeys(known, points)
    for name, value in worth.items():
        if name not in known:
            near = difflib.get_close_matches(name, known) or known
            raise ValueError(f"points: {name} is not among the pairs that were checked; close: {', '.join(near)}")
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"points: expected a number of at least 0 for {name}, got {value}")
    return worth


def entry(
    summary: Summary, findings: Sequence[Told], points: float, may_be_missing: Sequence[str], cure_float64: str
) -> dict[str, Any]:
    """One entry of "tests": a layer."""
    missing = [id for ids in summary.not_offered.values() for id in ids if _counts(summary, id, may_be_missing)]
    passed = summary.checks - len(summary.failures)
    share = (passed, summary.checks + len(missing))
    return {
        "name": f"{summary.pair.name} ({summary.pair.family})",
        "score": score(points, *share),
        "max_score": points,
        "status": "passed" if summary.checks and share[0] == share[1] else "failed",
        "output": "\n".join([*told_of(findings, cure_float64), *share_lines(summary, missing)]),
        "output_format": "text",
        "visibility": "visible",
    }


def _counts(summary: Summary, id: str, may_be_missing: Sequence[str]) -> bool:
    """What is not offered costs points where its case is offered otherwise: a backward that is left out, say. A setting
    for which a class has no place, a whole case, costs none; a layer of which nothing is offered gets none."""
    return case_of(summary, id) in summary.names and not _matches(id, may_be_missing)


def score(points: float, passed: int, of: int) -> float:
    """The share of the points, rounded down to a hundredth; all of them only where all passed, none where none was
    asked."""
    if not passed:
        return 0.0
    if passed == of:
        return points
    return float((Decimal(str(points)) * passed / of).quantize(Decimal("0.01"), ROUND_FLOOR))


def told_of(findings: Sequence[Told], cure_float64: str) -> list[str]:
    """The findings as text, each with the one that it follows from."""
    found = []
    for each in findings:
        found += findings_text.block(each.finding, cure_float64)
        found += [f"  It follows from the finding in {each.follows}."] if each.follows else []
    return found


def share_lines(summary: Summary, missing: Sequence[str]) -> list[str]:
    """How the score came about."""
    if not summary.checks:
        why = "; ".join(summary.not_offered) or "nothing was asked"
        return findings_text.wrapped(f"{summary.pair.name} is not offered, so it gets no points: {why.rstrip('.')}.")
    passed = summary.checks - len(summary.failures)
    lines = [f"{passed} of {summary.checks} checks agree with PyTorch."]
    if not summary.failures:
        lines.append(
            f"float64: worst difference from PyTorch, as a fraction of the tensor's scale: {number(summary.error)}."
        )
    if summary.unchecked:
        lines += findings_text.wrapped(f"Also there, not checked: {', '.join(summary.unchecked)}.")
    for why, ids in summary.not_offered.items():
        if count := len(set(ids) & set(missing)):
            checks = findings_text.counted(count, "check")
            lines += findings_text.wrapped(f"{checks} not offered, which counts as not passed: {why}.")
    return lines


def _matches(id: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(id.partition("[")[0], pattern) for pattern in patterns)
