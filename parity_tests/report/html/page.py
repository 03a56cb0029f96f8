"""The page: head, navigation, sections. Pure: report and evidence in, text out."""

from __future__ import annotations

from parity_tests.findings import Report
from parity_tests.report.html.evidence import Evidence
from parity_tests.report.html.facts import facts
from parity_tests.report.html.failure import findings, index
from parity_tests.report.html.lockstep import lockstep
from parity_tests.report.html.networks import networks
from parity_tests.report.html.operation import operations
from parity_tests.report.html.overview import overview, verdict
from parity_tests.report.html.parts import short
from parity_tests.report.html.style import STYLE
from parity_tests.report.html.tree import Style, Tag, document, h

# Nothing is fetched and nothing is run, whatever text has come into the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
NAMES = {
    "overview": "Overview",
    "findings": "Findings",
    "networks": "Layer by layer",
    "training": "Training",
    "operations": "Operations",
}


def page(report: Report, evidence: Evidence) -> str:
    """The whole file."""
    sections = [overview(report, evidence), findings(report, evidence), networks(evidence.networks, evidence.closed),
                lockstep(evidence, short(report.subject)), operations(report, evidence)]  # fmt: skip
    sections = [section for section in sections if section is not None]
    return document(
        h(
            "html",
            _head(report),
            h("body", _skip(), _header(report, evidence), _nav(sections), h("main", sections, id="main"), _footer()),
            lang="en",
        )
    )


def _head(report: Report) -> Tag:
    return h(
        "head",
        h("meta", charset="utf-8"),
        h("title", f"{short(report.subject)} beside PyTorch"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("link", rel="icon", href="data:,"),
        h("style", Style(STYLE)),
    )


def _skip() -> Tag:
    return h("a", "Skip to the content", href="#main", class_="skip")


def _header(report: Report, evidence: Evidence) -> Tag:
    wrong = any(not finding.note for finding in report.findings)
    mark = "✗ " if wrong else "✓ " if any(summary.checks for summary in report.summaries) else ""
    sentence = h(
        "p", h("span", mark, aria_hidden="true"), verdict(report), class_="verdict wrong" if wrong else "verdict"
    )
    return h(
        "header",
        h("h1", short(report.subject), h("span", " beside PyTorch")),
        sentence,
        index(report),
        facts(report, evidence),
    )


def _nav(sections: list[Tag]) -> Tag:
    ids = [section.attributes["id"] for section in sections]
    return h("nav", h("ul", [h("li", h("a", NAMES[id_], href=f"#{id_}")) for id_ in ids]), aria_label="sections")


def _footer() -> Tag:
    said = "Written by python -m parity_tests report. docs/results.md tells the same results for programs."
    return h("footer", h("p", said))
