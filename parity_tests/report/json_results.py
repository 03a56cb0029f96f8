"""Results for programs: one JSON object, schema "parity_tests.results/1".

Field by field in docs/results.md, and as a JSON Schema in docs/results.schema.json, against which this is tested.

JSON has no NaN and no infinity: a figure that was not measured is null, an infinite one (the array had another shape,
or NaN where PyTorch has a number) is "inf".
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.files import write_text
from parity_tests.findings import Explanation, Failure, Finding, Report
from parity_tests.report.reading import cases_run, findings_by_pair, not_offered
from parity_tests.run import Summary

SCHEMA = "parity_tests.results/1"
VERDICTS = {0: "agrees", 1: "fails", 2: "nothing asked"}

Mapping = dict[str, Any]


def write(report: Report, path: str | os.PathLike[str]) -> Path:
    """Write `path`, whole or not at all; returns it."""
    return write_text(path, json.dumps(as_mapping(report), indent=2, allow_nan=False) + "\n")


def as_mapping(report: Report) -> Mapping:
    """The whole report as what JSON can hold."""
    findings_by_pair(report)  # raises where a failure has no finding
    return {
        "schema": SCHEMA,
        "subject": report.subject,
        "verdict": VERDICTS[report.exit_code],
        "exit_code": report.exit_code,
        "cannot_load": report.cannot_load,
        "seconds": round(report.seconds, 3),
        "environment": {name: str(value) for name, value in report.environment.items()},
        "allowed": {"float64_error": RELATIVE_64, "float32_multiple": MOST_32},
        "counts": counts(report),
        "pairs": [pair(summary) for summary in report.summaries],
        "findings": [finding(found) for found in report.findings if not found.note],
        "notes": [finding(found) for found in report.findings if found.note],
    }


def counts(report: Report) -> Mapping:
    """Pairs by status, checks by outcome, and the findings that stand for themselves."""
    statuses = [status(summary) for summary in report.summaries]
    checks, failed = sum(s.checks for s in report.summaries), sum(len(s.failures) for s in report.summaries)
    return {
        "pairs": len(statuses),
        "pairs_agreeing": statuses.count("agrees"),
        "pairs_failing": statuses.count("fails"),
        "pairs_not_offered": statuses.count("not offered"),
        "checks": checks,
        "passed": checks - failed,
        "failed": failed,
        "not_offered": sum(map(not_offered, report.summaries)),
        "findings": sum(not found.note for found in report.findings),
        "notes": sum(bool(found.note) for found in report.findings),
    }


def status(summary: Summary) -> str:
    """A pair of which nothing was asked does not agree: it proves nothing."""
    if not summary.checks:
        return "not offered"
    return "fails" if summary.failures else "agrees"


def pair(summary: Summary) -> Mapping:
    return {
        "pair": summary.pair.name,
        "family": summary.pair.family,
        "status": status(summary),
        "cases": cases_run(summary),
        "checks": summary.checks,
        "passed": summary.checks - len(summary.failures),
        "failed": len(summary.failures),
        "not_offered": [{"reason": why, "checks": list(ids)} for why, ids in summary.not_offered.items()],
        "not_checked": list(summary.unchecked),
        "float64_error": number(summary.error),
        "float32_multiple": number(summary.multiple),
    }


def finding(found: Finding) -> Mapping:
    """Of a folded finding and of a note too: they have the same fields."""
    return {
        "pair": found.pair,
        "family": found.family,
        "quantity": found.quantity,
        "checks": found.checks,
        "cases": list(found.cases),
        "failures": [failure(each) for each in found.failures],
        "explanations": [explanation(each) for each in found.explanations],
        "folded": [finding(each) for each in found.folded],
    }


def failure(failed: Failure) -> Mapping:
    return {name: getattr(failed, name) for name in ("id", "case", "check", "dtype", "kind", "message")}


def explanation(fits: Explanation) -> Mapping:
    return {
        "name": fits.name,
        "says": fits.says,
        "quantities": list(fits.quantities),
        "matched": fits.matched,
        "of": fits.of,
        "error": number(fits.error),
        "rule": fits.rule,
        "place": fits.place,
        "line": fits.line,
        "convention": fits.convention,
    }


def number(value: float) -> float | str | None:
    """A figure as JSON can hold it."""
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else str(float(value))
