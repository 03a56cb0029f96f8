"""What a person reads of a check of their own module: the table of what is offered, findings, one sentence."""

from __future__ import annotations

from parity_tests.findings import Report
from parity_tests.report import findings_text, table
from parity_tests.run import Summary


def lines(report: Report) -> list[str]:
    offered = [summary for summary in report.summaries if summary.checks]
    rule = "-" * len(table.HEAD)
    head = [table.HEAD, rule, *map(line, offered), rule] if offered else []
    told = findings_text.lines(report)
    return [*head, *told, *([""] if told else []), conclusion(report)]


def line(summary: Summary) -> str:
    """As the table of ours; behind it, how much of the pair is not offered."""
    missing = sum(len(ids) for ids in summary.not_offered.values())
    note = f"   {missing} not offered" if missing else ""
    return table.line(summary) + note


def conclusion(report: Report) -> str:
    offered = [summary for summary in report.summaries if summary.checks]
    if not offered:
        return f"{report.subject}: nothing in it has a name that is known here. docs/strangers.md lists them."
    wrong = sum(not finding.note for finding in report.findings) + sum(len(f.folded) for f in report.findings)
    checks = sum(summary.checks for summary in offered)
    if wrong:
        return f"{wrong} of {len(offered)} pairs that {report.subject} offers do not agree with PyTorch."
    noted = sum(finding.note for finding in report.findings)
    but = f" {noted} of them only for numbers: see above." if noted else ""
    return f"All {len(offered)} pairs that {report.subject} offers agree with PyTorch, in {checks:,} checks.{but}"
