"""The overview: the verdict, and every pair and quantity as a heat map.

Each cell says two numbers, the float64 error above and the float32 multiple below, tints them, and leads to the pair;
a cell that fails has a cross, one that differs in what may be no mistake a dagger; both lead to the finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.findings import Report
from parity_tests.report.findings_text import counted
from parity_tests.report.html.evidence import Evidence
from parity_tests.report.html.figures import BESIDE, Figure
from parity_tests.report.html.parts import MARKS, anchor, error_tint, link, multiple_tint, scrolling, shown, times
from parity_tests.report.html.tree import Tag, h
from parity_tests.report.reading import findings_by_pair
from parity_tests.report.table import number

FAMILIES = {
    "layer": "Layers and activations",
    "loss": "Losses",
    "optimizer": "Optimisers",
    "schedule": "Schedules",
    "initializer": "Initialisers",
    "network": "Networks",
}
NAMES = {
    "input_gradient": "input gradient",
    BESIDE: "behaviour",
    "num_batches_tracked": "batches counted",
    "weight.scale": "scale of W",
    "bias.scale": "scale of b",
}
HOW_TO_READ = """In each cell, above: the worst float64 difference from PyTorch as a fraction of the array's scale;
below: the worst float32 error as a multiple of PyTorch's own. A cross marks what is more than allowed, a dagger what is
more and may be no mistake: a note. Behaviour counts what has no such numbers: """
OURS_ALONE = "finite differences, arrays of the caller left as they were, inputs refused."
OF_STRANGERS = "arrays of the caller left as they were, types kept, nothing printed, nobody else's generator seeded."
ORDER = ("output", "value", "input_gradient", "gradient*", "running_*", "num_*", "later_batches")  # of columns


def verdict(report: Report) -> str:
    """One sentence."""
    asked = [summary for summary in report.summaries if summary.checks]
    checks = sum(summary.checks for summary in asked)
    causes = [finding for finding in report.findings if not finding.note]
    notes = len(report.findings) - len(causes)
    also = f" and {counted(notes, 'note')}" if notes else ""
    if report.cannot_load:
        return f"Nothing could be asked: {report.cannot_load}"
    if not asked:
        return "Nothing that was asked is offered, which proves nothing."
    if causes:
        return f"It does not agree with PyTorch: {counted(len(causes), 'finding')}{also} in {checks:,} checks."
    whole = "What was checked" if any(summary.unchecked for summary in asked) else "All of it"
    return f"{whole} agrees with PyTorch: {counted(len(asked), 'pair')}, {checks:,} checks{also}."


def overview(report: Report, evidence: Evidence) -> Tag:
    found = findings_by_pair(report)
    families = [family for family in FAMILIES if any(p.family == family for p in evidence.pairs)]
    wrong = {name for name, findings in found.items() if findings}
    maps = [heat_map(family, evidence, wrong) for family in families]
    return h(
        "section",
        h("h2", "Every pair, every quantity"),
        [_how_to_read(evidence), maps] if maps else None,
        _not_there(report),
        id="overview",
        class_="overview",
    )


def _how_to_read(evidence: Evidence) -> Tag:
    tints = [("t0", "exact"), ("t1", "≤ 1e-15"), ("t2", "≤ 1e-14"), ("t3", "≤ 1e-12"), ("t4", f"≤ {RELATIVE_64:.0e}")]
    below = [("t0", "0"), ("t1", "≤ 0.5"), ("t2", "≤ 1"), ("t3", "≤ 1.5"), ("t4", f"≤ {MOST_32:g}")]
    return h(
        "div",
        h("p", HOW_TO_READ, OF_STRANGERS if evidence.of_stranger else OURS_ALONE),
        _scale("float64", tints), _scale("float32", below), class_="how",
    )  # fmt: skip


def _scale(name: str, tints: Sequence[tuple[str, str]]) -> Tag:
    samples = [
        h("li", text, class_=class_) for class_, text in [*tints, ("bad", "more ✗"), ("noted", "more, a note †")]
    ]
    return h("div", h("span", name), h("ul", samples, class_="tints"), class_="scale")


def heat_map(family: str, evidence: Evidence, wrong: set[str]) -> Tag:
    """The pairs of a family below one another, their quantities beside one another."""
    pairs = [pair for pair in evidence.pairs if pair.family == family]
    columns = sorted(dict.fromkeys(q for pair in pairs for q in evidence.figures[pair.name]), key=_place)
    head = h("tr", h("th", "pair", scope="col"), [h("th", _name(q), scope="col") for q in columns])
    rows = [
        h(
            "tr",
            h("th", link("pair", pair.name), scope="row"),
            [cell(pair.name, q, evidence.figures[pair.name].get(q), pair.name in wrong) for q in columns],
        )
        for pair in pairs
    ]
    title = FAMILIES[family]
    whole = h("table", h("caption", title), h("thead", head), h("tbody", rows), class_="heat")
    return scrolling(f"{title}: errors by quantity", whole)


def _place(quantity: str) -> int:
    """Of a column among the others: as in ORDER, those it does not know as they come, behaviour last."""
    known = (i for i, pattern in enumerate(ORDER) if fnmatchcase(quantity, pattern))
    return len(ORDER) + 1 if quantity == BESIDE else next(known, len(ORDER))


def _name(quantity: str) -> str:
    return NAMES.get(quantity, quantity.replace("_", " ").replace("gradient.", "gradient of "))


def cell(pair: str, quantity: str, figure: Figure | None, has_finding: bool) -> Tag:
    """Two numbers, or how many checks passed where nothing is measured."""
    if figure is None:
        return h("td", class_="empty")
    if not figure.checks:
        return h("td", h("span", "not offered", class_="none"), class_="empty")
    to = anchor("finding", pair) if figure.differ and has_finding else anchor("pair", pair)
    name = f"{pair}, {_name(quantity)}"
    parts = list(_parts(figure, quantity == BESIDE))
    return h("td", h("a", parts, href=f"#{to}", aria_label=f"{name}: {_said(figure)}"))


def _parts(figure: Figure, beside: bool) -> Iterator[Tag]:
    mark = MARKS[figure.beyond]
    if beside or (math.isnan(figure.error) and math.isnan(figure.multiple)):
        text = f"{figure.differ} of {figure.checks} {mark}" if figure.differ else f"{figure.checks} hold"
        yield h("span", text, class_=figure.beyond if figure.differ else "t0")
        return
    by_number = figure.error > RELATIVE_64 or figure.multiple > MOST_32 or not figure.differ
    text = shown(figure.error, figure.beyond) if by_number else f"{figure.differ} {mark}"
    yield h("span", text, class_=error_tint(figure.error, figure.beyond) if by_number else figure.beyond)
    if not math.isnan(figure.multiple):
        more = f" {mark}" if figure.multiple > MOST_32 else ""
        yield h("span", times(figure.multiple) + " ×" + more, class_=multiple_tint(figure.multiple, figure.beyond))


def _said(figure: Figure) -> str:
    """The cell in words, for a screen reader."""
    differ = f"{figure.differ} of {figure.checks} checks"
    how = f"{differ} fail" if figure.failed else f"{differ} differ, a note and no failure"
    said = [how if figure.differ else f"{figure.checks} checks agree"]
    said += [] if math.isnan(figure.error) else [f"float64 error {number(figure.error)}"]
    said += [] if math.isnan(figure.multiple) else [f"{times(figure.multiple)} times PyTorch's float32 error"]
    return ", ".join(said)


def _not_there(report: Report) -> Tag | None:
    absent = [summary.pair.name for summary in report.summaries if not summary.checks]
    if not absent:
        return None
    return h("p", "Not offered, so neither passed nor failed: ", ", ".join(absent), ".", class_="quiet")
