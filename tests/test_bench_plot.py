"""The picture of a run: whole or not there, every contestant where its numbers say, no label over another."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from benchmarks import plot, report
from benchmarks.cases import CASES, SWEEPS, Sweep
from benchmarks.contestant import OURS, TORCH_CHANNELS_LAST, TORCH_NCHW

SIZES = dict.fromkeys((case.name for case in CASES), 64.0) | {
    name: 64 * size / {"batch": 64, "pixels": 32**2}[sweep.name]
    for sweep in SWEEPS
    for size, name in sweep.points.items()
}


def record(names=SIZES, sweeps=SWEEPS):
    """A full run, made up: every contestant in every case, time in proportion to size."""
    rng, slowness = np.random.default_rng(0), dict(zip(plot.STYLES, (1.5, 1, 22, 4, 1.2, 1.6), strict=True))
    cases = [
        {"name": name, "contestants": {who: timed(1e-3 * s * SIZES[name], rng) for who, s in slowness.items()}}
        for name in names
    ]
    machine = {"processor": "Some Processor @ 2.60GHz", "cores": 2, "numpy": "2.4.6", "torch": "2.13.0+cpu"}
    grown = report.sweep_records(sweeps, cases)
    return {"cases": cases, "sweeps": grown, "machine": machine, "started": "2026-11-25T01:02:03+00:00"}


def timed(seconds, rng):
    turns = seconds * rng.uniform(0.9, 1.1, 5)
    return {"seconds": list(turns), "median_seconds": float(np.median(turns))}


def drawn(record):
    figure = plot.picture(record)
    FigureCanvasAgg(figure).draw()
    return figure


def test_a_dot_is_the_time_beside_the_faster_layout():
    torch = {TORCH_NCHW: [4.0] * 3, TORCH_CHANNELS_LAST: [2.0] * 3}
    timings = {OURS: [2.0, 3.0, 6.0], **torch}
    case = {"contestants": {who: {"seconds": s, "median_seconds": np.median(s)} for who, s in timings.items()}}
    np.testing.assert_allclose(plot.relative_times(case, OURS), [1.25, 1.5, 2.25])  # quartiles 2.5, 3, 4.5
    np.testing.assert_allclose(plot.relative_times(case, TORCH_NCHW), [2, 2, 2])


def test_every_contestant_of_every_case_is_drawn_where_it_belongs():
    run = record()
    above = drawn(run).axes[0]
    assert [label.get_text() for label in above.get_yticklabels()] == [case["name"] for case in run["cases"]]
    assert above.yaxis_inverted()  # the first on top
    lines = {line.get_label(): line for line in above.lines}
    for name, (label, _, _) in plot.STYLES.items():
        expected = [plot.relative_times(case, name)[1] for case in run["cases"]]
        np.testing.assert_allclose(lines[label].get_xdata(), expected)
        np.testing.assert_array_equal(lines[label].get_ydata(), range(len(run["cases"])))


def test_a_dot_far_on_the_left_stands_between_two_ticks():
    """Of ten rows of logits PyTorch's calls cost more than the arithmetic."""
    run = record(["softmax_ce"], sweeps=())
    run["cases"][0]["contestants"][OURS] = timed(1e-3 * 0.03 * SIZES["softmax_ce"], np.random.default_rng(1))
    axis = drawn(run).axes[0].xaxis
    low, high = axis.get_view_interval()
    ticks = [place for place in axis.get_majorticklocs() if low <= place <= high]
    assert ticks[0] < 0.03 < ticks[1]


def test_growth_is_a_line_with_its_exponent():
    run = record()
    for axes, sweep in zip(drawn(run).axes[1:], run["sweeps"], strict=True):
        exponent = sweep["exponents"][OURS]["value"]
        assert f"ours: {exponent:.2f}" in [text.get_text() for text in axes.get_legend().get_texts()]
        points = {line.get_label(): line for line in axes.lines}[f"ours: {exponent:.2f}"]
        fitted = axes.lines[axes.lines.index(points) - 1]
        np.testing.assert_array_equal(points.get_xdata(), [point["size"] for point in sweep["points"]])
        slope = np.polyfit(np.log(fitted.get_xdata()), np.log(fitted.get_ydata()), 1)
        np.testing.assert_allclose(slope, np.polyfit(np.log(points.get_xdata()), np.log(points.get_ydata()), 1))


def boxes(figure: Figure):
    """Where the words stand, in dots: titles, labels of axes and of ticks inside the view, legends."""
    words = [figure._suptitle] if figure._suptitle else []
    for axes in figure.axes:
        ticks = [tick.label1 for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()]
        inside = [text for text in ticks if text.get_visible() and within(axes, text)]
        legend = axes.get_legend()
        words += [axes.title, axes.xaxis.label, axes.yaxis.label, legend.get_title(), *legend.get_texts(), *inside]
    return [(text.get_text(), text.get_window_extent()) for text in words if text.get_text()]


def within(axes, text):
    """A tick outside the view keeps a label that is not drawn."""
    box, view = text.get_window_extent(), axes.bbox
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return view.x0 - 1 <= x <= view.x1 + 1 or view.y0 - 1 <= y <= view.y1 + 1


@pytest.mark.parametrize("sweeps", [SWEEPS, ()], ids=["full", "quick"])
def test_no_words_stand_over_other_words_or_outside(sweeps):
    figure = drawn(record(sweeps=sweeps))
    found = boxes(figure)
    assert len(found) > len(CASES)
    assert [(a, b) for (a, one), (b, other) in combinations(found, 2) if one.overlaps(other)] == []
    inside = figure.bbox.padded(1)
    assert [
        text for text, box in found if not (inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1))
    ] == []


def test_it_is_written_whole_on_a_light_ground(tmp_path):
    target = tmp_path / "new" / "bench.png"
    plot.write_png(target, record())
    pixels = imread(target)
    assert [path.name for path in target.parent.iterdir()] == ["bench.png"]
    assert pixels.shape[1] == plot.WIDTH * plot.DPI
    np.testing.assert_array_equal(pixels[[0, 0, -1, -1], [0, -1, 0, -1], :3], np.ones((4, 3)))


def test_what_fails_leaves_the_old_picture(tmp_path, monkeypatch):
    target = tmp_path / "bench.png"
    target.write_bytes(b"old")

    def fails(figure, path, **_):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", fails)
    with pytest.raises(OSError, match="disk full"):
        plot.write_png(target, record())
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["bench.png"]


def test_one_case_alone_and_without_images():
    """No channels_last, no sweep."""
    run = record(["mlp_step"], sweeps=[Sweep("none", "", "", {1: "not_run"})])
    del run["cases"][0]["contestants"][TORCH_CHANNELS_LAST]
    assert len(drawn(run).axes) == 1
