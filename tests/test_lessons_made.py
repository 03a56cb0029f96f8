"""How lessons are made: pages cut up and put together, excerpts, runs, bounds, pictures; and scripts/lessons.py."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from parity_tests.lessons import agreement, mistakes
from parity_tests.lessons.drawing import ROUNDING, Grid, curves, fingerprint, fingerprint_of, png, row
from parity_tests.lessons.lessons import FOLDER, Generator, figure, outdated_page
from parity_tests.lessons.page import alike, parts
from parity_tests.lessons.running import BlockFailed, Session
from parity_tests.lessons.source import excerpt

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "lessons.py"
SPEC = importlib.util.spec_from_file_location("lessons_script", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

PAGE = """# Title

```python
print(6 * 7)
```

<!-- output -->
<!-- /output -->
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one small lesson, which the script takes for the lessons."""
    (tmp_path / "01-small.md").write_text(PAGE)
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    return tmp_path


# ---- pages


def test_the_parts_of_a_page_are_the_page():
    for path in FOLDER.glob("*.md"):
        text = path.read_text(encoding="utf-8").replace("`<!-- source: ... -->` and `<!-- /source -->`", "")
        assert "".join(part.text for part in parts(text)) == text


def test_a_mark_without_a_partner_is_refused():
    with pytest.raises(
        ValueError, match=r"line 3: expected a region that is opened and closed, got <!-- output --> alone"
    ):
        list(parts("a\n\n<!-- output -->\nb\n"))


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"p.md, line 1: no kind of region is called image; output, source, agreement"):
        Generator().page("<!-- image: x -->\n<!-- /image -->\n", "p.md")


def test_rounding_is_no_difference_but_numbers_are():
    assert alike("fits 3 of 3, to 3e-17.", "fits 3 of 3, to\n  4.1e-16.")
    assert alike("fits 3 of 3, exactly.", "fits 3 of 3, to\n  4.1e-16.")
    assert not alike("fits 3 of 3, exactly.", "fits 3 of 3, to 4.1e-06.")
    assert not alike("off by 3e-02", "off by 4e-02")
    assert not alike("fits 3 of 3, to 3e-17.", "fits 3 of 4, to 3e-17.")


# ---- excerpts


def test_an_excerpt_is_the_source_of_methods_under_their_class_and_of_functions(tmp_path):
    (tmp_path / "m.py").write_text(
        'class A(B):\n    """Doc."""\n\n    x = 1\n\n    @staticmethod\n    def f():  # why\n        return 1\n\n'
        "    def g(self):\n        return 2\n\n\ndef h():\n    return 3\n"
    )
    assert excerpt("m.py", ["A.g", "A.f", "h"], tmp_path) == (
        "# m.py\nclass A(B):\n    def g(self):\n        return 2\n\n"
        "    @staticmethod\n    def f():  # why\n        return 1\n\n\ndef h():\n    return 3"
    )


def test_a_name_that_is_not_defined_lists_what_is(tmp_path):
    (tmp_path / "m.py").write_text("def h(): ...\n")
    with pytest.raises(ValueError, match=r"m.py: expected a definition of g, there are h"):
        excerpt("m.py", ["g"], tmp_path)


# ---- runs


def test_a_block_that_raises_is_named_by_page_and_line():
    session = Session("p.md")
    session.run("x = 1\nprint(x)", 10)
    assert session.printed == "1\n"
    with pytest.raises(BlockFailed, match=r"p.md, the block at line 20: ZeroDivisionError"):
        session.run("x / 0", 20)


# ---- bounds


def test_bounds_have_room():
    assert agreement.error_bound(2e-15) == 1e-14
    assert agreement.error_bound(4e-15) == pytest.approx(1e-13)
    assert agreement.error_bound(0.0) == 0
    assert [agreement.multiple_bound(times) for times in (0.1, 0.5, 1.0, 1.3, 1.9)] == [0.5, 1.0, 1.5, 2.0, 2.0]


def test_a_bound_stays_while_a_run_keeps_it_and_goes_when_it_says_nothing():
    bench = Generator().bench
    fresh = agreement.table(["SoftMax"], bench)
    error, multiple = (float(number) for number in re.findall(r"at most (\S+)", fresh))
    looser = fresh.replace(f"at most {error:.0e}", f"at most {10 * error:.0e}")
    assert looser != fresh
    assert agreement.table(["SoftMax"], bench, shown=looser) == looser
    too_loose = fresh.replace(f"at most {error:.0e}", "at most 1e-10")
    broken = fresh.replace(f"at most {error:.0e}", "at most 1e-20")
    assert agreement.table(["SoftMax"], bench, shown=too_loose) == fresh
    assert agreement.table(["SoftMax"], bench, shown=broken) == fresh
    assert multiple <= 2


# ---- mistakes


def test_a_mistake_that_no_check_notices_cannot_be_shown():
    with pytest.raises(ValueError, match="it tells nothing at all"):
        mistakes.mistake_block("relu_as_maximum", Generator().bench)


def test_a_mistake_that_is_not_in_the_bank_is_refused():
    with pytest.raises(ValueError, match="the bank has no mutant relu_is_blue"):
        mistakes.mistake_block("relu_is_blue", Generator().bench)


# ---- pictures


def test_a_picture_knows_what_it_shows():
    first, same, other = (row(Grid(np.array([[1.0, x]]), "A")) for x in (2.0, 2.0 + 1e-12, 2.5))
    assert fingerprint(first) == fingerprint(same) != fingerprint(other)
    assert fingerprint_of(png(first)) == fingerprint(first)
    assert fingerprint_of(b"no picture") == ""


def test_lines_of_rounding_errors_do_not_count():
    prints = []
    for value in (1e-16, 3e-16):
        figure_, (axes,) = curves(1)
        axes.plot([0, 1], [0, value], gid=ROUNDING)
        prints.append(fingerprint(figure_))
    assert prints[0] == prints[1]


def test_numbers_are_dark_on_light():
    drawn = row(Grid(np.array([[-5.0, 0.0, 5.0]]), "A"))
    (image,) = drawn.axes[0].images
    colours = image.cmap(image.norm(np.array([-5.0, 0.0, 5.0])))[:, :3]
    luminance = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]
    ink = (0.1 + 0.055) / 1.055
    contrast = (luminance + 0.05) / (ink**2.4 + 0.05)
    assert contrast.min() > 7


def test_a_figure_that_nothing_draws_is_refused():
    with pytest.raises(ValueError, match=r"nothing draws unheard_of\.png"):
        figure("unheard_of")


# ---- the script


def test_check_tells_and_writes_nothing(folder, capsys):
    assert script.main(["--check"]) == 1
    assert (folder / "01-small.md").read_text() == PAGE
    out = capsys.readouterr().out
    assert "out of date: 01-small.md (output at line 7)" in out
    assert "1 lessons: 1 files out of date: run python scripts/lessons.py." in out


def test_it_writes_whole_files_once(folder, capsys):
    assert script.main([]) == 0
    text = (folder / "01-small.md").read_text()
    assert text == PAGE.replace("<!-- output -->\n", "<!-- output -->\n```text\n42\n```\n")
    assert [path.name for path in folder.iterdir()] == ["01-small.md"]
    assert script.main(["--check"]) == 0
    assert "1 lessons: everything is up to date." in capsys.readouterr().out


def test_a_lesson_that_cannot_be_made_is_exit_code_2_and_left_as_it_was(folder, capsys):
    page = PAGE.replace("6 * 7", "6 / 0")
    (folder / "01-small.md").write_text(page)
    assert script.main([]) == 2
    assert "lessons.py: 01-small.md, the block at line 4: ZeroDivisionError" in capsys.readouterr().err
    assert (folder / "01-small.md").read_text() == page


def test_ctrl_c_is_a_sentence(folder, capsys):
    (folder / "01-small.md").write_text(PAGE.replace("print(6 * 7)", "raise KeyboardInterrupt"))
    assert script.main([]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "lessons.py: interrupted."


def test_an_unknown_word_lists_the_lessons(folder, capsys):
    assert script.main(["transformer"]) == 2
    assert "no lesson is called transformer; there are 01-small" in capsys.readouterr().err


def test_a_word_picks_lessons(folder):
    (folder / "02-other.md").write_text(PAGE)
    assert script.main(["other"]) == 0
    assert "42" not in (folder / "01-small.md").read_text()
    assert "42" in (folder / "02-other.md").read_text()


def test_only_some_kinds_are_looked_at(folder):
    assert outdated_page(folder / "01-small.md", Generator(), only=("source",)) is None
