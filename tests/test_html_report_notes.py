"""Notes and findings that nothing explains, on the page and in the table: neither is told as what it is not."""

from dataclasses import replace

import numpy as np
import pytest

import scratch_nn
from browser.html_reader import Read, text
from browser.small_pages import built
from parity_tests.findings import Rule
from parity_tests.report import findings_text, html, table
from parity_tests.report.html.figures import Figure
from parity_tests.report.html.overview import cell, verdict
from parity_tests.report.html.parts import error_tint, multiple_tint, shown
from parity_tests.report.html.tree import document
from small_reports import library

RULE = "dW = Xᵀ dZ, summed over the batch, not averaged."


class ReLUThatStopsNaN(scratch_nn.ReLU):
    def forward(self, X, *, training=False):
        Y = super().forward(X, training=training)
        self._on = X > 0
        return Y


class TwiceWrong(scratch_nn.FullyConnected):
    """dW is what no single mistake gives."""

    def backward(self, dLdY):
        dLdX = super().backward(dLdY)
        self.gradients["W"] = self.gradients["W"] * np.sin(self.parameters["W"]) + 0.3
        return dLdX


@pytest.fixture(scope="module")
def run():
    return built(library(ReLU=ReLUThatStopsNaN, FullyConnected=TwiceWrong), "ReLU", "FullyConnected", noted=True)


@pytest.fixture(scope="module")
def page(run):
    return Read(html.page(*run))


def test_the_table_does_not_say_ok_beside_what_is_noted(run):
    marks = {summary.pair.name: table.line(summary).split()[0] for summary in run[0].summaries}
    assert marks == {"ReLU": "note", "FullyConnected": "FAIL"}


def test_a_noted_cell_has_a_mark_and_a_label_of_its_own(page):
    row = next(tr for tr in page.all("tr") if text(tr).startswith("ReLU"))
    cells = [a for a in row.iter("a") if "input gradient" in a.get("aria-label", "")]
    (label,) = [a.get("aria-label") for a in cells]
    assert label.startswith("ReLU, input gradient: 4 of ")
    assert " checks differ, a note and no failure, float64 error " in label
    assert {span.get("class") for span in cells[0].iter("span")} == {"noted"}
    assert "†" in text(row)
    assert "✗" not in text(row)
    assert cells[0].get("href") == "#finding-ReLU"


def test_what_fails_keeps_its_cross_though_something_is_noted_too():
    figure = Figure(error=0.5, multiple=3.0, checks=5, failed=1, noted=1)
    said = document(cell("ReLU", "output", figure, True))
    assert "5.0e-01 ✗" in said
    assert "noted" not in said
    assert "1 of 5 checks fail" in said


def test_a_number_beyond_the_allowed_is_marked_by_what_it_is():
    assert (error_tint(0.5, "noted"), multiple_tint(3.0, "noted"), shown(0.5, "noted")) == (
        "noted",
        "noted",
        "5.0e-01 †",
    )
    assert (error_tint(1e-16, "noted"), multiple_tint(1.0, "noted"), shown(0.0, "noted")) == ("t1", "t2", "exact")


def test_the_head_counts_notes_apart(run):
    report, _ = run
    checks = sum(summary.checks for summary in report.summaries)
    assert verdict(report) == f"It does not agree with PyTorch: 1 finding and 1 note in {checks:,} checks."
    report, evidence = built(library(ReLU=ReLUThatStopsNaN), "ReLU", noted=True)
    assert verdict(report) == f"All of it agrees with PyTorch: 1 pair, {report.summaries[0].checks} checks and 1 note."
    read = Read(html.page(report, evidence))
    assert "checks that differ" in text(read.by_id("finding-ReLU"))
    assert "differ †" in text(read.by_id("pair-ReLU"))


def test_checks_of_a_note_have_not_failed(page):
    (noted,) = [text(s) for s in page.by_id("finding-ReLU").iter("summary") if text(s).startswith("All")]
    (failed,) = [text(s) for s in page.by_id("finding-FullyConnected").iter("summary") if text(s).startswith("All")]
    assert noted.endswith(" checks that differ")
    assert failed.endswith(" failed checks")


def test_what_nothing_explains_has_the_rule_and_the_line_to_compare(run, page):
    finding = next(found for found in run[0].findings if found.pair == "FullyConnected")
    assert finding.explanations == ()
    assert finding.rule.rule == RULE
    block = findings_text.block(finding)
    begin = block.index(f"  {findings_text.UNEXPLAINED}")
    assert block[begin + 1] == f"  PyTorch: {RULE}"
    assert block[begin + 2].startswith("  Compare scratch_nn/fully_connected.py:")
    said = text(page.by_id("finding-FullyConnected"))
    assert f"{findings_text.UNEXPLAINED} PyTorch: {RULE}" in said
    assert 'self.gradients["W"] = self._X.T @ dLdZ' in said


def test_what_is_explained_is_not_called_unknown(run, page):
    finding = next(found for found in run[0].findings if found.pair == "ReLU")
    assert finding.explanations
    assert finding.rule is None
    assert findings_text.UNEXPLAINED not in text(page.by_id("finding-ReLU"))


def test_of_a_note_without_an_explanation_the_rule_alone_is_told(run):
    finding = next(found for found in run[0].findings if found.pair == "ReLU")
    assert list(findings_text.unexplained(replace(finding, rule=Rule("so.", "a.py:1", "x")))) == [
        "PyTorch: so.",
        "Compare a.py:1:  x",
    ]


def test_a_hint_stands_on_the_page_where_no_rule_does(run):
    hint = "Is it cut short?"
    findings = tuple(replace(found, hint=hint) if found.pair == "ReLU" else found for found in run[0].findings)
    report = replace(run[0], findings=findings)
    assert hint in text(Read(html.page(report, *run[1:])).by_id("finding-ReLU"))
