"""Networks as rows of a report: a summary for each layer of each network, and findings that fold under a broken layer.

A layer that is wrong by itself in a network, and whose pair is broken already, is that pair's finding once more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from parity_tests.findings import Finding
from parity_tests.networks import NetworkReport, findings
from parity_tests.networks.report import Row
from parity_tests.pair import Case, Pair
from parity_tests.run import Summary


def summaries(reports: Iterable[NetworkReport]) -> list[Summary]:
    return [_summary(report, row) for report in reports for row in report.rows]


def _summary(report: NetworkReport, row: Row) -> Summary:
    """Where no layer is wrong by itself, the first that is off in the network's own run counts; the others inherit."""
    wrong = row.strays if row is report.astray and not report.wrong else row.wrong
    errors = [measured.found.error for measured in row.own]
    why = {row.not_offered: [f"{report.name}-{row.name}"]} if row.not_offered else {}
    return Summary(
        Pair(f"{report.name} {row.label}", "network", ours=None, theirs=None, cases=(Case(row.name),)),
        checks=len(row.own) or len(wrong),
        error=max(errors, default=math.nan),
        failures=[measured.says for measured in wrong],
        not_offered=why,
        names={row.name} if row.own else set(),
    )


def with_networks(found: Sequence[Finding], reports: Sequence[NetworkReport]) -> tuple[Finding, ...]:
    """The findings of layers, then those of networks that do not follow from one of them."""
    broken = {finding.pair: [] for finding in found if not finding.note}
    alone = []
    for finding in (finding for report in reports for finding in findings(report)):
        kind = finding.pair.rsplit(" ", 1)[-1]
        broken.get(kind, alone).append(finding)
    under = [replace(each, folded=(*each.folded, *broken.get(each.pair, ()))) for each in found]
    return (*under, *alone)
