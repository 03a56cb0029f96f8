"""A run on disk: what was tried, how it went, and a picture of it.

    folder/hyperparameters.json     written at once
    folder/history.csv              a row for each epoch, whole after each epoch
    folder/curves.png               loss (logarithmic) and error against the epoch, training and validation

    logger = Logger("runs/wide", {"hidden": 100, "lr": 0.01})
    network.train(X, Y, epochs=50, validation=(X_val, Y_val), logger=logger)

The network calls `log` after each epoch and `plot` at the end.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scratch_nn.errors import complaint
from scratch_nn.files import atomic_path

COLOURS = {"train": "#0072B2", "validation": "#D55E00"}  # Okabe and Ito: apart for colour-blind readers too
STYLES = {"train": {"linestyle": "--", "marker": "x"}, "validation": {"linestyle": "-", "marker": "o"}}
MOST_MARKED = 25  # a short run shows each epoch as a point, a longer one is a clean line


class Logger:
    """Writes one run into one folder. Anything with `log(row)` and `plot()` can stand in for it.

    Raises FileExistsError if there is something in the folder already: a run is never overwritten.
    """

    def __init__(self, folder: str | os.PathLike[str], hyperparameters: Mapping[str, Any]) -> None:
        text = _as_json(hyperparameters)
        self.folder = Path(folder)
        self.history: list[dict[str, float]] = []
        self.folder.mkdir(parents=True, exist_ok=True)
        there = sorted(path.name for path in self.folder.iterdir())
        if there:
            cure = "Choose another folder, or remove that run first."
            raise FileExistsError(complaint("Logger", f"{self.folder} to be empty or new", ", ".join(there), cure))
        with atomic_path(self.folder / "hyperparameters.json") as path:
            path.write_text(text + "\n", encoding="utf-8")

    def log(self, row: Mapping[str, float]) -> None:
        """Add the row of an epoch. ValueError for other columns than the first has, TypeError for what is no number."""
        columns = list(self.history[0]) if self.history else list(row)
        if list(row) != columns or "epoch" not in row:
            cure = "Every epoch has the same columns."
            raise ValueError(complaint("Logger", f"a row of {columns}, with epoch", f"{list(row)}", cure))
        for name, value in row.items():
            if np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
                cure = "A value that is not known is float('nan')."
                raise TypeError(complaint("Logger", f"a number in column {name}", repr(value), cure))
        self.history.append(dict(row))
        with (
            atomic_path(self.folder / "history.csv") as path,
            open(path, "w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: _as_text(value) for name, value in row.items()} for row in self.history)

    def plot(self) -> None:
        """Draw the history so far into curves.png."""
        from matplotlib.figure import Figure

        if not self.history:
            raise ValueError(complaint("Logger", "at least one epoch to draw", "none", "Call log(row) first."))
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        for axes, quantity in zip(figure.subplots(1, 2), ("loss", "error"), strict=True):
            self._draw(axes, quantity)
        figure.suptitle(self.folder.name, parse_math=False)  # a folder may be called $a$
        with atomic_path(self.folder / "curves.png") as path:
            figure.savefig(path, dpi=150)

    def _draw(self, axes, quantity: str) -> None:
        from matplotlib.ticker import MaxNLocator, PercentFormatter

        epochs = [row["epoch"] for row in self.history]
        for split, style in STYLES.items():
            values = [row.get(f"{split}_{quantity}", np.nan) for row in self.history]
            if np.isfinite(values).any():
                marked = {} if len(epochs) <= MOST_MARKED else {"marker": ""}
                label = f"{split}, last {values[-1]:.3g}" if quantity == "loss" else f"{split}, last {values[-1]:.1%}"
                axes.plot(epochs, values, color=COLOURS[split], label=label, markersize=4, **(style | marked))
        axes.set(xlabel="epoch", title=quantity.capitalize())
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3, which="both")
        axes.spines[["top", "right"]].set_visible(False)
        if quantity == "loss":
            axes.set_ylabel("mean over examples")
            if any((line.get_ydata() > 0).any() for line in axes.lines):
                axes.set_yscale("log")
                axes.yaxis.set_major_formatter("{x:g}")
                low, high = axes.get_ylim()
                axes.yaxis.set_minor_formatter("{x:g}" if high < 10 * low else "")
        else:
            axes.set(ylim=(0, None), ylabel="examples classified wrong")
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        if axes.lines:
            axes.legend(frameon=False)


def _as_text(value: float) -> str:
    """An integer in full, another number with six digits."""
    return f"{int(value)}" if np.asarray(value).dtype.kind in "biu" else f"{value:.6g}"


def _as_json(hyperparameters: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(hyperparameters), indent=2, default=_plain, allow_nan=False)
    except ValueError as error:  # NaN or infinity
        cure = "JSON has no NaN and no infinity: give such a value as text."
        raise ValueError(
            complaint("Logger", "hyperparameters that JSON can hold", repr(hyperparameters), cure)
        ) from error


def _plain(value: Any) -> Any:
    """For JSON: NumPy's numbers and arrays as numbers and lists, anything else by its repr."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else repr(value)
