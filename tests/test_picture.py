"""The picture of a run: it shows the figures that were handed in, and marks what failed twice over."""

import math

import pytest
from matplotlib.colors import to_hex

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.pair import Case, Pair
from parity_tests.report.picture import AGREES, EXACT, FAILS, LARGEST, LIMIT, WIDEST, draw, figure
from parity_tests.run import Summary

NAN, INF = math.nan, math.inf


def summary(name, family="layer", error=1e-15, multiple=0.5, failures=(), checks=10):
    pair = Pair(name, family, ours=None, theirs=None, cases=(Case("a"),))
    return Summary(pair, checks, error, multiple, list(failures))


def points(axes):
    """{name of the row: (x, marker, colour)} of the points in a panel."""
    heights, names = (
        axes.figure.axes[0].get_yticks(),
        [text.get_text() for text in axes.figure.axes[0].get_yticklabels()],
    )
    rows = dict(zip(heights, names, strict=True))
    lines = [line for line in axes.lines if line.get_label() in (AGREES["label"], FAILS["label"])]
    return {rows[line.get_ydata()[0]]: (line.get_xdata()[0], line.get_marker(), line.get_color()) for line in lines}


def texts(drawn):
    return [text.get_text() for axes in drawn.axes for text in axes.texts]


def name_colours(drawn):
    return {text.get_text(): to_hex(text.get_color()).upper() for text in drawn.axes[0].get_yticklabels()}


def test_points_are_the_figures():
    errors, multiples = figure([summary("A", error=3e-15, multiple=0.75), summary("B", error=2e-16, multiple=1.5)]).axes
    assert {name: x for name, (x, _, _) in points(errors).items()} == {"A": 3e-15, "B": 2e-16}
    assert {name: x for name, (x, _, _) in points(multiples).items()} == {"A": 0.75, "B": 1.5}


def test_zero_stands_at_exact():
    errors = figure([summary("A", error=0.0)]).axes[0]
    assert points(errors)["A"][0] == EXACT
    labels = dict(zip(errors.get_xticks(), (text.get_text() for text in errors.get_xticklabels()), strict=True))
    assert labels[EXACT] == "exact"


def test_the_limits_are_drawn():
    errors, multiples = figure([summary("A")]).axes
    for axes, allowed in ((errors, RELATIVE_64), (multiples, MOST_32)):
        (line,) = [line for line in axes.lines if line.get_label() == LIMIT["label"]]
        assert list(line.get_xdata()) == [allowed, allowed]
        assert axes.get_xlim()[0] < allowed < axes.get_xlim()[1]


def test_a_failing_pair_has_another_marker_another_colour_and_a_marked_name():
    drawn = figure([summary("Good"), summary("Bad", error=0.4, multiple=7.0, failures=["x", "y"])])
    for axes in drawn.axes:
        (_, marker, colour), (x, other_marker, other_colour) = points(axes)["Good"], points(axes)["Bad"]
        assert marker != other_marker
        assert colour != other_colour
        assert x <= axes.get_xlim()[1]
    assert name_colours(drawn)["Bad"] == FAILS["color"] != name_colours(drawn)["Good"]
    assert "2 of 10 checks fail" in texts(drawn)
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == [
        AGREES["label"],
        FAILS["label"],
        LIMIT["label"],
    ]


def test_a_failing_pair_without_any_figure_is_marked_too():
    drawn = figure([summary("Bad", error=NAN, multiple=NAN, failures=["x"])])
    assert points(drawn.axes[0]) == points(drawn.axes[1]) == {}
    assert name_colours(drawn)["Bad"] == FAILS["color"]
    assert {"1 of 10 checks fail", "not measured"} <= set(texts(drawn))


def test_figures_beyond_an_axis_stand_at_its_end():
    errors, multiples = figure([summary("Bad", error=INF, multiple=1234.4, failures=["x"])]).axes
    assert points(errors)["Bad"][0] == LARGEST == errors.get_xlim()[1]
    assert points(multiples)["Bad"][0] == WIDEST == multiples.get_xlim()[1]
    assert "1,234" in texts(errors.figure)


def test_what_has_no_float32_says_so():
    drawn = figure([summary("Step", "schedule", multiple=NAN)])
    assert points(drawn.axes[1]) == {}
    assert texts(drawn) == ["float64 only"]


def test_rows_stand_family_by_family():
    drawn = figure([summary("A", "layer"), summary("B", "loss"), summary("C", "layer"), summary("D", "loss")])
    axes = drawn.axes[0]
    assert axes.yaxis_inverted()
    ticks = zip(axes.get_yticks(), (text.get_text() for text in axes.get_yticklabels()), strict=True)
    assert [name for _, name in sorted(ticks)] == ["layer", "A", "C", "loss", "B", "D"]


def test_the_title_counts():
    good, bad = summary("A", checks=1000), summary("B", checks=500, failures=["x"] * 3)
    assert figure([good]).get_suptitle() == "A agrees with PyTorch, in all 1,000 checks"
    assert figure([bad]).get_suptitle() == "B does not agree with PyTorch, in 497 of 500 checks"
    assert figure([good, bad]).get_suptitle() == "1 of 2 pairs agree with PyTorch, in 1,497 of 1,500 checks"


def test_the_file_is_a_picture_in_a_new_folder(tmp_path):
    path = draw([summary("A")], tmp_path / "new" / "parity.png")
    assert path == tmp_path / "new" / "parity.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in path.parent.iterdir()] == ["parity.png"]


@pytest.mark.parametrize(
    ("summaries", "name", "message"),
    [([], "parity.png", "at least one pair"), ([summary("A")], "parity.nonsense", "nonsense")],
)
def test_the_old_file_survives_a_failure(tmp_path, summaries, name, message):
    (tmp_path / name).write_text("old")
    with pytest.raises(ValueError, match=message):
        draw(summaries, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_the_old_file_survives_an_interrupted_write(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def interrupted(self, path, **settings):
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", interrupted)
    (tmp_path / "parity.png").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        draw([summary("A")], tmp_path / "parity.png")
    assert (tmp_path / "parity.png").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["parity.png"]
