"""Train two-layer networks on Iris, a run folder for each combination of size, rate and schedule, and compare them."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence

from endings import exit_code, say
from table_run import (
    Comparison,
    TableRun,
    conclude,
    describe,
    one_thread,
    open_all,
    processes_for,
    recipe_of,
    train_all,
)
from training_options import parser
from training_run import loss_text, predict

import scratch_nn as snn
import torch_models as tm
from scratch_nn.datasets import IRIS_CLASSES
from torch_models import tables
from torch_models.run_folder import TEST_ERRORS, only_run_in
from torch_models.table_recipes import COMBINATIONS, IRIS, SCHEDULES, Combination

NAME = "train_ffnn.py"
VALIDATION = TEST = 30
MOST_UNITS = 10_000
FORM = f"UNITS,RATE,SCHEDULE such as 25,0.1,exponential; the schedules are {', '.join(SCHEDULES)}"
HELP = f"""Trains two-layer networks (ReLU between) on the 150 flowers of Iris, in NumPy or PyTorch, and compares them.

A combination is hidden units, learning rate and schedule; without --combination these are trained:
  {"  ".join(f"{c.hidden},{c.lr},{c.schedule}" for c in COMBINATIONS)}
Each gets a run folder of its own in RUN_DIR: config.json, history.csv, curves.png, model.safetensors, checkpoint.pt and
predictions.csv. RUN_DIR itself gets curves.png with all of them, test_errors.csv, and the predictions.csv of the one
with the lowest validation loss; the last line printed is the test accuracy of that file.
A checkpoint, for --resume, is written with each line about an epoch: the first, then at least each fifth of them all.

90 rows train, 30 choose the epoch and the combination by their loss, 30 test; all are standardised by the training rows
and computed in float64 (bfloat16 is refused). They come with scikit-learn: --data-root is not read.
Exit code: 0 done, 1 it went wrong on the way (it says where), 2 the command or a file was wrong, 130 interrupted."""
EXAMPLES = """schedules, over all the epochs:
  constant      the rate as it is
  exponential   a little less each epoch, a hundredth in the end
  step          a tenth after each third
  cosine        half a cosine, down to nothing

recipes:
  notes   SGD, batches of 10, 300 epochs
  fast    Adam, batches of 30, 60 epochs: rates of 0.01 suit it

examples:
  python scripts/train_ffnn.py                                                       all four, in NumPy
  python scripts/train_ffnn.py --backend torch --out runs/iris_torch                 the same in PyTorch
  python scripts/train_ffnn.py --resume                                              go on after an interruption
  python scripts/train_ffnn.py --combination 50,0.05,cosine --combination 8,0.05,step --out runs/others"""


def main(arguments: Sequence[str] | None = None) -> int:
    settings = {"dataset": "iris", "datasets": ("iris",), "recipes": IRIS, "out": "runs/iris", "backend": "scratch"}
    found = parser(NAME, HELP, EXAMPLES, precision="float64", **settings)
    help = f"train this one instead of the four; may be given again: {FORM}"
    found.add_argument("--combination", action="append", type=combination, metavar="UNITS,RATE,SCHEDULE", help=help)
    return exit_code(NAME, work, found.parse_args(arguments))


def combination(text: str) -> Combination:
    """The argparse type of a combination."""
    try:
        units, rate, schedule = text.split(",")
        found = Combination(int(units), float(rate), schedule.strip())
        if found.hidden > MOST_UNITS:
            raise ValueError(f"at most {MOST_UNITS:,} units")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {FORM}; got {text!r}") from error
    return found


@one_thread()
def work(options: argparse.Namespace) -> None:
    processes, recipe = processes_for(options), recipe_of(IRIS, options)
    rows = tables.stratified(*snn.load_iris(), IRIS_CLASSES, validation=VALIDATION, test=TEST)
    data = tables.standardised(rows.limited(options.limit)).to(processes.device)
    asked = dict.fromkeys(options.combination or COMBINATIONS)
    with only_run_in(options.out):
        comparison = open_all({str(one): one.of(recipe) for one in asked}, data, options, processes)
        describe(comparison, options)
        train_all(comparison, resumed=options.resume)
        report(comparison)
        conclude(comparison, min(comparison.runs, key=validation_loss))


def validation_loss(run: TableRun) -> float:
    return run.state.best_row["validation_loss"]


def report(comparison: Comparison) -> None:
    """The table of test errors, each at the best epoch of its run: printed, and as test_errors.csv."""
    say(f"\n{'combination':<24}{'best epoch':>12}{'validation loss':>18}{'test error':>13}")
    rows = [("combination", "best_epoch", "validation_loss", "test_error")]
    for run in comparison.runs:
        right, total = predict(run.state, comparison.data, run.folder)
        loss, epoch, wrong = validation_loss(run), run.state.best_epoch, total - right
        say(f"{run.name:<24}{epoch:>12}{loss_text(loss):>18}{wrong / total:>13.4f}  ({wrong} of {total})")
        rows.append((run.name, epoch, f"{loss:.6g}", f"{wrong / total:.6g}"))
    path = comparison.folder.path / TEST_ERRORS
    with tm.atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    say()


if __name__ == "__main__":
    sys.exit(main())
