"""Charts as SVG, drawn by the page's own colours: lines over steps, and bars beside each other.

Each has a title that says what there is to see, for those who cannot see it; the numbers stand in a table beside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity_tests.report.html.tree import Tag, h

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 34
BELOW = 26  # from the axis to its labels
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
    """Values from low to high, on a log scale or not. exact: 0, which has no logarithm, is drawn at the lowest."""

    low: float
    high: float
    log: bool
    exact: bool = False

    def at(self, value: float) -> float:
        """The height in the drawing."""
        low, high, value = (math.log10(v) for v in (self.low, self.high, max(value, self.low))) if self.log else (
            self.low, self.high, value)  # fmt: skip
        share = (min(value, high) - low) / ((high - low) or 1)
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[tuple[float, str]]:
        if not self.log:
            step = _round_step(self.high - self.low)
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            return [(k * step, f"{k * step:.3g}") for k in range(first, last + 1)]
        low, high = round(math.log10(self.low)), round(math.log10(self.high))
        jump = max(1, math.ceil((high - low) / 6))
        powers = [p for p in range(high, low - 1, -jump) if p > low or not self.exact]
        found = [(10.0**p, f"10{str(p).translate(SUPERSCRIPT)}") for p in powers]
        return [*found, (self.low, "exact")] if self.exact else found


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, about a quarter of the span."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= span / 4)


def axis(lines: Sequence[Line], *, log: bool) -> Axis:
    """Around the finite values of all lines, with a little room."""
    values = [v for line in lines for v in line.values if math.isfinite(v)] or [0.0, 1.0]
    if not log:
        step = _round_step((max(values) - min(values)) or 1.0)
        return Axis(step * math.floor(min(values) / step), step * math.ceil(max(values) / step + 1e-9), log=False)
    positive = [v for v in values if v > 0] or [1.0]
    exact = len(positive) < len(values)
    low = 10.0 ** (math.floor(math.log10(min(positive))) - exact)
    return Axis(low, 10.0 ** max(math.ceil(math.log10(max(positive))), round(math.log10(low)) + 1), True, exact)


def over_steps(title: str, lines: Sequence[Line], *, log: bool) -> Tag:
    """One line a series, over the steps of a training."""
    scale, steps = axis(lines, log=log), max(len(line.values) for line in lines)
    inside = WIDTH - LEFT - RIGHT

    def x(step: int) -> float:
        return LEFT + inside * step / max(1, steps - 1)

    grid = [_tick(scale.at(value), label) for value, label in scale.ticks()]
    below = [h("text", k + 1, x=_n(x(k)), y=HEIGHT - BOTTOM + BELOW, text_anchor="middle") for k in _some(steps)]
    name = h("text", "step", x=LEFT - 14, y=HEIGHT - BOTTOM + BELOW, text_anchor="end")
    return _svg(title, grid, below, name, [_drawn(line, x, scale) for line in lines])


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
            left, top = LEFT + (i + 0.15) * room + s * wide, scale.at(value / total)
            size = {"x": _n(left), "y": _n(top), "width": _n(wide), "height": _n(HEIGHT - BOTTOM - top)}
            said = h("title", f"{line.label}, {labels[i]}: {value:,}")
            drawn.append(h("rect", said, class_=f"bar {line.class_}", **size))
    grid = [_tick(scale.at(share), f"{share:.0%}") for share, _ in scale.ticks()]
    below = [h("text", label, x=_n(LEFT + (i + 0.5) * room), y=HEIGHT - BOTTOM + BELOW, text_anchor="middle")
             for i, label in enumerate(labels)]  # fmt: skip
    return _svg(title, grid, drawn, below)


def legend(lines: Sequence[Line], *, bars: bool = False) -> Tag:
    """Samples of the lines, or of the bars, with their labels."""
    return h("ul", [h("li", _sample(line, bars), line.label) for line in lines], class_="legend")


def _sample(line: Line, bar: bool) -> Tag:
    size = {"width": 28, "height": 10}
    if bar:
        drawn = h("rect", class_=f"bar {line.class_}", **size)
    elif line.dots:
        drawn = h("g", [h("circle", cx=x, cy=5, r=3.5) for x in (6, 22)], class_=f"dots {line.class_}")
    else:
        drawn = h("g", h("polyline", points="0,5 28,5"), class_=f"line {line.class_}")
    return h("svg", drawn, aria_hidden="true", **size)


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
