"""The table of a run: one line a pair, then what failed, then one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.run import Summary

SHOWN = 5  # failures written out per pair; the first is usually the cause

COLUMNS = "{:4} {:<20} {:<12} {:>5} {:>6}   {:>13}   {:>18}"
HEAD = COLUMNS.format("", "pair", "family", "cases", "checks", "float64 error", "float32, x PyTorch")


def lines(summaries: Sequence[Summary]) -> list[str]:
    """The whole table as lines of text."""
    return [*framed(map(line, summaries)), *failures(summaries), *conclusion(summaries)]


def framed(rows: Iterable[str]) -> list[str]:
    """Rows under the head, between rules."""
    rule = "-" * len(HEAD)
    return [HEAD, rule, *rows, rule]


def line(summary: Summary) -> str:
    """One pair: whether it agrees ("note": but for what may be no mistake), how much was asked, how closely."""
    mark = "FAIL" if summary.failures else "note" if summary.noted else "ok"
    pair, error = summary.pair, number(summary.error)
    multiple = "-" if math.isnan(summary.multiple) else f"{summary.multiple:.2f}"
    return COLUMNS.format(mark, pair.name, pair.family, summary.cases, summary.checks, error, multiple)


def number(error: float) -> str:
    """An error as a table shows it; "-" where none was measured."""
    return "-" if math.isnan(error) else "exact" if error == 0 else f"{error:.1e}"


def failures(summaries: Iterable[Summary]) -> list[str]:
    """What went wrong, pair by pair; the first failures of each are written out."""
    found = []
    for summary in summaries:
        if summary.failures:
            found.append(f"{summary.pair.name}: {len(summary.failures)} of {summary.checks} checks failed")
            found += [f"  {message}" for message in summary.failures[:SHOWN]]
            rest = len(summary.failures) - SHOWN
            found += [f"  ... and {rest} more"] if rest > 0 else []
    return found


def conclusion(summaries: Sequence[Summary]) -> list[str]:
    """What was verified and how closely, or how much was not."""
    failed = sum(bool(summary.failures) for summary in summaries)
    alone = summaries[0].pair.name if len(summaries) == 1 else ""
    total = sum(summary.checks for summary in summaries)
    if failed:
        who = f"{alone} does" if alone else f"{failed} of {len(summaries)} pairs do"
        return [f"{who} not agree with PyTorch."]
    errors = [summary.error for summary in summaries if not math.isnan(summary.error)]
    multiples = [summary.multiple for summary in summaries if not math.isnan(summary.multiple)]
    agree = f"{alone} agrees" if alone else f"All {len(summaries)} pairs agree"
    said = [f"{agree} with PyTorch in {total:,} checks."]
    if errors:
        said.append(f"float64: worst difference {max(errors):.1e} of a tensor's scale (allowed {RELATIVE_64:.0e}).")
    if multiples:
        said.append(f"float32: our error is at most {max(multiples):.2f} times PyTorch's own (allowed {MOST_32:g}).")
    return said
