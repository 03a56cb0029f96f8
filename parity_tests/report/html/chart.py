"""Charts as SVG, drawn by the page's own colours: lines over steps, and bars beside each other.

Each has a title that says what there is to see, for those who cannot see it; the numbers stand in a table beside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_tests.report.html.tree import Tag, h

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 36
EXACT = 1e-18  # where 0, which has no logarithm, is drawn
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Line:
    """class_: its colour and dash, "s1" to "s4"; dots: marks instead of a line."""

    label: str
    values: Sequence[float]
    class_: str
    dots: bool = False


@dataclass(frozen=True)
class Axis:
    """Values from low to high, on a log scale or not."""

    low: float
    high: float
    log: bool

    def at(self, value: float) -> float:
        """The height in the drawing."""
        low, high, value = (math.log10(v) for v in (self.low, self.high, max(value, self.low))) if self.log else (
            self.low, self.high, value)  # fmt: skip
        share = (min(value, high) - low) / ((high - low) or 1)
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[tuple[float, str]]:
        if not self.log:
            return [(value, f"{value:.3g}") for value in (self.low + i / 4 * (self.high - self.low) for i in range(5))]
        low, high = round(math.log10(self.low)), round(math.log10(self.high))
        step = max(1, math.ceil((high - low) / 6))
        found = [(10.0**p, f"10{str(p).translate(SUPERSCRIPT)}") for p in range(high, low, -step)]
        return [*found, (self.low, "exact" if self.low == EXACT else f"10{str(low).translate(SUPERSCRIPT)}")]


def axis(lines: Sequence[Line], *, log: bool) -> Axis:
    """Around the finite values of all lines."""
    values = [v for line in lines for v in line.values if math.isfinite(v)]
    if not log:
        return Axis(min([0.0, *values]), max(values, default=1.0), log=False)
    positive = [v for v in values if v > 0]
    low = EXACT if len(positive) < len(values) or not positive else 10.0 ** math.floor(math.log10(min(positive)))
    return Axis(low, 10.0 ** math.ceil(math.log10(max([*positive, 10 * low]) * 1.0000001)), log=True)


def over_steps(title: str, lines: Sequence[Line], y_label: str, *, log: bool) -> Tag:
    """One line a series, over the steps of a training."""
    scale, steps = axis(lines, log=log), max(len(line.values) for line in lines)
    inside = WIDTH - LEFT - RIGHT

    def x(step: int) -> float:
        return LEFT + inside * step / max(1, steps - 1)

    grid = [_tick(scale.at(value), label) for value, label in scale.ticks()]
    below = [h("text", k + 1, x=_n(x(k)), y=HEIGHT - BOTTOM + 16, text_anchor="middle") for k in _some(steps)]
    names = [h("text", "step", x=WIDTH - RIGHT, y=HEIGHT - 3, text_anchor="end"),
             h("text", y_label, x=LEFT, y=HEIGHT - 3, text_anchor="start")]  # fmt: skip
    return _svg(title, grid, below, names, [_drawn(line, x, scale) for line in lines])


def _drawn(line: Line, x, scale: Axis) -> Tag:
    points = [(x(k), scale.at(v)) for k, v in enumerate(line.values) if math.isfinite(v)]
    if line.dots:
        marks = [h("circle", cx=_n(a), cy=_n(b), r=3.5) for a, b in points]
        return h("g", h("title", line.label), marks, class_=f"dots {line.class_}")
    path = " ".join(f"{_n(a)},{_n(b)}" for a, b in points)
    return h("g", h("title", line.label), h("polyline", points=path), class_=f"line {line.class_}")


def bars(title: str, labels: Sequence[str], series: Sequence[Line]) -> Tag:
    """Shares of each series, bars of one label side by side."""
    totals = [sum(line.values) or 1 for line in series]
    most = max(v / t for line, t in zip(series, totals, strict=True) for v in line.values) or 1
    scale = Axis(0, most, log=False)
    room = (WIDTH - LEFT - RIGHT) / len(labels)
    wide = 0.7 * room / len(series)
    drawn = []
    for s, (line, total) in enumerate(zip(series, totals, strict=True)):
        for i, value in enumerate(line.values):
            top = scale.at(value / total)
            drawn.append(h("rect", h("title", f"{line.label}, {labels[i]}: {value:,}"), x=_n(LEFT + i * room + 0.15 * room
                         + s * wide), y=_n(top), width=_n(wide), height=_n(HEIGHT - BOTTOM - top),
                         class_=f"bar {line.class_}"))  # fmt: skip
    grid = [_tick(scale.at(share), f"{share:.0%}") for share, _ in scale.ticks()]
    below = [h("text", label, x=_n(LEFT + (i + 0.5) * room), y=HEIGHT - BOTTOM + 16, text_anchor="middle")
             for i, label in enumerate(labels)]  # fmt: skip
    return _svg(title, grid, drawn, below)


def legend(lines: Sequence[tuple[str, str]]) -> Tag:
    """[(class, label)] as a list of samples."""
    sample = [
        h("li", h("svg", h("rect", width=18, height=10, class_=f"bar {class_}"), width=18, height=10, aria_hidden="true"),
          label) for class_, label in lines
    ]  # fmt: skip
    return h("ul", sample, class_="legend")


def _tick(y: float, label: str) -> Tag:
    line = h("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_n(y), y2=_n(y), class_="grid")
    return h("g", line, h("text", label, x=LEFT - 6, y=_n(y + 4), text_anchor="end"))


def _svg(title: str, *parts) -> Tag:
    return h("svg", h("title", title), *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT,
             role="img", aria_label=title, class_="chart")  # fmt: skip


def _some(steps: int) -> list[int]:
    """The first, the last and some steps between."""
    jump = max(1, steps // 10)
    return sorted({*range(0, steps, jump), steps - 1} - ({steps - 2} if jump > 1 else set()))


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
