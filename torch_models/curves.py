"""Learning curves as a picture, and the history they are drawn from as CSV.

A history is what `train` returns: one row per epoch, each a mapping from column to number. Any trainer whose rows hold
epoch, train_loss, train_accuracy and, where there is a validation split, validation_loss and validation_accuracy can be
drawn beside another.
"""

import csv
import os
from collections.abc import Mapping, Sequence
from numbers import Integral

from torch_models.files import atomic_path
from torch_models.training_state import CHOSEN_BY, best_row

History = Sequence[Mapping[str, float]]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito
STYLES = {  # how a split looks, whatever its run's colour
    "train": {"linestyle": "--", "linewidth": 1.2, "marker": "x", "markersize": 4},
    "validation": {"linestyle": "-", "linewidth": 1.8, "marker": "o", "markersize": 4},
}
RING = {"linestyle": "", "marker": "o", "markersize": 10, "fillstyle": "none", "clip_on": False}
MOST_MARKED_EPOCHS = 20  # a short run shows each epoch as a point, a longer one is a clean line
COLUMNS = {4: 2}  # of the runs' names below: three, but four stand better two by two
FAR = 100  # a loss that falls further than to this part of its start is drawn on a logarithmic axis
QUANTITIES = ("loss", "accuracy")


def write_history(path: str | os.PathLike[str], history: History) -> None:
    """Write the rows as CSV, atomically; the columns are those of the first row.

    An integer is written in full, another number with six digits.
    """
    columns = list(require_rows("history", history)[0])
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: as_text(value) for name, value in row.items()} for row in history)


def as_text(value: float) -> str:
    return f"{value:d}" if isinstance(value, Integral) else f"{value:.6g}"


def plot_curves(histories: Mapping[str, History], path: str | os.PathLike[str], *, chosen_by: str = CHOSEN_BY) -> None:
    """Draw loss and accuracy per epoch, training dashed and validation solid, one colour per named run.

    A ring marks each run's best epoch on the validation examples, if it has any: the one epoch that `chosen_by` tells,
    as in TrainingState, on both curves. The ending of `path` (.png, .svg, .pdf) is the format.
    """
    from matplotlib.figure import Figure

    if not histories:
        raise ValueError("plot_curves: expected at least one run, got none")
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    for axes, quantity in zip(figure.subplots(1, 2), QUANTITIES, strict=True):
        for (name, history), colour in zip(histories.items(), run_colours(len(histories)), strict=True):
            draw_run(axes, quantity, require_rows(name, history), colour, chosen_by)
        finish_axes(axes, quantity)
    figure.legend(handles=style_handles(histories), loc="outside upper center", ncols=3, frameon=False)
    below = {"loc": "outside lower center", "ncols": COLUMNS.get(len(histories), 3), "frameon": False}
    for name in figure.legend(handles=run_handles(histories, chosen_by), **below).get_texts():
        name.set_parse_math(False)  # a folder may be called $a$
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)


def run_colours(n_runs: int) -> list:
    """Colours that a colour-blind reader can tell apart; more runs than there are of those share a colour map."""
    from matplotlib import colormaps

    if n_runs <= len(COLOURS):
        return list(COLOURS[:n_runs])
    return [colormaps["turbo"](i / (n_runs - 1)) for i in range(n_runs)]


def draw_run(axes, quantity: str, history: History, colour, chosen_by: str) -> None:
    """The curves of one run, and a ring around the best validation epoch."""
    epochs = [row["epoch"] for row in history]
    for split in splits_of(history):
        axes.plot(epochs, [row[f"{split}_{quantity}"] for row in history], color=colour, **style_of(split, history))
    if "validation" not in splits_of(history):
        return
    best = best_row(history, chosen_by)
    axes.plot(best["epoch"], best[f"validation_{quantity}"], color=colour, **RING)


def style_of(split: str, history: History) -> dict:
    return STYLES[split] | ({} if len(history) <= MOST_MARKED_EPOCHS else {"marker": ""})


def finish_axes(axes, quantity: str) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_ylabel(
        "cross-entropy loss (mean over examples)" if quantity == "loss" else "examples classified correctly"
    )
    axes.set_title(quantity.capitalize())
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if quantity == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1))
    elif falls_far(axes):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.update_datalim([(0, 0)], updatex=False)
        axes.autoscale_view()
        axes.set_ylim(bottom=0)


def falls_far(axes) -> bool:
    """Whether a linear axis would press the end of the curves, where they differ, onto its bottom."""
    values = [float(value) for line in axes.lines for value in line.get_ydata()]
    return min(values) > 0 and max(values) > FAR * min(values)


def style_handles(histories: Mapping[str, History]) -> list:
    """What dashes, points and the ring mean, in grey: they mean it for every run."""
    from matplotlib.lines import Line2D

    shortest = min(histories.values(), key=len)
    names = {"training": style_of("train", shortest)}
    if any("validation" in splits_of(history) for history in histories.values()):
        names |= {"validation": style_of("validation", shortest), "best validation epoch": RING}
    return [Line2D([], [], color="0.35", label=name, **style) for name, style in names.items()]


def run_handles(histories: Mapping[str, History], chosen_by: str) -> list:
    """One colour per run, and the accuracy it reached; the loss where all have reached the same accuracy."""
    from matplotlib.lines import Line2D

    colours, found = run_colours(len(histories)), list(histories.values())
    ends = [reached(history, "accuracy", chosen_by) for history in found]
    if len(ends) > 1 and len({end.rpartition(" ")[2] for end in ends}) == 1:
        ends = [reached(history, "loss", chosen_by) for history in found]
    return [
        Line2D([], [], color=colour, linewidth=4, label=f"{name}, {end}")
        for name, end, colour in zip(histories, ends, colours, strict=True)
    ]


def reached(history: History, quantity: str, chosen_by: str) -> str:
    """The validation examples in the best epoch; the training examples at the end of a run that has no others."""
    written = "{:.1%}" if quantity == "accuracy" else "loss {:.3g}"
    if "validation" not in splits_of(history):
        return f"at the end: training {written.format(history[-1][f'train_{quantity}'])}"
    best = best_row(history, chosen_by)
    return f"best epoch {best['epoch']}: validation {written.format(best[f'validation_{quantity}'])}"


def splits_of(history: History) -> list[str]:
    """The splits that the rows tell of."""
    return [split for split in STYLES if f"{split}_loss" in history[0]]


def require_rows(name: str, history: History) -> History:
    if not history:
        raise ValueError(f"{name}: expected a row for each epoch, got an empty history")
    return history
