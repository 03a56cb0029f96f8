"""One operation: formula, our NumPy lines beside PyTorch's, its cases, a real image going through, its rounding."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import numpy as np

from parity_tests.compare import absolute_difference
from parity_tests.findings import Report
from parity_tests.pair import Case, Pair
from parity_tests.report.findings_text import counted
from parity_tests.report.html import pixels
from parity_tests.report.html.chart import Line, bars, legend
from parity_tests.report.html.code import coloured, excerpts
from parity_tests.report.html.evidence import EDGES, Evidence, Recorded, Rounding
from parity_tests.report.html.failure import of_pair
from parity_tests.report.html.figures import Figure
from parity_tests.report.html.formulas import FORMULAS, Formula
from parity_tests.report.html.maths import mathml
from parity_tests.report.html.overview import FAMILIES
from parity_tests.report.html.parts import (
    MARKS,
    anchor,
    details,
    error_tint,
    multiple_tint,
    picture,
    short,
    shown,
    table,
    times,
)
from parity_tests.report.html.roles import ROLES, WITHOUT_ROLE
from parity_tests.report.html.torch_calls import call
from parity_tests.report.html.tree import Tag, h

CHANNELS = 3


def operations(report: Report, evidence: Evidence) -> Tag | None:
    """Family by family, a section a pair; None where there is no pair."""
    if not evidence.pairs:
        return None
    sections = []
    for family, title in FAMILIES.items():
        pairs = [pair for pair in evidence.pairs if pair.family == family]
        if pairs:
            sections += [h("h3", title, class_="family"), [operation(report, evidence, pair) for pair in pairs]]
    roles = [h("li", h("span", name, class_=f"r-{role}")) for role, name in ROLES.items()]
    intro = h("p", "What is the same in the formula, in NumPy and in PyTorch has the same colour:")
    return h("section", h("h2", "Operations"), intro, h("ul", roles, class_="roles"), sections, id="operations")


def operation(report: Report, evidence: Evidence, pair: Pair) -> Tag:
    name = pair.name
    return h(
        "section",
        h("h4", name),
        h("p", _state(evidence.figures[name]), class_="quiet"),
        _not_checked(report, name),
        of_pair(report, name),
        _formula(FORMULAS.get(name), WITHOUT_ROLE.get(name, ())),
        _side_by_side(pair, evidence.of_stranger),
        _pictures(evidence.pictures.get(name)),
        _histogram(name, evidence.rounding.get(name), short(report.subject)),
        _no_histogram(evidence.missing.get(name)),
        _cases(pair, evidence),
        id=anchor("pair", name),
        class_="operation",
    )


def _not_checked(report: Report, name: str) -> Tag | None:
    others = next((summary.unchecked for summary in report.summaries if summary.pair.name == name), ())
    return h("p", "Also there, not checked: ", ", ".join(others), ".", class_="quiet") if others else None


def _state(figures: dict[str, Figure]) -> str:
    checks, failed, noted = (sum(getattr(f, part) for f in figures.values()) for part in ("checks", "failed", "noted"))
    if failed:
        return f"{failed:,} of {checks:,} checks fail."
    return f"{checks:,} checks, all agree." if not noted else f"{checks:,} checks, {noted:,} with a note, none fails."


def _formula(formula: Formula | None, without_role: Collection[str]) -> Tag | None:
    if formula is None:
        return None
    forward = "Forward" if formula.backward else "Formula"
    boxes = [h("div", h("h5", title), [_line(each, without_role) for each in lines])
             for title, lines in ((forward, formula.forward), ("Backward", formula.backward)) if lines]  # fmt: skip
    letters = h("p", "Letters: ", _subscripts(formula.letters), ".", class_="quiet") if formula.letters else None
    decides = h("p", "PyTorch decides: ", formula.decides, class_="decides") if formula.decides else None
    return h("div", h("div", boxes, class_="formula"), letters, decides)


def _subscripts(text: str) -> list[Tag | str]:
    """ "k_h": the letter behind the underscore stands below."""
    return [h("sub", part) if i % 2 else part for i, part in enumerate(re.split(r"(?<=\b\w)_(\w)\b", text))]


def _line(formula: str, without_role: Collection[str]) -> Tag:
    return h("div", mathml(formula, without_role=without_role), class_="scroll", tabindex="0")


def _side_by_side(pair: Pair, of_stranger: bool) -> list[Tag]:
    """Our lines and PyTorch's; below them, in full width, what ours calls in another file."""
    case, without = pair.cases[0], WITHOUT_ROLE.get(pair.name, ())
    label = f"{pair.name} in NumPy"
    ours = [[h("p", file, class_="place"), coloured(source, f"{label}, {file}, part {i}", without_role=without)]
            for i, (file, source) in enumerate(excerpts(pair.name), start=1)]  # fmt: skip
    theirs = [
        h("p", f"as in the case {case.name}", class_="place"),
        coloured(call(pair, case), f"{pair.name} in PyTorch", without_role=without),
    ]
    title = "NumPy, as scratch_nn has it" if of_stranger else "NumPy"
    both = h("div", h("div", h("h5", title), ours[:1]), h("div", h("h5", "PyTorch"), theirs), class_="beside")
    return [both, *(h("div", h("h5", "NumPy, what it calls"), each) for each in ours[1:])]


