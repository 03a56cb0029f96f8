"""What a person reads of a check of their own module: what is offered, its networks, findings, one sentence."""

from __future__ import annotations

from collections.abc import Container

from parity_tests.findings import Report
from parity_tests.networks import lines as network_lines
from parity_tests.networks.sandbox import Found
from parity_tests.report import findings_text, table
from parity_tests.report.reading import not_offered
from parity_tests.run import Summary
from parity_tests.wording import listed

NAMED = 8  # names that are told, of what is not known


def lines(report: Report, networks: Found) -> list[str]:
    offered = [summary for summary in report.summaries if summary.checks and summary.pair.family != "network"]
    blocks = [table.framed(map(line, offered))] if offered else []
    blocks += [network_lines(found, briefly=True) for found in networks.reports]
    blocks += [[f"{name}: not offered: {why}" for name, why in networks.closed.items()]]
    blocks += [notes(offered), not_checked(offered), not_known(report, networks.closed)]
    named = bool(networks.reports or networks.closed)
    blocks += [findings_text.lines(report), [conclusion(report, networks_named=named)]]
    return [text for block in blocks if block for text in ("", *block)][1:]


def line(summary: Summary) -> str:
    """As the table of ours; behind it, how much of the pair is not offered."""
    missing = not_offered(summary)
    return table.line(summary) + (f"   {missing} not offered" if missing else "")


def notes(offered: list[Summary]) -> list[str]:
    """What was told in another convention, pair by pair."""
    told = [f"{summary.pair.name}: {note}" for summary in offered for note in summary.notes]
    lines = [line for text in told for line in findings_text.wrapped(text, 2)]
    return ["Told in its own convention:", *lines] if told else []


def not_checked(offered: list[Summary]) -> list[str]:
    """What has a name of a pair, where something else stands for the pair; and arguments that no case asks for."""
    told = [f"{summary.pair.name}: {', '.join(summary.unchecked)}" for summary in offered if summary.unchecked]
    things = [name for summary in offered for name in summary.unchecked if name.isidentifier()]
    lines = [line for text in told for line in findings_text.wrapped(text, 2)]
    if things:
        lines += findings_text.wrapped(f"To have {things[-1]} checked, import it into a file of its own.")
    return ["Also there, not checked:", *lines] if told else []


def not_known(report: Report, named: Container[str] = ()) -> list[str]:
    """What looks like a layer, and has a name that says nothing here. named: of what was said already."""
    if not (unknown := [name for name in report.unknown if name not in named]):
        return []
    names = listed(unknown, NAMED, last=", and ")
    return findings_text.wrapped(f"Also in the file, under names that are not known here: {names}.")


def conclusion(report: Report, *, networks_named: bool = False) -> str:
    asked = [summary for summary in report.summaries if summary.checks]
    if not asked and (networks_named or any(summary.refused for summary in report.summaries)):
        return f"{report.subject}: nothing could be checked of what it has; the reasons stand above."
    if not asked:
        return f"{report.subject}: nothing in it has a name that is known here. docs/strangers.md lists them."
    causes, noted = (sum(bool(finding.note) is note for finding in report.findings) for note in (False, True))
    if causes:
        wrong = ", ".join(finding.pair for finding in report.findings if not finding.note)
        return f"{report.subject} does not agree with PyTorch in {causes} of what it offers: {wrong}."
    checks, but = sum(summary.checks for summary in asked), f"; {noted} with a note" * bool(noted)
    if any(summary.unchecked for summary in asked):
        return f"What was checked of {report.subject} agrees with PyTorch, in {checks:,} checks{but}. More is there."
    return f"All that {report.subject} offers agrees with PyTorch, in {checks:,} checks{but}."
