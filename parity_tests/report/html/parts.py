"""Small parts of the page: numbers, cells of a heat map, links, tables that scroll inside themselves, pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.report.html.pixels import Pixels
from parity_tests.report.html.tree import Tag, h
from parity_tests.report.table import number

LEVELS_64 = (0.0, 1e-15, 1e-14, 1e-12)  # up to which an error has the tint 0, 1, 2, 3; then 4 up to what is allowed
LEVELS_32 = (0.0, 0.5, 1.0, 1.5)
LARGEST = 32  # CSS pixels an element
MARKS = {"bad": "✗", "noted": "†"}  # of what is beyond the allowed, a failure or a note


def anchor(kind: str, name: str) -> str:
    """An id that is one, whatever a stranger has called a network. Different names have different ids."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"~{ord(found[0]):x}", name)
    return f"{kind}-{plain}"


def short(subject: str) -> str:
    """What the page calls the module: the name of its file."""
    return subject.rstrip("/").rpartition("/")[2] if subject.endswith((".py", "/")) else subject


def link(kind: str, name: str, *text, **attributes) -> Tag:
    return h("a", *(text or (name,)), href=f"#{anchor(kind, name)}", **attributes)


def times(multiple: float) -> str:
    """A multiple of PyTorch's float32 error, as the table shows it."""
    return "-" if math.isnan(multiple) else f"{multiple:.2f}" if multiple < 1e4 else f"{multiple:.0e}"


def tint(value: float, levels: tuple[float, ...], allowed: float, beyond: str) -> str:
    """The CSS class of a cell: t0 (exact) to t4, `beyond` what is allowed, "none" where nothing was measured."""
    if math.isnan(value):
        return "none"
    if value > allowed:
        return beyond
    return f"t{sum(value > level for level in levels)}"


def error_tint(error: float, beyond: str = "bad") -> str:
    return tint(error, LEVELS_64, RELATIVE_64, beyond)


def multiple_tint(multiple: float, beyond: str = "bad") -> str:
    return tint(multiple, LEVELS_32, MOST_32, beyond)


def shown(error: float, beyond: str = "bad") -> str:
    """An error; never by colour alone: what is beyond the allowed has a mark."""
    return number(error) + (f" {MARKS[beyond]}" if error > RELATIVE_64 else "")


def scrolling(label: str, *children) -> Tag:
    """A region that scrolls sideways by itself, and can be reached by keyboard."""
    return h("div", *children, class_="scroll", tabindex="0", role="region", aria_label=label)


def table(caption: str, head: Iterable, rows: Iterable[Iterable], *, class_: str | None = None) -> Tag:
    """A table whose first column heads its rows. Cells are texts or tags; a <td> or <th> stands as it is."""
    columns = h("tr", [h("th", each, scope="col") for each in head])
    body = [h("tr", [_cell(cell, first=i == 0) for i, cell in enumerate(row)]) for row in rows]
    whole = h("table", h("caption", caption), h("thead", columns), h("tbody", body), class_=class_)
    return scrolling(caption, whole)


def _cell(cell, *, first: bool) -> Tag:
    if isinstance(cell, Tag) and cell.name in ("td", "th"):
        return cell
    return h("th", cell, scope="row") if first else h("td", cell)


def details(summary, *children) -> Tag:
    return h("details", h("summary", summary), *children)


def picture(pixels: Pixels, caption, alt: str, *, mark: tuple[int, int] | None = None, most: int = 176) -> Tag:
    """A picture enlarged to about `most` CSS pixels, its place kept free; `mark`: (row, column) of an element."""
    width, height = pixels.width, pixels.height
    scale = most / max(width, height)
    scale = min(scale, LARGEST) if scale < 1 else min(int(scale), LARGEST)
    size = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    shown = h("img", src=pixels.uri, alt=alt, class_="pixels", **size)
    if mark is not None:
        row, column = mark
        ring = h("svg", h("rect", x=column, y=row, width=1, height=1), class_="ring", aria_hidden="true",
                 viewBox=f"0 0 {width} {height}", preserveAspectRatio="none", **size)  # fmt: skip
        shown = h("span", shown, ring, class_="marked")
    return h("figure", shown, h("figcaption", caption))
