"""The report as a person reads it: the table of what is offered, what is wrong, what is not offered, one sentence."""

from __future__ import annotations

from parity_tests.findings import Report
from parity_tests.report import findings_text, table


def lines(report: Report) -> list[str]:
    offered = [summary for summary in report.summaries if summary.checks]
    head = table.framed(map(table.line, offered)) if offered else []
    told = findings_text.lines(report)
    return [*head, *told, *([""] if told else []), conclusion(report)]


def conclusion(report: Report) -> str:
    """How much agrees, or what does not."""
    checks = sum(summary.checks for summary in report.summaries)
    wrong = [finding.pair for finding in report.findings if not finding.note]
    if not checks:
        return f"Nothing that is asked is offered in {report.subject}, so nothing was compared."
    if wrong:
        return f"The traces in {report.subject} do not agree with PyTorch: {', '.join(wrong)}."
    noted = ", with the notes above" if report.findings else ""
    return f"All that is offered in {report.subject} agrees with PyTorch in {checks:,} checks{noted}."
