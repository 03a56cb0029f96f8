"""What the figures share: an array as a grid of cells with its numbers, several in a row with signs between them.

Colours are light tints of Okabe and Ito's blue and vermilion, so dark numbers stay readable and colour-blind readers
see the sign; white is 0. A figure carries a fingerprint of what is drawn: a stale one is told without comparing pixels.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

BLUE, VERMILION, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "0.8", "0.1"
LIGHT = LinearSegmentedColormap.from_list("sign", ["#8FC4E8", "#FFFFFF", "#F6B98F"])
CELL, GAP, DPI = 0.44, 0.06, 110  # inches, inches, dots an inch
KEY = "Fingerprint"
ROUNDING = "rounding"  # the gid of a line that shows rounding errors: another machine has others


@dataclass(frozen=True, eq=False)
class Grid:
    """array: (rows, columns). digits: after the point. marked: cells with a thick border, [(row, column), ...]."""

    array: np.ndarray
    title: str
    digits: int = 1
    marked: Sequence[tuple[int, int]] = ()
    below: str = ""


def row(*items: Grid | str, title: str = "") -> Figure:
    """Grids and the signs between them, "@" or "=", in one row; every grid in the same scale of cells."""
    return stacked(items, title=title)


def stacked(*rows: Sequence[Grid | str], title: str = "") -> Figure:
    """Several rows, one above the other, each as `row` draws it."""
    heights = [max(np.shape(item.array)[0] for item in items if isinstance(item, Grid)) for items in rows]
    height = sum(heights) * CELL + 0.62 * len(rows) + 0.3 * bool(title)
    width = max(sum(map(_width, items)) for items in rows)
    figure, above = Figure(figsize=(width + 0.2, height)), 0.3 * bool(title)
    for items, most in zip(rows, heights, strict=True):
        above += 0.36
        left = 0.1 + (width - sum(map(_width, items))) / 2
        for item in items:
            tall = np.shape(item.array)[0] * CELL if isinstance(item, Grid) else CELL
            bottom = height - above - (most * CELL + tall) / 2
            gap = GAP if isinstance(item, Grid) else 0
            box = (
                (left + gap) / (width + 0.2),
                bottom / height,
                (_width(item) - 2 * gap) / (width + 0.2),
                tall / height,
            )
            _item(figure.add_axes(box), item)
            left += _width(item)
        above += most * CELL + 0.26
    if title:
        figure.suptitle(title, fontsize=10, y=1 - 0.06 / height, va="top")
    return figure


def _width(item: Grid | str) -> float:
    """In inches, with room for the words above a grid."""
    if isinstance(item, str):
        return 0.3 + 0.11 * len(item)
    words = 0.075 * max(len(item.title), len(item.below))
    return max(np.shape(item.array)[1] * CELL, words) + 2 * GAP


def _item(axes: Axes, item: Grid | str) -> None:
    if isinstance(item, Grid):
        return grid(axes, item)
    axes.axis("off")
    return axes.text(0.5, 0.5, item, ha="center", va="center", fontsize=13, color=INK, transform=axes.transAxes)


def grid(axes: Axes, item: Grid) -> None:
    """One array, cell by cell."""
    array = np.asarray(item.array, dtype=float)
    rows, columns = array.shape
    most = max(float(np.nanmax(np.abs(array), initial=0)), 1e-12)
    axes.imshow(array, cmap=LIGHT, vmin=-most, vmax=most, aspect="equal")
    for place, value in np.ndenumerate(array):
        said = f"{value:.{item.digits}f}" if np.isfinite(value) else "–"
        said = said.removeprefix("-") if not float(said.replace("–", "1")) else said  # no -0.0
        axes.text(place[1], place[0], said, ha="center", va="center", fontsize=8, color=INK)
    for r, c in item.marked:
        axes.add_patch(Rectangle((c - 0.5, r - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=2, zorder=3))
    axes.set_xticks(np.arange(columns + 1) - 0.5, [""] * (columns + 1))
    axes.set_yticks(np.arange(rows + 1) - 0.5, [""] * (rows + 1))
    axes.grid(color="0.75", linewidth=0.6)
    axes.tick_params(length=0)
    axes.set_title(item.title, fontsize=9, color=INK)
    axes.set_xlabel(item.below, fontsize=8, color=INK)


def curves(panels: int) -> tuple[Figure, list[Axes]]:
    """Plain axes beside each other."""
    figure = Figure(figsize=(3.4 * panels, 3), layout="constrained")
    found = list(np.ravel(figure.subplots(1, panels)))
    for axes in found:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=8)
    return figure, found


def png(figure: Figure) -> bytes:
    """The picture, with its fingerprint inside."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, facecolor="white", metadata={"Software": None, KEY: fingerprint(figure)})
    return out.getvalue()


def fingerprint_of(content: bytes) -> str:
    """Of a picture that was made here; "" of any other."""
    from PIL import Image

    try:
        return Image.open(io.BytesIO(content)).text.get(KEY, "")
    except (OSError, AttributeError):
        return ""


def fingerprint(figure: Figure) -> str:
    """A hash of the words, numbers, lines and colours of a figure, numbers to 4 digits."""
    told = [f"size {np.round(figure.get_size_inches(), 3).tolist()}"]
    for artist in figure.findobj():
        if isinstance(artist, Text) and artist.get_text():
            told.append(f"text {artist.get_text()} {artist.get_color()}")
        elif isinstance(artist, Line2D) and artist.axes is not None and artist.get_gid() != ROUNDING:
            told.append(f"line {artist.get_color()} {artist.get_linestyle()} {_digits(artist.get_xydata())}")
        elif isinstance(artist, AxesImage):
            told.append(f"image {_digits(artist.get_array())}")
        elif isinstance(artist, PathCollection):
            told.append(f"points {_digits(artist.get_offsets())}")
        elif isinstance(artist, Rectangle) and artist.axes is not None:
            told.append(f"box {artist.get_edgecolor()} {_digits(artist.get_bbox().get_points())}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _digits(numbers: np.ndarray) -> str:
    """Rounded to about 4 digits of the largest: the last bits differ from machine to machine."""
    numbers = np.ma.filled(np.ma.asarray(numbers, dtype=float), 0.0)
    finite = np.abs(numbers[np.isfinite(numbers)])
    scale = 10.0 ** np.floor(np.log10(max(float(finite.max(initial=0)), 1e-12)))
    return str((np.round(numbers / scale, 4) + 0.0).tolist()) + f" {scale:g}"