def _pictures(recorded: Recorded | None) -> Tag | None:
    """The first example of a case of real images."""
    if recorded is None:
        return None
    shown_ = list(_figures(recorded))
    if len(shown_) < 2:
        return None
    title = h("h5", f"A real image going through: the case {recorded.case.name}")
    return h("div", title, h("div", shown_, class_="pictures"))


def _figures(recorded: Recorded) -> Iterator[Tag]:
    X = _planes(recorded.batch["training.X"])[0]
    yield picture(pixels.grey(X), ["input X", _range(X)], "a handwritten digit, the input")
    for name, said in (("training.output", "output Y"), ("training.input_gradient", "gradient dL/dX")):
        if name not in recorded.actual or np.shape(recorded.actual[name]) != recorded.expected[name].shape:
            continue
        actual, expected = np.asarray(recorded.actual[name]), recorded.expected[name]
        planes, apart = _planes(actual), _planes(absolute_difference(actual, expected) / (np.abs(expected).max() or 1))
        for channel, plane in enumerate(planes[: CHANNELS if name.endswith("output") else 1]):
            which = f", channel {channel + 1}" if len(planes) > 1 else ""
            yield picture(pixels.signed(plane), [said + which, _range(plane)], f"the {said}{which}")
        worst = float(apart[0].max())
        caption = [f"difference of {said}", h("span", "exact" if worst == 0 else f"at most {worst:.0e}")]
        yield picture(pixels.difference(apart[0]), caption, f"the difference of the {said} from PyTorch's")


def _range(plane: np.ndarray) -> Tag:
    return h("span", f"{plane.min():.2g} to {plane.max():.2g}")


def _planes(array: np.ndarray) -> list[np.ndarray]:
    """The first example as pictures: its channels; a row as a square where it is one."""
    first = array[0]
    if first.ndim == 3:
        return [first[:, :, c] for c in range(first.shape[2])]
    side = int(np.sqrt(first.size))
    return [first.reshape(side, side) if side * side == first.size else first.reshape(1, -1)]


def _histogram(name: str, rounding: Rounding | None, who: str) -> Tag | None:
    """who: what the page calls the module."""
    if rounding is None or not sum(rounding.theirs):
        return None
    labels = ["≤ ½", *(f"≤ {edge:g}" for edge in EDGES[1:-1]), f"> {EDGES[-2]:g}"]
    total = f"{sum(rounding.theirs):,}"
    title = f"float32 error of {total} numbers of {name}, in units of the last place, {who}'s and PyTorch's"
    series = [Line(who, rounding.ours, "s1"), Line("PyTorch", rounding.theirs, "s2")]
    rows = zip(labels, (f"{n:,}" for n in rounding.ours), (f"{n:,}" for n in rounding.theirs), strict=True)
    return details(
        "Rounding: float32 errors in units of the last place",
        h("p", f"Against a float64 truth, of {total} numbers in all cases. An error of ½ is the best there is; numbers "
               "near 0 in which large terms cancel are off by more, on both sides."),
        legend(series, bars=True), bars(title, labels, series),
        details("The numbers", table(f"numbers of {name} by error", ("ulp", who, "PyTorch"), rows)),
    )  # fmt: skip


def _no_histogram(why: str | None) -> Tag | None:
    return h("p", "No picture of its rounding: ", why, ".", class_="quiet") if why else None


def _cases(pair: Pair, evidence: Evidence) -> Tag:
    found = evidence.cases[pair.name]
    declared = {case.name: case for case in (*pair.cases, *pair.refusals)}
    rows = [_row(declared[name], figure) for name, figure in found.items() if figure.checks]
    head = ("case", "input", "settings", "checks", "float64 error", "float32, × PyTorch")
    refusals = sum(name not in {case.name for case in pair.cases} for name in found)
    said = f"{counted(len(found) - refusals, 'case')}" + (f" and {counted(refusals, 'refusal')}" if refusals else "")
    return details(said, table(f"cases of {pair.name}", head, rows))


def _row(case, figure: Figure) -> tuple:
    differ = f"{figure.differ} of {figure.checks} {'fail' if figure.failed else 'differ'} {MARKS[figure.beyond]}"
    checks = differ if figure.differ else f"{figure.checks}"
    of_case = isinstance(case, Case)
    shape = " × ".join(map(str, case.shape)) if of_case else ""
    settings = (
        ", ".join(f"{key} {_setting(value)}" for key, value in case.arguments.items()) if of_case else "must raise"
    )
    return (
        case.name, shape, settings, checks,
        h("td", shown(figure.error, figure.beyond), class_=error_tint(figure.error, figure.beyond)),
        h("td", times(figure.multiple), class_=multiple_tint(figure.multiple, figure.beyond)),
    )  # fmt: skip


def _setting(value) -> str:
    return getattr(value, "__name__", None) or str(value)
