"""The page without a browser: well-formed, escaped, complete, and its numbers are the run's."""

import itertools
import math
import os
import re
from dataclasses import replace

import pytest

import scratch_nn
from browser.chromium import missing
from browser.html_reader import Read, rows, text
from browser.small_pages import NAMES, built
from parity_tests.compare import Comparison
from parity_tests.findings import Explanation, Failure, Finding, Report
from parity_tests.networks.judge import Measured
from parity_tests.networks.report import NetworkReport, Row
from parity_tests.report import html
from parity_tests.report.html.evidence import Bank, Evidence, Training
from parity_tests.report.html.figures import BESIDE
from parity_tests.report.html.parts import anchor, times
from parity_tests.report.html.tree import Style, document, h
from parity_tests.report.table import number
from small_reports import ReLUOfOneAtZero, library

HOSTILE = """</style></pre><script>alert("1")</script><img src=x onerror='alert(2)'> & \x00\ud800 ]]>"""


@pytest.fixture(scope="module")
def right():
    return built(scratch_nn, *NAMES)


@pytest.fixture(scope="module")
def wrong():
    return built(library(ReLU=ReLUOfOneAtZero), "ReLU", "L2")


@pytest.fixture(scope="module")
def page(right):
    return Read(html.page(*right))


@pytest.mark.skipif(
    "REQUIRE_BROWSER" not in os.environ, reason="asked only where a browser is promised: set REQUIRE_BROWSER"
)
def test_where_it_is_promised_there_is_a_browser_to_look_at_pages():
    assert missing() == ""


# ---- text stays text


def test_strings_are_escaped_wherever_they_stand():
    written = document(h("p", HOSTILE, h("b", HOSTILE), title=HOSTILE, class_="note"))
    assert "<script" not in written
    assert "<img" not in written
    (_, _, title), *_ = Read(written).attributes()
    assert title == HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")


def test_a_style_sheet_cannot_end_itself():
    with pytest.raises(ValueError, match="without < and &"):
        Style("p { color: red } </style>")


def hostile() -> tuple[Report, Evidence]:
    """Everything that a stranger can put words into, filled with markup."""
    failure = Failure(f"ReLU-{HOSTILE}", HOSTILE, f"training.{HOSTILE}", "float64", HOSTILE, HOSTILE)
    explanation = Explanation(HOSTILE, HOSTILE, (HOSTILE,), 1, 2, 0.5, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    summary = replace(_summary(HOSTILE), failures=[HOSTILE])
    below = Finding(HOSTILE + "2", "layer", 3, (failure,))
    finding = Finding(HOSTILE, "layer", 3, (failure,), (explanation,), (below,))
    report = Report(HOSTILE, (summary, _summary(HOSTILE + "2")), (finding,), {HOSTILE: HOSTILE}, 1.0)
    measured = Measured("training.output", Comparison(False, math.inf, message=HOSTILE), "exception")
    network = NetworkReport(HOSTILE, (Row(HOSTILE, HOSTILE, (measured,), (measured,), HOSTILE),))
    bank = Bank(3, 2, (HOSTILE,), 0, 1.0)
    told = {HOSTILE: HOSTILE}
    training = Training(HOSTILE, "float64", (1.0,), (1.0,), {HOSTILE: (0.1,)}, how=HOSTILE)
    more = {"closed": told, "missing": told, "training": (training,), "of_stranger": True}
    return report, Evidence(networks=(network,), scripts=told, bank=bank, **more)


def _summary(name: str):
    from parity_tests.pair import Case, Pair
    from parity_tests.run import Summary

    return Summary(Pair(name, "layer", ours=None, theirs=None, cases=(Case("a"),)), checks=3)


def test_a_strangers_words_never_become_markup():
    read = Read(html.page(*hostile()))
    assert not read.names() & {"script", "img", "iframe", "object", "form", "input"}
    assert not [key for _, key, _ in read.attributes() if key.startswith("on")]
    assert sum("alert" in text(element) for element in read.all("pre")) == 2  # our line, and the script
    assert 'alert("1")' in text(read.all("h1")[0])
    assert not [name for name in read.ids() if re.search(r"[\s<>\"'&]", name)]
    assert {link for link in read.links() if link.startswith("#")} <= {f"#{name}" for name in read.ids()}


def test_names_that_differ_have_anchors_that_differ():
    names = ["a b", "a_b", "a~20b", "a-b", "ä", "a"]
    assert len({anchor("network", name) for name in names}) == len(names)


# ---- the page as a whole


def test_sections_links_and_headings(page):
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for id_ in ("overview", "networks", "training", "operations", *(f"pair-{name}" for name in NAMES)):
        assert id_ in ids
    assert "findings" not in ids
    inside = [link for link in page.links() if link.startswith("#")]
    assert len(inside) > 30
    assert set(inside) <= {f"#{id_}" for id_ in ids}
    levels = page.levels()
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_it_needs_nothing_else(page):
    assert "script" not in page.names()
    for element, key, value in page.attributes():
        if key in ("src", "href"):
            assert value.startswith(("#", "data:")), (element, value)
    assert "url(" not in text(page.all("style")[0])


def test_images_have_their_place_kept_and_words(page):
    images = page.all("img")
    assert len(images) >= 10
    for image in images:
        assert int(image.get("width")) > 0
        assert int(image.get("height")) > 0
        assert len(image.get("alt")) > 5
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in page.all("svg"))


