"""A finding: what fails, where in the array, by how much, why, and how to see it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from parity_tests.compare import RELATIVE_64, absolute_difference, misfit
from parity_tests.findings import Explanation, Finding, Report, Rule
from parity_tests.report.findings_text import (
    HOW,
    counted,
    extent,
    opening,
    sentences,
    told_explanations,
    unexplained,
)
from parity_tests.report.html import pixels
from parity_tests.report.html.evidence import Evidence, Recorded
from parity_tests.report.html.parts import anchor, details, link, picture, table
from parity_tests.report.html.tree import Tag, h
from parity_tests.report.reading import Told, findings_by_pair
from parity_tests.wording import cut

LISTED = 40  # failures written out; of more, their number


def findings(report: Report, evidence: Evidence) -> Tag | None:
    """All of them, those that follow from another under it; None where there is none."""
    if not report.findings:
        return None
    blocks = [block(Told(finding), evidence) for finding in report.findings]
    return h("section", h("h2", "Findings"), blocks, id="findings")


def block(each: Told, evidence: Evidence) -> Tag:
    finding = each.finding
    return h(
        "article",
        h("h3", title(finding)),
        h("p", extent(finding), " ", _elsewhere(finding, evidence)),
        _told(finding, _where(finding, evidence.wrong.get(finding.pair))),
        _script(finding.pair, evidence.scripts.get(finding.pair)),
        _all(finding),
        [h("p", "What follows from it:") if finding.folded else None],
        [block(Told(below, finding.pair), evidence) for below in finding.folded],
        id=anchor("finding", finding.pair),
        class_="note" if finding.note else "finding",
    )


def _told(finding: Finding, where: Tag | None) -> Tag:
    """Why and how much, and beside it where, if that can be drawn."""
    first = [h("p", "The first in the order of computation:"),
             h("p", cut(finding.failures[0].message), class_="message")]  # fmt: skip
    said = h("div", _why(finding), first)
    return h("div", said, where, class_="beside even" if where else None)


def _elsewhere(finding: Finding, evidence: Evidence) -> Tag | None:
    """A link to the pair's section, or to the networks."""
    if any(pair.name == finding.pair for pair in evidence.pairs):
        return link("pair", finding.pair, f"{finding.pair} beside PyTorch")
    return h("a", "Layer by layer", href="#networks") if evidence.networks else None


def title(finding: Finding) -> str:
    if finding.note:
        return f"{finding.pair} {finding.note}: a note, no failure"
    how = HOW.get(finding.failures[0].kind, f" ({finding.failures[0].kind})")
    return f"{finding.pair}: {finding.quantity} fails{how}"


def _why(finding: Finding) -> Iterator[Tag]:
    if finding.rule is not None:
        yield from _said(unexplained(finding), finding.rule)
    elif finding.hint:
        yield h("p", h("strong", finding.hint), class_="why")
    for explanation in told_explanations(finding.explanations):
        yield from _said(sentences(explanation, opening(finding, explanation)), explanation)


def _said(told: Iterable[str], right: Explanation | Rule) -> Iterator[Tag]:
    """Sentences, the first of them strong; and our line apart."""
    first, *rest = [each for each in told if not each.startswith("Compare ")]
    yield h("p", h("strong", first), " ", " ".join(rest), class_="why")
    if right.place:
        yield h("p", "Compare ", h("span", right.place, class_="place"), ":", class_="ours")
        yield h("pre", h("code", right.line), tabindex="0", role="region", aria_label=right.place)


def _where(finding: Finding, recorded: Recorded | None) -> Tag | None:
    """The difference over the array of the first failure, the worst element marked."""
    quantity = finding.failures[0].check
    if recorded is None or finding.failures[0].dtype == "float32":
        return None
    quantity = next((name for name in _candidates(quantity, recorded) if name in recorded.actual), None)
    if quantity is None:
        return None
    actual, expected = np.asarray(recorded.actual[quantity]), recorded.expected[quantity]
    if (reason := misfit(actual, expected)) and actual.shape != expected.shape:
        return h("p", f"{quantity}: {reason}", class_="quiet")
    if not expected.size or expected.dtype.kind != "f":
        return None
    return _map(quantity, recorded, actual, expected)


