"""A network's report as findings, for every form in which findings are told (JSON, JUnit, Gradescope).

A layer that is wrong in itself is one finding. Those that only inherit are none: they are the consequence. Where every
layer agrees by itself and the network's own run does not, that is one finding about the network.
"""

from __future__ import annotations

from collections.abc import Iterable

from parity_tests.findings import Failure, Finding
from parity_tests.networks.judge import Measured
from parity_tests.networks.report import NetworkReport, Row


def findings(report: NetworkReport) -> tuple[Finding, ...]:
    """One for each layer that is wrong in itself, the first in the order of computation first."""
    if found := tuple(_finding(report, row, row.wrong) for row in report.wrong):
        return found
    return () if (astray := report.astray) is None else (_finding(report, astray, astray.strays),)


def _finding(report: NetworkReport, row: Row, wrong: Iterable[Measured]) -> Finding:
    because = f"{report.cause}; " if report.cause else ""
    failures = tuple(
        Failure(
            id=f"{report.name}-{row.name}-{measured.quantity}[float64]",
            case=row.name,
            check=measured.quantity,
            dtype="float64",
            message=f"{report.name}: {row.label}: {because}{measured.says}",
            kind=measured.kind,
        )
        for measured in wrong
    )
    return Finding(f"{report.name} {row.label}", "network", report.judged, failures)
