"""The table of a network, one line a layer, and one sentence that says which is wrong in itself.

Each figure is the worst difference, as a fraction of the tensor's scale; "!" marks one that is more than allowed, "-"
where there is nothing to measure. Marks: ok, FAIL (wrong in itself), n/o (not offered).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from parity_tests.compare import RELATIVE_64
from parity_tests.networks.judge import Measured
from parity_tests.networks.report import NetworkReport, Row
from parity_tests.report.table import number

COLUMNS = (("output", "output"), ("input_gradient", "input gradient"), ("gradient", "parameter gradients"))
WIDTHS = (11, 16, 21)
FIGURES = "".join(f" {{:>{width}}}" for width in WIDTHS)
LINE = "{:4} {:<28}" + FIGURES + " |" + FIGURES


def lines(report: NetworkReport, *, briefly: bool = False) -> list[str]:
    """Table, what was not offered, what was noticed, and the sentence. briefly: without what was raised, where a
    finding tells it."""
    head = LINE.format("", report.name, *("own error", "", "", "inherited error", "", ""))
    names = LINE.format("", "layer", *[name for _, name in COLUMNS] * 2)
    rule = "-" * len(names)
    missing = [f"{row.label}: not offered: {row.not_offered}" for row in report.rows if row.not_offered]
    noted = [f"{row.label}: {note}" for row in report.rows for note in row.notes]
    return [head, names, rule, *map(line, report.rows), rule, *missing, *noted, *sentences(report, briefly=briefly)]


def line(row: Row) -> str:
    mark = "FAIL" if not row.ok else "ok" if row.own else "n/o"
    figures = [figure(side, column) for side in (row.own, row.inherited) for column, _ in COLUMNS]
    return LINE.format(mark, row.label, *figures)


def figure(measured: Sequence[Measured], column: str) -> str:
    """The worst of a column, "raised" or "no end" where nothing came."""
    found = [m for m in measured if m.column == column]
    if not found:
        return "-"
    wrong = [m for m in found if not m.ok]
    odd = next((m for m in wrong if not math.isfinite(m.found.error)), None)
    if odd is not None:
        return {"exception": "raised", "time limit": "no end", "crash": "crash"}.get(odd.kind, "misfit") + " !"
    worst = number(max(m.found.error for m in found))
    return worst + " !" * bool(wrong)


def sentences(report: NetworkReport, *, briefly: bool = False) -> list[str]:
    """The cause where it is known, the first that is wrong in itself, and what the others have to do with it."""
    cause = [f"{report.cause}."] if report.cause else []
    first, *others = report.wrong or (None,)
    if first is None:
        return [*cause, _agreement(report)]
    what = first.wrong[0].briefly if briefly else first.wrong[0].says
    said = f"{first.label} is the first that is wrong in itself: {what}"
    if others:
        also = "wrong in itself is also" if len(others) == 1 else "wrong in themselves are also"
        said += f"; {also} {', '.join(row.label for row in others)}"
    elif any(row.inherits for row in report.rows if row is not first):
        said += "; the others only inherit" if first.wrong[0].column == "output" else "; those before it only inherit"
    return [*cause, said + "."]


def _agreement(report: NetworkReport) -> str:
    if not report.judged:
        return "Nothing of it could be judged, which proves nothing."
    part = " that could be judged" if any(row.not_offered for row in report.rows if row.name != "network") else ""
    unjudged = [row.label for row in report.rows if row.not_offered and not row.own and row.name != "network"]
    if (astray := report.astray) is not None:
        suspects = f": look at what was not judged, {', '.join(unjudged)}" if unjudged else ""
        return f"Every layer{part} agrees by itself, yet in the network's own run {astray.label} is off{suspects}."
    worst = max((m.found.error for row in report.rows for m in row.own), default=0.0)
    how = f"worst difference {worst:.1e} of a tensor's scale (allowed {RELATIVE_64:.0e})"
    return f"Every layer{part} agrees by itself: {how}."
