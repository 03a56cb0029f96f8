"""What train_ffnn.py and train_digits.py share: several small networks on one table, each with its own run folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from endings import CommandError, say
from learners import Twins, begin, completed
from threadpoolctl import threadpool_limits
from training_options import chosen_device
from training_run import files_line, fit, predict, settings_line

import scratch_nn as snn
import torch_models as tm
from parity_tests.pairs import networks
from scratch_nn.optimizers import Optimizer
from torch_models.processes import Processes, started_by_torchrun
from torch_models.recipes import Recipe
from torch_models.run_folder import RunFolder
from torch_models.training_state import TrainingState

LINES = 5  # of each training, besides the first: a line for each of hundreds of quick epochs would be noise
CHOSEN_BY = "validation_loss"  # the best epoch: finer than the accuracy of so few rows


@dataclass(frozen=True, eq=False)
class TableRun:
    """One network of several."""

    name: str
    recipe: Recipe
    folder: RunFolder
    state: TrainingState


@dataclass(frozen=True, eq=False)
class Comparison:
    """All of them, the folder that holds theirs, and the data they share."""

    folder: RunFolder
    runs: list[TableRun]
    data: tm.Splits


@contextmanager
def one_thread() -> Iterator[None]:
    """NumPy and PyTorch with one thread each inside: in batches this small, several only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def processes_for(options: argparse.Namespace) -> Processes:
    """This process alone, on the device asked for; what makes no sense on a small table is refused."""
    if started_by_torchrun()[1] > 1:
        raise CommandError("tables this small are trained in one process: start it without torchrun.")
    if options.precision == "bfloat16":
        raise CommandError("--precision bfloat16: the tables are float64, and are computed in float64; leave it out.")
    return Processes(device=chosen_device(options))


def recipe_of(recipes: Mapping[str, Recipe], options: argparse.Namespace) -> Recipe:
    return completed(recipes[options.recipe], options)


def scratch_network(
    n_inputs: int, hidden: tuple[int, ...], n_classes: int, *, optimizer: Optimizer, rng: np.random.Generator
) -> snn.NeuralNetwork:
    """FeedforwardNet in NumPy; n_inputs is read off the weights."""
    if not hidden:
        return snn.LogisticRegression(n_classes, optimizer=optimizer, rng=rng)
    return snn.FeedforwardNeuralNet(hidden, n_classes, optimizer=optimizer, rng=rng)


def open_all(
    recipes: Mapping[str, Recipe], data: tm.Splits, options: argparse.Namespace, processes: Processes
) -> Comparison:
    """A run for each recipe, taken up from its checkpoint if it has one; what does not fit is refused before any
    training."""
    whole, facts = RunFolder(options.out, shared(options)), {"device": processes.device, "runs": list(recipes)}
    whole.open(resume=options.resume)
    if not whole.config.exists():
        whole.write_config(**facts)
    runs = [open_run(name, recipe, data, options, processes) for name, recipe in recipes.items()]
    whole.write_config(**facts)
    return Comparison(whole, runs, data)


def open_run(name: str, recipe: Recipe, data: tm.Splits, options: argparse.Namespace, processes: Processes) -> TableRun:
    folder = RunFolder(options.out / name, shared(options) | deciding(recipe))
    folder.open(resume=options.resume)
    entries = networks.feedforward(len(recipe.model_args["hidden"]) + 1)
    twins = Twins(partial(tm.FeedforwardNet, dtype=torch.float64), scratch_network, entries, recipes={})
    state = replace(begin(twins, recipe, data, options, processes), chosen_by=CHOSEN_BY)
    folder.restore(state)
    folder.write_config(device=processes.device)
    return TableRun(name, recipe, folder, state)


def shared(options: argparse.Namespace) -> dict[str, str | int | None]:
    names = ("dataset", "backend", "recipe", "seed", "limit", "compile")
    return {"model": tm.FeedforwardNet.__name__, **{name: getattr(options, name) for name in names}}


def deciding(recipe: Recipe) -> dict[str, str | int | None]:
    """What decides the weights of one of the networks, besides the options that are shared."""
    return {
        "sizes": sizes(recipe),
        "lr": recipe.optimizer_args["lr"],
        "schedule": "constant" if recipe.schedule is None else recipe.schedule.__name__,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
    }


def sizes(recipe: Recipe) -> str:
    """Inputs, hidden units, classes: 4-25-3."""
    arguments = recipe.model_args
    return "-".join(map(str, (arguments["n_inputs"], *arguments["hidden"], arguments["n_classes"])))


def train_all(comparison: Comparison, *, resumed: bool) -> None:
    """The epochs that each has left, then all curves in one picture."""
    for run in comparison.runs:
        say(f"\n{run.name}: {sizes(run.recipe)}{standing(run, resumed=resumed)}")
        fit(run.state, comparison.data, run.recipe, run.folder, every=max(1, run.recipe.epochs // LINES))
    histories = {run.name: run.state.history for run in comparison.runs}
    tm.plot_curves(histories, comparison.folder.curves, chosen_by=CHOSEN_BY)


def standing(run: TableRun, *, resumed: bool) -> str:
    done = run.state.epochs_done
    if done == run.recipe.epochs:
        return ", was done before"
    if done:
        return f", going on after epoch {done}, from {run.folder.checkpoint}"
    return ", no checkpoint yet: starting at epoch 1" if resumed else ""


def describe(comparison: Comparison, options: argparse.Namespace) -> None:
    data, recipe = comparison.data, comparison.runs[0].recipe
    validation = "" if data.validation_labels is None else f", {len(data.validation_labels)} to validate"
    say(f"{options.dataset}: {len(data.train_labels)} rows to train{validation}, {len(data.test_labels)} to test")
    say(settings_line(shared(options) | {"epochs": recipe.epochs, "batch_size": recipe.batch_size}))


def conclude(comparison: Comparison, chosen: TableRun) -> None:
    """The chosen network's predictions as those of the whole; the last line is their score, as the file says."""
    right, total = predict(chosen.state, comparison.data, comparison.folder)
    say(files_line(comparison.folder))
    say(f"{comparison.folder.predictions.name} there holds the classes that {chosen.name} gives to the test rows.")
    say(f"test accuracy {right / total:.4f}")