def _candidates(check: str, recorded: Recorded) -> Iterator[str]:
    """The quantity of that name; else the first of those it stands for that is wrong."""
    yield check
    for name, expected in recorded.expected.items():
        actual = recorded.actual.get(name)
        if actual is None or np.shape(actual) != expected.shape or not expected.size:
            continue
        if np.any(_relative(actual, expected) > RELATIVE_64):
            yield name


def _relative(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Differences as fractions of the scale; infinite where only one side is a number."""
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max(initial=0)) or 1.0
    with np.errstate(invalid="ignore"):
        apart = absolute_difference(actual, expected) / scale
    odd = np.isfinite(actual) != np.isfinite(expected)
    return np.where(odd | np.isnan(apart), np.inf, apart)


def _map(quantity: str, recorded: Recorded, actual: np.ndarray, expected: np.ndarray) -> Tag:
    apart = _relative(actual, expected)
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape))
    outside = int(np.count_nonzero(apart > RELATIVE_64))
    whole, tiles = pixels.montage(apart)
    cut = whole[: pixels.MOST_SIDE, : pixels.MOST_SIDE]
    row, column = pixels.spot(apart, place)
    mark = (row, column) if row < cut.shape[0] and column < cut.shape[1] else None
    caption = [
        h("strong", f"{recorded.case.name}, {quantity}"), f" {tuple(expected.shape)}: {outside:,} of "
        f"{counted(apart.size, 'element')} outside; the worst is framed, at {place}: {_number(actual[place])} here, "
        f"{_number(expected[place])} in PyTorch; allowed {RELATIVE_64:.0e} of the scale.",
        _layout(tiles, cut.shape != whole.shape),
    ]  # fmt: skip
    alt = f"Heat map of the difference from PyTorch: {outside} of {apart.size} elements are off, the worst at {place}"
    scale = h(
        "p",
        "The difference as a fraction of the scale, logarithmic: dark ",
        h("span", "1e-17", class_="nowrap"),
        " or less, light 1 or more.",
        class_="quiet",
    )
    return h("div", picture(pixels.difference(cut), caption, alt, mark=mark, most=480), scale, class_="where")


def _number(value: float) -> str:
    return f"{float(value):.6g}"


def _layout(tiles: tuple[int, ...], cut: bool) -> str:
    down, across = tiles[:2]
    said = (
        f" One tile an image: {counted(down, 'example')} down, {counted(across, 'channel')} across." if down > 1 else ""
    )
    return said + " Only a corner of it is shown." * cut


def _script(pair: str, text: str | None) -> Tag | None:
    if text is None:
        return None
    code = h("pre", h("code", text), tabindex="0", role="region", aria_label=f"the program that reproduces {pair}")
    return details("Reproduce it with NumPy and PyTorch alone", code)


def _all(finding: Finding) -> Tag:
    """Every failure, as many as can be read."""
    rows = [(failure.case, failure.check, failure.dtype, cut(failure.message)) for failure in finding.failures[:LISTED]]
    rest = len(finding.failures) - LISTED
    more = h("p", f"... and {rest} more") if rest > 0 else None
    head = ("case", "check", "type", "what it said")
    shown = table(f"checks of {finding.pair}, one by one", head, rows, class_="failures")
    number = len(finding.failures)
    what = f"{counted(number, 'check')} that differ" if finding.note else counted(number, "failed check")
    return details(f"All {what}", shown, more)


def index(report: Report) -> Tag | None:
    """A link to each finding, for the head of the page."""
    if not report.findings:
        return None
    return h("ul", [h("li", _linked(finding)) for finding in report.findings], class_="index")


def _linked(finding: Finding) -> list:
    best = finding.explanations[0].says if finding.explanations and finding.rule is None else ""
    return [link("finding", finding.pair, title(finding)), f": {best}" if best else ""]


def of_pair(report: Report, name: str) -> list[Tag]:
    """Links to a pair's own findings, for its section."""
    return [
        h("p", link("finding", name, title(each.finding)), class_="why")
        for each in findings_by_pair(report).get(name, [])
    ]
