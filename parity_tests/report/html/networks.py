"""Networks as columns of layers: what each gives by itself, what it gives in the network's own run, and which is the
first that is wrong in itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parity_tests.networks.report import NetworkReport, Row
from parity_tests.networks.table import COLUMNS, figure, sentences
from parity_tests.report.html.parts import anchor, error_tint, scrolling
from parity_tests.report.html.tree import Tag, h

INTRO = """Own error: the layer alone, fed what PyTorch's layers give. Inherited error: in the network's own run.
float64, as a fraction of each array's scale."""


def networks(reports: Sequence[NetworkReport], closed: Mapping[str, str]) -> Tag | None:
    """closed: why the others could not be opened, by name."""
    if not reports and not closed:
        return None
    intro = h("p", INTRO)
    others = [h("p", f"{name}: not offered: {why}", class_="quiet") for name, why in closed.items()]
    columns = [column(report) for report in reports]
    return h("section", h("h2", "Layer by layer"), intro, columns, others, id="networks")


def column(report: NetworkReport) -> Tag:
    names = [h("th", name, scope="col") for _, name in COLUMNS] * 2
    head = h(
        "thead",
        h("tr", h("td"), h("th", "own error", scope="colgroup", colspan=3),
          h("th", "inherited error", scope="colgroup", colspan=3)),
        h("tr", h("th", "layer", scope="col"), names),
    )  # fmt: skip
    rows = [_row(row, row is report.first_wrong) for row in report.rows]
    whole = h("table", h("caption", report.name), head, h("tbody", rows), class_="layers")
    said = [h("p", sentence, class_="" if report.ok else "why") for sentence in sentences(report, briefly=True)]
    label = f"{report.name}, layer by layer"
    return h("div", h("h3", report.name), scrolling(label, whole), said, id=anchor("network", report.name))


def _row(row: Row, first: bool) -> Tag:
    mark = h("strong", " ◀ the first wrong in itself") if first else None
    missing = h("span", f" not offered: {row.not_offered}", class_="quiet") if row.not_offered else None
    notes = [h("span", f" {note}", class_="quiet") for note in row.notes]
    cells = [_cell(side, name) for side in (row.own, row.inherited) for name, _ in COLUMNS]
    return h("tr", h("th", row.label, mark, missing, notes, scope="row"), cells, class_="first" if first else None)


def _cell(side, column: str) -> Tag:
    found = [measured for measured in side if measured.column == column]
    text = figure(side, column).replace("!", "✗")
    wrong = any(not measured.ok for measured in found)
    tint = "bad" if wrong else error_tint(max((m.found.error for m in found), default=float("nan")))
    return h("td", text, class_=tint)
