"""The lessons: whole, in order, readable on a code host; and what is generated in them is what would be made now."""

import re
from pathlib import Path

import pytest

from parity_tests.lessons.lessons import FOLDER, Generator, outdated_figures, outdated_page, pages
from parity_tests.lessons.page import figures, parts
from parity_tests.lessons.source import ROOT

TOPICS = (
    "einsum",
    "dense",
    "activations",
    "softmax",
    "cross-entropy",
    "convolution",
    "im2col",
    "pooling",
    "batch-norm",
    "dropout",
    "flatten-and-layouts",
    "sgd-with-momentum",
    "adam",
    "initialisation",
    "whole-network",
)
HEADINGS = ("Stacked into matrices", "In NumPy", "The mistake people make", "Exercises")
SHORTEST, LONGEST = 80, 210


@pytest.fixture(scope="module")
def generator():
    return Generator()


@pytest.fixture(params=pages(), ids=lambda path: path.stem)
def path(request):
    return request.param


def test_there_is_a_lesson_for_every_topic_in_order():
    assert [path.stem for path in pages()] == [f"{i:02}-{topic}" for i, topic in enumerate(TOPICS, start=1)]


def test_the_index_lists_them_in_order():
    linked = re.findall(r"^\d+\. \[[^\]]+\]\(([^)]+)\): \S", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    assert linked == [path.name for path in pages()]


def test_a_lesson_has_all_its_parts(path):
    text = path.read_text(encoding="utf-8")
    kinds = {part.kind for part in parts(text)}
    assert {"code", "output", "source", "agreement", "mistake"} <= kinds
    assert [heading for heading in HEADINGS if f"\n## {heading}\n" not in text] == []
    assert "index" in text
    assert len(figures(text)) == 1
    exercises = text.partition("\n## Exercises\n")[2]
    assert len(re.findall(r"^\d\. ", exercises, re.M)) == 3
    assert SHORTEST <= len(text.splitlines()) <= LONGEST


def test_a_lesson_links_to_its_neighbours(path):
    names = [other.name for other in pages()]
    last, i = path.read_text(encoding="utf-8").rstrip().splitlines()[-1], names.index(path.name)
    beside = [*names[max(0, i - 1) : i], "README.md", *names[i + 1 : i + 2]]
    assert re.findall(r"\]\(([^)]+)\)", last) == beside


def test_source_and_outputs_are_current_and_every_comparison_holds(path, generator):
    """Every block of Python runs, and prints what stands below it."""
    found = outdated_page(path, generator, only=("source", "output"))
    assert found is None, f"{found.why}: run python scripts/lessons.py"
    printed = "".join(part.body for part in parts(path.read_text(encoding="utf-8")) if part.kind == "output")
    assert "True" in printed
    assert "False" not in printed


def test_agreement_and_mistake_are_current(path, generator):
    found = outdated_page(path, generator, only=("agreement", "mistake"))
    assert found is None, f"{found.why}: run python scripts/lessons.py"


def test_figures_are_current(path):
    assert [found.path.name for found in outdated_figures(path)] == [], "run python scripts/lessons.py"


def test_figures_are_small_and_no_other_lies_there():
    shown = {name for path in pages() for name in figures(path.read_text(encoding="utf-8"))}
    there = {path.stem: path.stat().st_size for path in (FOLDER / "figures").iterdir()}
    assert set(there) == shown
    assert max(there.values()) < 100_000


# ---- what a code host makes of the maths


def formulas(text: str) -> tuple[list[str], list[str]]:
    """(displayed, inline); code is left out."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    text = re.sub(r"`[^`\n]*`", "", text)
    displayed = re.findall(r"^\$\$\n(.*?)^\$\$$", text, re.S | re.M)
    return displayed, re.findall(r"\$([^$\n]+)\$", re.sub(r"^\$\$\n.*?^\$\$$", "", text, flags=re.S | re.M))


SPOILT = {
    "Markdown takes the backslash away": r"\\[{}\\,;!:%_*#&|$]",
    "an underscore that could open emphasis": r"(?<![A-Za-z0-9])_",
    "an asterisk is emphasis: use \\ast or \\cdot": r"\*",
    "a tag: use \\lt or \\gt": r"[<>]",
    "a bar ends a cell of a table": r"\|",
    "a line that begins a list, a heading or a quotation": r"(?m)^ *([-+#>]|\d+[.)]) ",
}


def spoilt(formula: str) -> list[str]:
    return [why for why, pattern in SPOILT.items() if re.search(pattern, formula)]


@pytest.mark.parametrize("formula", [r"a \\ b", r"\{x\}", r"\hat{x}_i", "a * b", "a < b", "|x|", r"a\,b", "a\n- b"])
def test_the_finder_of_spoilt_maths_finds(formula):
    assert len(spoilt(formula)) == 1


@pytest.mark.parametrize("page", [*pages(), FOLDER / "README.md"], ids=lambda path: path.stem)
def test_maths_survives_markdown(page):
    text = page.read_text(encoding="utf-8")
    displayed, inline = formulas(text)
    assert [(formula, why) for formula in (*displayed, *inline) if (why := spoilt(formula))] == []
    assert [formula for formula in inline if formula != formula.strip()] == []
    assert all(formula.count("{") == formula.count("}") for formula in (*displayed, *inline))
    assert all(len(re.findall(r"\\left\b", f)) == len(re.findall(r"\\right\b", f)) for f in (*displayed, *inline))


@pytest.mark.parametrize("page", [*pages(), FOLDER / "README.md"], ids=lambda path: path.stem)
def test_dollars_stand_where_a_code_host_sees_formulas(page):
    """An opening $ has a space or a bracket before it, a closing one a space or punctuation behind; $$ stands alone."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for line in re.sub(r"^\$\$\n.*?^\$\$$", "", re.sub(r"`[^`\n]*`", "", text), flags=re.S | re.M).splitlines():
        assert line.count("$") % 2 == 0, line
        for found in re.finditer(r"(.?)\$[^$]+\$(.?)", line):
            assert found[1] in ("", " ", "(", "*"), line
            assert found[2] in ("", " ", ".", ",", ":", ";", ")", "?", "!", "*"), line
    for before, after in re.findall(r"(.*)\n\$\$\n.*?\n\$\$\n(.*)", text, re.S):
        assert before
        assert after


# ---- changing the source changes the lesson


def test_a_changed_source_changes_the_lesson(tmp_path):
    original = (ROOT / "scratch_nn" / "dropout.py").read_text(encoding="utf-8")
    (tmp_path / "scratch_nn").mkdir()
    changed = original.replace("kept = self.rng.random(shape) >= self.p", "kept = self.rng.random(shape) > self.p")
    assert changed != original
    (tmp_path / "scratch_nn" / "dropout.py").write_text(changed, encoding="utf-8")
    page = FOLDER / "10-dropout.md"
    found = outdated_page(page, Generator(tmp_path), only=("source",))
    assert found.why.startswith("source at line")
    before, after = page.read_text(encoding="utf-8"), found.content.decode()
    assert "kept = self.rng.random(shape) > self.p\n" in after
    assert after.replace("(shape) > self.p\n", "(shape) >= self.p\n") == before


def test_a_source_that_is_gone_is_named_with_page_and_line(tmp_path):
    (tmp_path / "scratch_nn").mkdir()
    (tmp_path / "scratch_nn" / "dropout.py").write_text("class Dropout:\n    def forward(self): ...\n")
    with pytest.raises(
        ValueError, match=r"10-dropout.md, line \d+: scratch_nn/dropout.py: expected a definition of back"
    ):
        outdated_page(FOLDER / "10-dropout.md", Generator(tmp_path), only=("source",))


def test_a_changed_layer_changes_outputs_and_figures(monkeypatch):
    import scratch_nn

    backward = scratch_nn.SoftMax.backward
    monkeypatch.setattr(scratch_nn.SoftMax, "backward", lambda self, dLdY: 2 * backward(self, dLdY))
    page = FOLDER / "04-softmax.md"
    assert "layer    False" in outdated_page(page, Generator(), only=("output",)).content.decode()
    assert [found.why for found in outdated_figures(page)] == ["another picture"]


def test_what_a_layer_gets_wrong_is_not_shown_as_agreement(monkeypatch):
    import scratch_nn

    monkeypatch.setattr(scratch_nn.Flatten, "backward", lambda self, dLdY: 2 * dLdY.reshape(self._input_shape))
    with pytest.raises(ValueError, match=r"11-flatten.*does not agree: Flatten-images-training.input_gradient"):
        outdated_page(FOLDER / "11-flatten-and-layouts.md", Generator(), only=("agreement",))


def test_the_letters_of_einsum_are_the_course_s_numbers():
    text = Path(FOLDER / "01-einsum.md").read_text(encoding="utf-8")
    assert "[[24804 25155 25506 25857]\n [62712 63792 64872 65952]]\nof ones: 27.0" in text
