"""The facts at the head of the page: how much was asked, how many planted faults were noticed, what it ran with."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.findings import Report
from parity_tests.report.html.evidence import Bank, Evidence
from parity_tests.report.html.parts import short
from parity_tests.report.html.tree import Tag, h

SEEDS = "each case's random numbers are seeded by its name (CRC-32); there is no other seed"
NO_BANK = "python -m parity_tests report --bank"


def facts(report: Report, evidence: Evidence) -> Tag:
    """Four numbers, large; below them what one needs to see the same again."""
    pairs = [s for s in report.summaries if not (evidence.of_stranger and s.pair.family == "network")]
    offered = [summary for summary in pairs if summary.checks]
    failed = sum(len(summary.failures) for summary in report.summaries)
    large = [
        ("pairs offered", f"{len(offered)} of {len(pairs)}", _families(offered, evidence.of_stranger)),
        ("checks", f"{sum(summary.checks for summary in report.summaries):,}", f"{failed:,} failed"),
        *_bank(evidence),
        ("run", f"{report.seconds:.0f} s", ""),
    ]
    small = [("versions", ", ".join(f"{name} {value}" for name, value in report.environment.items())), ("seeds", SEEDS)]
    if short(report.subject) != report.subject:
        small = [("module", report.subject), *small]
    if evidence.of_stranger and not evidence.networks and not report.cannot_load:
        small += [("networks", _networks(evidence))]
    return h("div", h("dl", [_large(*each) for each in large], class_="large-facts"), h("dl", [
        h("div", h("dt", name), h("dd", value)) for name, value in small], class_="facts"))  # fmt: skip


def _large(name: str, value: str, note: str) -> Tag:
    return h("div", h("dt", name), h("dd", value, class_="number"), h("dd", note, class_="quiet") if note else None)


def _families(offered: list, networks_apart: bool) -> str:
    """Networks of a stranger are no pairs, and are told layer by layer."""
    kinds = len({summary.pair.family for summary in offered})
    said = [f"of {kinds} kinds"] if kinds > 1 else []
    return ", ".join([*said, "networks apart"] if networks_apart else said)


def _bank(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Planted in scratch_nn: nothing that a stranger's page has to tell unless it was asked for."""
    if evidence.bank is not None or not evidence.of_stranger:
        yield "faults of the bank noticed", *_noticed(evidence.bank)


def _noticed(bank: Bank | None) -> tuple[str, str]:
    if bank is None:
        return "not planted", NO_BANK
    left = f"; not noticed: {', '.join(bank.survived)}" if bank.survived else ""
    proven = f"; {bank.equivalent} more are proven to change nothing" if bank.equivalent else ""
    return f"{bank.noticed} of {bank.faults}", f"planted one by one in {bank.seconds:.0f} s{proven}{left}"


def _networks(evidence: Evidence) -> str:
    """Why there is no section of them."""
    found = "none of the module's could be opened" if evidence.closed else "none was found in the module"
    return f"{found}: nothing to go through layer by layer, or to train in lockstep (docs/networks.md)"
