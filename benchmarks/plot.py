"""The picture of a run: every contestant's time beside PyTorch's, case by case, and how the CNN step grows.

above    time as a multiple of the faster PyTorch layout's, on a logarithmic axis; a bar spans the middle half of
         the turns; left of the line at 1 is faster
below    median time against batch and image size, both logarithmic, so that a power is a line and its exponent p
         the slope; only where the run has sweeps
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from benchmarks.contestant import EVERY_OPTION, OURS, TORCH_CHANNELS_LAST, TORCH_NCHW
from benchmarks.course.network import PER_PIXEL, PLAIN
from torch_models import atomic_path

Record = Mapping[str, Any]

# Okabe and Ito: apart for colour-blind readers too; the shapes tell them apart in grey.
STYLES = {
    TORCH_NCHW: ("PyTorch, NCHW", "#999999", "s"),
    TORCH_CHANNELS_LAST: ("PyTorch, channels_last", "#444444", "D"),
    PER_PIXEL.name: ("loop over pixels", "#CC79A7", "v"),
    PLAIN.name: ("plain NumPy", "#E69F00", "^"),
    EVERY_OPTION: ("ours, every option", "#009E73", "P"),
    OURS: ("ours", "#0072B2", "o"),
}
WIDTH, DPI = 9.0, 150  # inches, dots an inch
ROW, MARGINS, GROWTH = 0.27, 1.5, 3.9  # inches: a case, what is around the cases, the panels below
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


def write_png(path: str | os.PathLike[str], record: Record) -> None:
    """Drawn beside `path`, then renamed over it."""
    with atomic_path(path) as temporary:
        picture(record).savefig(temporary, dpi=DPI, facecolor="white")


def picture(record: Record) -> Figure:
    """`record` is the whole file's."""
    cases, sweeps = record["cases"], record["sweeps"]
    above, below = MARGINS + ROW * len(cases), GROWTH if sweeps else 0
    figure = Figure(figsize=(WIDTH, above + below), layout="constrained")
    panels = figure.add_gridspec(
        2 if sweeps else 1, max(1, len(sweeps)), height_ratios=[above, below][: 1 + bool(sweeps)]
    )
    draw_ratios(figure.add_subplot(panels[0, :]), cases)
    for i, sweep in enumerate(sweeps):
        draw_growth(figure.add_subplot(panels[1, i]), sweep, {case["name"]: case["contestants"] for case in cases})
    machine = record["machine"]
    about = f"{machine['processor']}, {machine['cores']} cores; NumPy {machine['numpy']}, PyTorch {machine['torch']}"
    figure.suptitle(f"{about}; {record['started'][:10]}", fontsize=9, color="0.35")
    return figure


def draw_ratios(axes: Axes, cases: Sequence[Record]) -> None:
    """One row a case, the first on top."""
    for name, (label, colour, marker) in STYLES.items():
        rows = [y for y, case in enumerate(cases) if name in case["contestants"]]
        if rows:
            middles = np.array([relative_times(cases[y], name) for y in rows])  # quartiles: low, median, high
            axes.hlines(rows, middles[:, 0], middles[:, 2], color=colour, linewidth=2.5, alpha=0.5, zorder=2)
            axes.plot(
                middles[:, 1],
                rows,
                marker,
                color=colour,
                label=label,
                markersize=6.5,
                markeredgecolor="white",
                zorder=3,
            )
    axes.axvline(1, color="0.2", linewidth=1, zorder=0)
    axes.set_yticks(range(len(cases)), [case["name"] for case in cases], fontsize=9)
    axes.set(xscale="log", ylim=(len(cases) - 0.4, -0.6), xlabel="time, as a multiple of the faster PyTorch layout's")
    label_ticks(axes.xaxis, TICKS)
    axes.grid(axis="x", alpha=0.3)
    axes.grid(axis="y", alpha=0.12)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1], labels[::-1], ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False, fontsize=9
    )


def relative_times(case: Record, name: str) -> np.ndarray:
    """Quartiles of a contestant's turns by the median of PyTorch's faster layout."""
    timed = case["contestants"]
    torch = min(timed[layout]["median_seconds"] for layout in (TORCH_NCHW, TORCH_CHANNELS_LAST) if layout in timed)
    return np.quantile(timed[name]["seconds"], (0.25, 0.5, 0.75)) / torch


def draw_growth(axes: Axes, sweep: Record, timed: Mapping[str, Record]) -> None:
    """Medians, and the fitted line of each contestant."""
    sizes = [point["size"] for point in sweep["points"]]
    for name, (label, colour, marker) in STYLES.items():
        if name not in sweep["exponents"]:
            continue
        p = sweep["exponents"][name]["value"]
        ms = [1000 * timed[point["case"]][name]["median_seconds"] for point in sweep["points"]]
        level = np.exp(np.mean(np.log(ms) - p * np.log(sizes)))
        axes.plot(sizes, level * np.power(np.array(sizes, float), p), color=colour, linewidth=1.2, alpha=0.7)
        axes.plot(sizes, ms, marker, color=colour, markersize=6, markeredgecolor="white", label=f"{label}: {p:.2f}")
    axes.set(xscale="log", yscale="log", xlabel=sweep["unit"], ylabel="milliseconds")
    axes.set_title(sweep["what"], fontsize=10)
    label_ticks(axes.xaxis, sizes)
    label_ticks(axes.yaxis, [scale * digit for scale in (1, 10, 100, 1000) for digit in (1, 2, 5)])
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    below = {"loc": "upper center", "bbox_to_anchor": (0.45, -0.17), "ncols": 2}
    narrow = {"fontsize": 8, "columnspacing": 0.8, "handletextpad": 0.1, "frameon": False}
    axes.legend(title="exponent p of time ~ size^p", title_fontsize=8, **below, **narrow)


def label_ticks(axis, places: Sequence[float]) -> None:
    """Ticks at `places` alone, in plain numbers."""
    axis.set_major_locator(FixedLocator(places))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")
