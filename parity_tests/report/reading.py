"""What every form of a report asks of it: the findings of each pair, its cases in order, text that can be shown.

A finding that was folded under another one is still told of its own pair, with the finding that it follows from.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from parity_tests.findings import Finding, Report
from parity_tests.run import Summary


@dataclass(frozen=True)
class Told:
    """A finding, and the pair whose finding it follows from ("": it stands for itself)."""

    finding: Finding
    follows: str = ""


def findings_by_pair(report: Report) -> dict[str, list[Told]]:
    """{pair: its findings}. A failure without a finding would be kept from the reader, so it raises ValueError, and so
    does a finding of a pair that was not asked."""
    found: dict[str, list[Told]] = {summary.pair.name: [] for summary in report.summaries}
    for finding in _all(report.findings):
        if finding.finding.pair not in found:
            raise ValueError(f"report: a finding of {finding.finding.pair}, but summaries only of {', '.join(found)}")
        found[finding.finding.pair].append(finding)
    for summary in report.summaries:
        if summary.failures and not found[summary.pair.name]:
            raise ValueError(f"report: {summary.pair.name} has {len(summary.failures)} failures and no finding")
    return found


def _all(findings: tuple[Finding, ...], follows: str = "") -> Iterator[Told]:
    for finding in findings:
        yield Told(finding, follows)
        yield from _all(finding.folded, finding.pair)


def cases_run(summary: Summary) -> list[str]:
    """The cases and refusals of which something was asked, in the order of the declaration."""
    declared = (*summary.pair.cases, *summary.pair.refusals)
    return [case.name for case in declared if case.name in summary.names]


def case_of(summary: Summary, id: str) -> str:
    """The case that a check's id names, "" where it names none. A case's name may begin with that of another."""
    start = summary.pair.name + "-"
    names = [case.name for case in (*summary.pair.cases, *summary.pair.refusals)]
    return max((name for name in names if id.startswith(f"{start}{name}-")), key=len, default="")


def not_offered(summary: Summary) -> int:
    """How many checks could not be asked."""
    return sum(map(len, summary.not_offered.values()))


def plain(text: str) -> str:
    """Text of a stranger's making without control characters, halves of surrogate pairs and noncharacters, which no
    terminal should obey and XML forbids; line breaks and tabs stay."""
    return "".join(character if _printable(character) else "\N{REPLACEMENT CHARACTER}" for character in text)


def _printable(character: str) -> bool:
    noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return character in "\n\t" or not (noncharacter or unicodedata.category(character) in ("Cc", "Cs"))
