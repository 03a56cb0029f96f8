"""The picture of a run: one row a pair, the float64 verdict on the left, the float32 verdict on the right.

    left    worst difference from PyTorch, as a fraction of the tensor's scale, on a logarithmic axis; 0 is "exact"
    right   our worst float32 error as a multiple of PyTorch's own, from 0

A pair that does not agree has another colour and another marker, its name is marked, and its row says how many of its
checks failed. A figure beyond the end of an axis is drawn at that end; on the right its number stands beside it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.files import atomic_path
from parity_tests.run import Summary

Rows = Sequence[tuple[float, Summary]]  # (height, pair), from the top

BLUE, VERMILION = "#0072B2", "#D55E00"  # Okabe and Ito: told apart by colour-blind readers
AGREES = {"label": "agrees", "color": BLUE, "marker": "o", "markersize": 6}
FAILS = {"label": "does not agree", "color": VERMILION, "marker": "X", "markersize": 10, "markeredgecolor": "black"}
LIMIT = {"label": "most that is allowed", "color": "black", "linewidth": 1.2, "linestyle": "--"}
EXACT, LARGEST = 1e-18, 1e2  # where 0 and infinity are drawn on the logarithmic axis
WIDEST = 1.3 * MOST_32  # end of the linear axis
DPI = 120


def draw(summaries: Sequence[Summary], path: str | os.PathLike[str]) -> Path:
    """Draw into `path`, whole or not at all; its ending (.png, .svg, .pdf) is the format. Returns the path."""
    picture, path = figure(summaries), Path(path)
    with atomic_path(path) as temporary:
        picture.savefig(temporary, dpi=DPI, format=path.suffix.removeprefix(".") or "png")
    return path


def figure(summaries: Sequence[Summary]) -> Figure:
    """The same picture as a matplotlib Figure."""
    if not summaries:
        raise ValueError("picture: expected the summary of at least one pair, got none")
    rows, headings = arrange(summaries)
    bottom = rows[-1][0]
    drawn = Figure(figsize=(9, 1.9 + 0.19 * bottom), layout="constrained")
    errors, multiples = drawn.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _draw_errors(errors, rows)
    _draw_multiples(multiples, rows)
    for axes in (errors, multiples):
        axes.grid(axis="x", alpha=0.25)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    _name_rows(errors, rows, headings)
    errors.set_ylim(bottom + 0.8, -1.6)  # the first row is at the top
    drawn.suptitle(title(summaries), fontsize=12, fontweight="bold")
    lines = {line.get_label(): line for line in (*errors.lines, *multiples.lines)}  # one of each kind
    handles = [lines[style["label"]] for style in (AGREES, FAILS, LIMIT) if style["label"] in lines]
    drawn.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return drawn


def title(summaries: Sequence[Summary]) -> str:
    """How many pairs and how many checks agree."""
    total, failed = sum(s.checks for s in summaries), sum(len(s.failures) for s in summaries)
    agreeing = sum(not s.failures for s in summaries)
    agree = f"{agreeing} of {len(summaries)} pairs agree"
    if len(summaries) == 1:
        agree = f"{summaries[0].pair.name} {'agrees' if agreeing else 'does not agree'}"
    share = f"{total - failed:,} of" if failed else "all"
    return f"{agree} with PyTorch, in {share} {total:,} checks"


def arrange(summaries: Sequence[Summary]) -> tuple[Rows, dict[str, float]]:
    """The pairs family by family with their heights, and the height of each family's heading, above its pairs."""
    rows, headings, height = [], {}, -2.0
    for family in dict.fromkeys(summary.pair.family for summary in summaries):
        headings[family] = height = height + 1.2
        for summary in summaries:
            if summary.pair.family == family:
                height += 1
                rows.append((height, summary))
        height += 0.2
    return rows, headings


def _point(axes: Axes, summary: Summary, height: float, shown: float) -> None:
    axes.plot(shown, height, linestyle="", clip_on=False, zorder=3, **(FAILS if summary.failures else AGREES))


