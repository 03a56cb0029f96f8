"""The parts of the page: pictures, numbers, charts, and the data beneath them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from browser.html_reader import Read
from parity_tests.report.html.chart import Line, axis, bars, over_steps
from parity_tests.report.html.evidence import EDGES, Rounding, counted, rounding, training, ulps
from parity_tests.report.html.figures import BESIDE, Figure, cases, figures
from parity_tests.report.html.parts import error_tint, multiple_tint, picture, shown, times
from parity_tests.report.html.pixels import difference, grey, montage, signed, spot
from parity_tests.report.html.tree import document
from small_reports import PAIR, Lacking, library, results

NAN, INF = math.nan, math.inf


def read(tag):
    return Read(document(tag)).root


# ---- pictures


@given(st.lists(st.integers(1, 4), min_size=0, max_size=4), st.data())
def test_the_spot_of_an_element_is_where_the_montage_has_it(shape, data):
    array = np.arange(float(np.prod(shape, dtype=int))).reshape(shape)
    index = tuple(data.draw(st.integers(0, size - 1)) for size in shape)
    whole, _ = montage(array)
    assert whole[spot(array, index)] == array[index]
    assert np.count_nonzero(~np.isnan(whole)) == array.size


def test_pictures_are_of_one_pixel_an_element():
    for make in (grey, signed, difference):
        pixels = make(np.array([[0.0, 0.5, 1.0], [0.2, NAN, INF]]))
        assert (pixels.width, pixels.height) == (3, 2)
        assert pixels.uri.startswith("data:image/png;base64,")
    assert difference(np.array([[0.0]])).uri != difference(np.array([[1e-3]])).uri


def test_a_mark_stands_on_its_element():
    root = read(picture(grey(np.ones((3, 5))), "", "words", mark=(2, 4)))
    rect = next(element for element in root.iter() if element.tag.endswith("rect"))
    assert (rect.get("x"), rect.get("y")) == ("4", "2")


# ---- numbers


def test_tints_and_marks():
    assert [error_tint(e) for e in (0.0, 1e-16, 1e-14, 1e-12, 1e-10, 2e-10, INF, NAN)] == [
        "t0", "t1", "t2", "t3", "t4", "bad", "bad", "none"]  # fmt: skip
    assert [multiple_tint(m) for m in (0.0, 0.5, 1.0, 1.2, 2.0, 2.01)] == ["t0", "t1", "t2", "t3", "t4", "bad"]
    assert (shown(3e-16), shown(0.5), shown(NAN)) == ("3.0e-16", "5.0e-01 ✗", "-")
    assert (times(1.234), times(3e6), times(INF), times(NAN)) == ("1.23", "3e+06", "inf", "-")


def test_units_in_the_last_place():
    truth = np.array([1.0, 1.0, 1.0, 2.0, 0.0, NAN])
    step = 2.0**-23  # of numbers from 1 to 2
    found = ulps(truth + np.array([0, step / 2, step, 4 * step, 0, 0]), truth)
    assert found.tolist() == [0, 0.5, 1, 2, 0]
    assert counted(found) == (3, 1, 1, 0, 0, 0, 0, 0)
    assert counted(np.array([0.5000001, 33, 1e9])) == (0, 1, 0, 0, 0, 0, 0, 2)
    assert len(EDGES) == len(counted(found))


def test_rounding_counts_ours_and_theirs():
    truth = {"a": np.ones(4), "n": np.array(3)}
    ours, theirs = {"a": np.full(4, 1 + 2.0**-23)}, {"a": np.ones(4)}
    found = rounding(ours, theirs, truth) + Rounding()
    assert (found.ours[1], found.theirs[0], sum(found.ours)) == (4, 4, 4)
    assert rounding({"a": np.ones(3)}, theirs, truth) == Rounding()  # another shape: told elsewhere


def test_training_of_another_shape_is_not_a_number():
    theirs = {f"step{k:02}.{name}": np.full(2, 4.0) for k in range(3) for name in ("loss", "parameter.W")}
    theirs = {name: array[0] if name.endswith("loss") else array for name, array in theirs.items()}
    ours = {**theirs, "step01.parameter.W": np.full(2, 5.0), "step02.parameter.W": np.ones(3)}
    found = training("net", "float64", ours, theirs).differences["W"]
    assert found[:2] == (0.0, 0.25)
    assert math.isnan(found[2])


def test_figures_are_fed_by_results_of_any_kind():
    found = results(Lacking(library(), "Dropout"), "Flatten", "Dropout", without_refusals=True)
    by_pair = figures(found)
    assert by_pair["Dropout"]["output"].checks == 0
    assert by_pair["Dropout"]["output"].not_offered > 0
    flat = by_pair["Flatten"]
    assert flat["output"].error == 0
    assert flat["output"].not_offered == 2 * len(PAIR["Flatten"].cases)  # training and evaluation, in float32
    assert flat[BESIDE].failed == 0
    assert sum(f.checks for f in cases(found)["Flatten"].values()) == sum(f.checks for f in flat.values())
    assert Figure().checks == 0


# ---- charts


def test_an_axis_holds_all_its_values():
    lines = [Line("a", [1e-16, 3e-12, 0.0], "s1")]
    scale = axis(lines, log=True)
    assert scale.exact
    assert scale.low < 1e-16 < 3e-12 <= scale.high
    heights = [scale.at(v) for v in (0.0, 1e-16, 3e-12)]
    assert heights == sorted(heights, reverse=True)
    assert [label for _, label in scale.ticks()][-1] == "exact"
    plain = axis([Line("loss", [2.31, 2.47], "s1")], log=False)
    assert plain.low <= 2.31 < 2.47 <= plain.high
    assert all(plain.low <= value <= plain.high + 1e-9 for value, _ in plain.ticks())


@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0], [NAN, 1.0], [], [INF, 1.0], [5.0, 5.0]])
@pytest.mark.parametrize("log", [True, False])
def test_charts_of_odd_values_are_drawn(values, log):
    drawn = document(over_steps("a title", [Line("a", values, "s1"), Line("b", [1.0, 2.0], "s2", dots=True)], log=log))
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert read(over_steps("a title", [Line("a", values, "s1")], log=log)).get("aria-label") == "a title"


def test_bars_are_shares():
    root = read(bars("title", ["x", "y"], [Line("a", [1, 3], "s1"), Line("b", [0, 0], "s2")]))
    heights = [float(e.get("height")) for e in root.iter() if e.tag.endswith("rect")]
    assert heights[1] == pytest.approx(3 * heights[0], rel=0.01)
    assert heights[2:] == [0, 0]
