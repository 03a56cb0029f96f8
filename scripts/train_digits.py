"""Logistic regression and a two-layer network on scikit-learn's digits: the descent of the course notes, printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

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
from scratch_nn.datasets import DIGITS_CLASSES
from torch_models import tables
from torch_models.run_folder import only_run_in
from torch_models.table_recipes import DIGITS, DIGITS_HIDDEN

NAME = "train_digits.py"
HELP = """Trains logistic regression (from zeros) and a two-layer network 64-32-10 (ReLU) on scikit-learn's 8x8 digits.

As in the course notes: train_test_split(test_size=.25, random_state=123), raw pixels 0..16, float64, gradient descent
on all 1,347 training rows at once. The trace is the training loss after 0, 50, ..., 500 updates of either network; with
batches it is the mean over the epoch that follows, measured on the way. Nothing is chosen here, so there is no
validation split, and the last epoch counts.

RUN_DIR gets a run folder for each network (config.json, history.csv, curves.png, model.safetensors, checkpoint.pt,
predictions.csv), curves.png with both, and the predictions.csv of the logistic regression; the last line printed is the
test accuracy of that file. The digits come with scikit-learn: --data-root is not read; bfloat16 is refused.
A checkpoint, for --resume, is written with each line about an epoch: the first, then at least each fifth of them all.
Exit code: 0 done, 1 it went wrong on the way (it says where), 2 the command or a file was wrong, 130 interrupted."""
EXAMPLES = """recipes:
  notes   gradient descent, rate 1e-2, 500 epochs of one step
  fast    Adam, rate 1e-3, batches of 64, 30 epochs

examples:
  python scripts/train_digits.py                                         both in NumPy, into runs/digits
  python scripts/train_digits.py --backend torch --out runs/digits_torch   the same in PyTorch
  python scripts/train_digits.py --resume                                go on after an interruption
  python scripts/train_digits.py --recipe fast --out runs/digits_fast    fewer and smaller steps"""
TEST_SIZE, SPLIT_SEED = 0.25, 123
TRACED = 10  # losses after the first


def main(arguments: Sequence[str] | None = None) -> int:
    settings = {"dataset": "digits", "datasets": ("digits",), "recipes": DIGITS, "out": "runs/digits"}
    found = parser(NAME, HELP, EXAMPLES, backend="scratch", precision="float64", **settings)
    return exit_code(NAME, work, found.parse_args(arguments))


@one_thread()
def work(options: argparse.Namespace) -> None:
    processes, recipe = processes_for(options), recipe_of(DIGITS, options)
    rows = tables.held_out(*snn.load_digits(), DIGITS_CLASSES, test_size=TEST_SIZE, seed=SPLIT_SEED)
    data = rows.limited(options.limit).to(processes.device)
    sizes = {name: {**recipe.model_args, "hidden": hidden} for name, hidden in DIGITS_HIDDEN.items()}
    recipes = {name: replace(recipe, model_args=arguments) for name, arguments in sizes.items()}
    with only_run_in(options.out):
        comparison = open_all(recipes, data, options, processes)
        describe(comparison, options)
        train_all(comparison, resumed=options.resume)
        report(comparison)
        conclude(comparison, comparison.runs[0])


def report(comparison: Comparison) -> None:
    """The losses of both networks side by side, and how many test rows each has right."""
    epochs = comparison.runs[0].recipe.epochs
    accuracies = [predict(run.state, comparison.data, run.folder) for run in comparison.runs]
    losses = [trace(run, comparison.data) for run in comparison.runs]
    in_batches = comparison.runs[0].recipe.batch_size < len(comparison.data.train_labels)
    note = " (mean over the batches of the next epoch; at the end, of all rows)" if in_batches else ""
    line("epochs", *(run.name for run in comparison.runs), before=f"\nTraining loss after so many epochs{note}\n\n")
    for epoch in sorted({*range(0, epochs, max(1, epochs // TRACED)), epochs}):
        line(epoch, *(loss_text(found[epoch]) for found in losses))
    line("test accuracy", *(f"{right / total:.4f}" for right, total in accuracies), before="\n")
    say()


def trace(run: TableRun, data: tm.Splits) -> list[float]:
    """The training loss after 0, 1, ... epochs: an epoch's is measured before its step, so the last is measured now."""
    last, _ = tm.evaluate(run.state.learner.logits, data.train_inputs, data.train_labels)
    return [row["train_loss"] for row in run.state.history] + [last]


def line(first: object, *others: object, before: str = "") -> None:
    say(f"{before}{first:>13}", *(f"{text:>20}" for text in others))


if __name__ == "__main__":
    sys.exit(main())