def _limit(axes: Axes, allowed: float, end: float) -> None:
    axes.axvline(allowed, **LIMIT)
    axes.axvspan(allowed, end, color="0.94", zorder=0)


def _on_axis(error: float) -> float:
    """Where an error is drawn: 0, which has no logarithm, and what is not measured at "exact"."""
    return EXACT if math.isnan(error) else min(max(error, EXACT), LARGEST)


def _draw_errors(axes: Axes, rows: Rows) -> None:
    """float64. Where nothing was measured there is no point."""
    measured = [(height, summary) for height, summary in rows if not math.isnan(summary.error)]
    for height, summary in measured:
        _point(axes, summary, height, _on_axis(summary.error))
    within = all(summary.error <= RELATIVE_64 for _, summary in measured)
    end, step = (100 * RELATIVE_64, 2) if within else (LARGEST, 4)
    _limit(axes, RELATIVE_64, end)
    powers = range(-16 if within else -14, round(math.log10(end)) + 1, step)
    axes.set_xscale("log")
    axes.set_xlim(EXACT / 2, end)
    axes.set_xticks([EXACT, *(10.0**power for power in powers)], ["exact", *(f"$10^{{{power}}}$" for power in powers)])
    axes.minorticks_off()
    axes.set_title("float64: worst difference from PyTorch", fontsize=10)
    axes.set_xlabel("fraction of the tensor's scale")


def _draw_multiples(axes: Axes, rows: Rows) -> None:
    """float32. A figure beyond the axis is written out; schedules and initialisers have none."""
    for height, summary in rows:
        if math.isnan(summary.multiple):
            said = "not measured" if summary.failures else "float64 only"
            axes.text(0.02, height, said, va="center", color="0.45", fontsize=8)
            continue
        shown = min(summary.multiple, WIDEST)
        axes.plot([0, shown], [height, height], color=VERMILION if summary.failures else BLUE, linewidth=2)
        _point(axes, summary, height, shown)
        if summary.multiple > WIDEST:
            axes.text(0.96 * WIDEST, height - 0.2, _number(summary.multiple), ha="right", va="bottom", fontsize=9)
    _limit(axes, MOST_32, WIDEST)
    axes.set_xlim(0, WIDEST)
    axes.set_xticks([0, 0.5, 1, 1.5, MOST_32], ["0", "0.5", "1", "1.5", f"{MOST_32:g}"])
    axes.set_title("float32: our worst error", fontsize=10)
    axes.set_xlabel("multiple of PyTorch's own float32 error")


def _number(multiple: float) -> str:
    return f"{multiple:,.0f}" if multiple < 1e6 else f"{multiple:.0e}"


def _name_rows(axes: Axes, rows: Rows, headings: dict[str, float]) -> None:
    """Families and names at the left; a pair that fails is named in colour, with how many of its checks failed."""
    heights = [*headings.values(), *(height for height, _ in rows)]
    labels = axes.set_yticks(heights, [*headings, *(summary.pair.name for _, summary in rows)])
    for tick in labels[: len(headings)]:
        tick.label1.set(fontweight="bold", color="0.35")
    for tick, (height, summary) in zip(labels[len(headings) :], rows, strict=True):
        if summary.failures:
            tick.label1.set(fontweight="bold", color=VERMILION)
            _count_failures(axes, summary, height)


def _count_failures(axes: Axes, summary: Summary, height: float) -> None:
    """Beside the point, on the side that has room."""
    at = _on_axis(summary.error)
    beside = {"xytext": (-10, 0), "ha": "right"} if at > RELATIVE_64 else {"xytext": (10, 0), "ha": "left"}
    said = f"{len(summary.failures)} of {summary.checks} checks fail"
    axes.annotate(said, (at, height), textcoords="offset points", va="center", color=VERMILION, fontsize=9, **beside)