def test_the_size(right):
    assert len(html.page(*right).encode()) < 500_000  # of eight pairs; of all, see the slow test


def test_written_whole_or_not_at_all(right, tmp_path):
    path = html.write(*[right[0], tmp_path / "new" / "report.html", right[1]])
    assert path.read_text(encoding="utf-8") == html.page(*right)
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]


# ---- its numbers


def test_the_figures_are_the_summaries(right):
    report, evidence = right
    for summary in report.summaries:
        found = evidence.figures[summary.pair.name].values()
        assert sum(figure.checks for figure in found) == summary.checks
        for part in ("error", "multiple"):
            values = [v for figure in found if not math.isnan(v := getattr(figure, part))]
            assert max(values, default=math.nan) == pytest.approx(getattr(summary, part), abs=0, nan_ok=True)


def test_each_cell_says_its_figure_and_leads_to_its_pair(right, page):
    _, evidence = right
    table = next(t for t in page.all("table") if t.get("class") == "heat")
    head = [text(cell) for cell in table.iter("th") if cell.get("scope") == "col"]
    found = {row[0]: row for row in rows(table)}
    column = head.index("input gradient")
    for name in ("FullyConnected", "ReLU", "SoftMax"):
        figure = evidence.figures[name]["input_gradient"]
        assert found[name][column] == f"{number(figure.error)} | {times(figure.multiple)} ×"
        assert found[name][head.index("behaviour")] == f"{evidence.figures[name][BESIDE].checks} hold"
    assert {link.get("href") for link in table.iter("a")} == {
        f"#pair-{n}" for n in ("FullyConnected", "ReLU", "SoftMax")
    }


def test_the_verdict_and_the_bank(right):
    report, evidence = right
    said = text(Read(html.page(report, evidence)).root)
    assert f"All of it agrees with PyTorch: 8 pairs, {sum(s.checks for s in report.summaries):,} checks." in said
    assert "not plantedpython -m parity_tests report --bank" in said
    with_bank = replace(evidence, bank=Bank(12, 11, ("a_fault",), 1, 3.0))
    said = text(Read(html.page(report, with_bank)).root)
    assert "faults of the bank noticed11 of 12planted one by one in 3 s" in said
    assert "1 more are proven to change nothing; not noticed: a_fault" in said


def test_lockstep_tells_both_losses_and_every_parameter(right, page):
    _, evidence = right
    kinds = {training.dtype: training for training in evidence.training}
    assert set(kinds) == {"float64", "float32"}
    assert len(kinds["float64"].differences) == 6
    assert all(len(values) == 20 for values in kinds["float32"].differences.values())
    assert max(max(v) for v in kinds["float64"].differences.values()) < 1e-10
    assert 1e-8 < max(max(v) for v in kinds["float32"].differences.values()) < 1e-2
    assert len(kinds["float32"].own) == 20
    section = page.by_id("training")
    charts = [element for element in section.iter() if element.get("class") == "chart"]
    lines = [part for chart in charts for part in chart.iter() if part.get("class", "").startswith("line ")]
    assert "The labels are random: nothing can be learnt, and the loss need not fall." in text(section)
    assert "float64 is judged; float32 is only drawn." in " ".join(text(section).split())
    assert len(lines) == 2 + 2 * 6 + 1  # two losses, six parameters twice, PyTorch's own error


# ---- a failure


def test_a_failure_is_told_with_place_amount_reason_and_our_line(wrong):
    read = Read(html.page(*wrong))
    finding = read.by_id("finding-ReLU")
    said = text(finding)
    assert "ReLU: input_gradient fails" in said
    assert "the gradient at exactly 0 is 1" in said
    assert "scratch_nn/activations.py:" in said
    assert "self._on[some] = ~(X <= 0)" in said
    assert re.search(r"outside; the worst is framed, at \(\d+, \d+\): \S+ here, 0 in PyTorch; allowed 1e-10", said)
    assert [element for element in finding.iter() if element.get("class") == "ring"]
    header = text(read.all("header")[0])
    assert "It does not agree with PyTorch: 1 finding in" in header
    assert "ReLU: input_gradient fails: the gradient at exactly 0 is 1" in header
    cells = [link.get("href") for link in read.by_id("overview").iter("a")]
    assert "#finding-ReLU" in cells


def test_the_first_wrong_layer_is_marked():
    off = Measured("training.output", Comparison(False, 0.5, message="off"))
    fine = Measured("training.output", Comparison(True, 1e-16))
    network = NetworkReport("net", (Row("0", "ReLU", (fine,), (fine,)), Row("1", "Tanh", (off,), (off,)),
                                    Row("2", "ReLU", (fine,), (off,))))  # fmt: skip
    report = Report("net.py", (), (), {}, 1.0)
    marked = [
        row for row in Read(html.page(report, Evidence(networks=(network,)))).all("tr") if row.get("class") == "first"
    ]
    assert len(marked) == 1
    assert text(marked[0]).startswith("1 Tanh ◀ the first wrong in itself")
