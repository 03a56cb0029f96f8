"""What the figures share: an array as a grid of cells with its numbers, several in a row with signs between them.

Colours are light tints of Okabe and Ito's blue and vermilion, so dark numbers stay readable and colour-blind readers see
the sign; white is 0. A figure carries a fingerprint of what is drawn, so that a stale one is told without comparing pixels.
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

BLUE, VERMILION, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "0.45", "0.1"
LIGHT = LinearSegmentedColormap.from_list("sign", ["#8FC4E8", "#FFFFFF", "#F6B98F"])
CELL, DPI = 0.46, 110  # inches, dots an inch
KEY = "Fingerprint"


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
    grids = [item for item in items if isinstance(item, Grid)]
    widths = [np.shape(item.array)[1] * CELL if isinstance(item, Grid) else 0.5 for item in items]
    height = max(np.shape(grid.array)[0] for grid in grids) * CELL
    figure = Figure(figsize=(max(4.0, sum(widths) + 0.35 * len(items)), height + 1.25), layout="constrained")
    for axes, item in zip(np.ravel(figure.subplots(1, len(items), width_ratios=widths)), items, strict=True):
        if isinstance(item, Grid):
            grid(axes, item, height)
        else:
            axes.axis("off")
            axes.text(0.5, 0.5, item, ha="center", va="center", fontsize=16, color=INK, transform=axes.transAxes)
    figure.suptitle(title, fontsize=11)
    return figure


def grid(axes: Axes, item: Grid, height: float | None = None) -> None:
    """One array; with `height`, in inches, the middle of it stands in the middle of the figure."""
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


def curves(panels: int, title: str = "", width: float = 3.4, height: float = 2.7) -> tuple[Figure, list[Axes]]:
    """Plain axes beside each other."""
    figure = Figure(figsize=(width * panels, height + 0.3), layout="constrained")
    found = [axes for axes in np.ravel(figure.subplots(1, panels))]
    for axes in found:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.tick_params(labelsize=8)
    figure.suptitle(title, fontsize=11)
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
        elif isinstance(artist, Line2D) and artist.axes is not None:
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
