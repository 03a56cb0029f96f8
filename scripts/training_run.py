"""What the training scripts do once the options are known: data, network, epochs, run folder, predictions, score."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn
from training_options import CommandError, chosen_device

import torch_models as tm
from parity_tests.convert import WeightMap
from parity_tests.scratch_learner import ScratchLearner, scratch_optimizer
from scratch_nn import NeuralNetwork
from torch_models.learner import Learner
from torch_models.processes import ALONE, Processes, joined
from torch_models.recipes import Recipe
from torch_models.run_folder import RunFolder
from torch_models.training import Row
from torch_models.training_state import TrainingState

say = partial(print, flush=True)  # in order with the progress bars, also in a pipe


@dataclass(frozen=True)
class Twins:
    """One network in PyTorch and in NumPy, the weight map between them, and the recipes for either."""

    model: Callable[..., nn.Module]
    network: Callable[..., NeuralNetwork]
    entries: WeightMap
    recipes: Mapping[str, Recipe]


def run(twins: Twins, options: argparse.Namespace) -> None:
    """Train, or go on training, as the options say; the last line printed is the test accuracy."""
    device = chosen_device(options)
    with joined(device) as processes:
        recipe = completed(twins.recipes[options.recipe], options)
        folder = RunFolder(options.out, deciding(twins, recipe, options, processes))
        with processes.first_goes_first():
            if processes.first:
                folder.open(resume=options.resume)
            shape = twins.model.input_shape
            data = tm.load_dataset(options.dataset, options.data_root, input_shape=shape, limit=options.limit)
        statistics = tm.channel_statistics(data)
        images = tm.normalised(data, statistics).to(device)
        state = begin(twins, recipe, images, options, processes)
        restored = folder.restore(state)
        if processes.first:
            facts = {"model": twins.model.__name__, "normalisation": asdict(statistics)}
            folder.write_config(device=device, **facts)
            describe(images, folder, state, options, restored)
        augment = tm.Augmentation.for_normalised(statistics) if recipe.augmented else None
        fit(state, images, recipe, folder, augment=augment, processes=processes)
        if processes.first:
            say(f"Epoch {state.best_epoch} was best on the validation images; its weights predict the test images.")
            right, total = predict(state, images, folder)
            say(f"Files in {folder.path}: {', '.join(sorted(path.name for path in folder.path.iterdir()))}")
            say(f"test accuracy {right / total:.4f}")


def completed(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe, with the epochs and the batch size that were asked for."""
    asked = {"epochs": options.epochs, "batch_size": options.batch_size}
    return replace(recipe, **{name: value for name, value in asked.items() if value is not None})


def deciding(
    twins: Twins, recipe: Recipe, options: argparse.Namespace, processes: Processes
) -> dict[str, str | int | None]:
    """The options that decide the weights. Where data and files lie, and the device, may change on the way."""
    names = ("dataset", "backend", "recipe", "seed", "limit", "precision", "compile")
    return {
        "model": twins.model.__name__,
        **{name: getattr(options, name) for name in names},
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "processes": processes.count,
    }


def begin(
    twins: Twins, recipe: Recipe, data: tm.Splits, options: argparse.Namespace, processes: Processes
) -> TrainingState:
    """A new network and what trains it, in PyTorch or in NumPy: the same weights, the same chance."""
    steps = recipe.epochs * len(processes.shares(torch.arange(len(data.train_labels)), recipe.batch_size))
    make = scratch_learner if options.backend == "scratch" else torch_learner
    learner = make(twins, recipe, options, steps=steps, processes=processes)
    return TrainingState(learner, torch.Generator().manual_seed(options.seed))


def torch_learner(
    twins: Twins, recipe: Recipe, options: argparse.Namespace, *, steps: int, processes: Processes
) -> Learner:
    return recipe.learner(
        recipe.model(twins.model, seed=options.seed),
        steps=steps,
        device=processes.device,
        bfloat16=options.precision == "bfloat16",
        compiled=options.compile,
        processes=processes,
    )


def scratch_learner(
    twins: Twins, recipe: Recipe, options: argparse.Namespace, *, steps: int, processes: Processes
) -> Learner:
    if processes.count > 1:
        raise CommandError("--backend scratch trains in one process: start it without torchrun.")
    model = recipe.model(twins.model, seed=options.seed)
    rng = np.random.default_rng(options.seed)  # draws nothing that stays: weights and masks are PyTorch's
    network = twins.network(optimizer=scratch_optimizer(recipe), rng=rng, **recipe.model_args)
    return ScratchLearner(network, model, twins.entries, recipe, steps=steps)


def describe(
    images: tm.Splits, folder: RunFolder, state: TrainingState, options: argparse.Namespace, restored: bool
) -> None:
    counts = [len(images.train_labels), len(images.validation_labels), len(images.test_labels)]
    say("{}: {} images to train, {} to validate, {} to test".format(options.dataset, *counts))
    say(", ".join(f"{name} {value}" for name, value in folder.options.items() if value not in (None, False)))
    if restored:
        say(f"Going on after epoch {state.epochs_done}, from {folder.checkpoint}.")
    elif options.resume:
        say(f"No checkpoint in {folder.path} yet: starting at epoch 1.")


def fit(
    state: TrainingState,
    data: tm.Splits,
    recipe: Recipe,
    folder: RunFolder,
    *,
    augment: tm.Augmentation | None = None,
    processes: Processes = ALONE,
    every: int = 1,
) -> None:
    """The epochs that are left; the first process prints a line and writes a checkpoint after `every` so many."""

    def on_epoch(row: Row) -> None:
        state.record(row)
        if processes.first and (row["epoch"] % every == 0 or row["epoch"] in (1, recipe.epochs)):
            say(epoch_line(row, recipe.epochs))
            folder.save(state)

    tm.train(
        state.learner,
        data,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        augment=augment,
        generator=state.generator,
        first_epoch=state.epochs_done + 1,
        on_epoch=on_epoch,
        progress=processes.first and every == 1,
        processes=processes,
    )
    if processes.first:
        folder.finish(state)


def epoch_line(row: Row, epochs: int) -> str:
    parts = [f"epoch {row['epoch']:>2}/{epochs}", f"rate {row['lr']:<8.3g}"]
    for split, name in (("train", "training"), ("validation", "validation")):
        if f"{split}_loss" in row:
            parts.append(f"{name} loss {row[f'{split}_loss']:.4f} {row[f'{split}_accuracy']:6.1%} right")
    return "  ".join([*parts, f"{row['seconds']:.1f} s"])


def predict(state: TrainingState, data: tm.Splits, folder: RunFolder) -> tuple[int, int]:
    """Write predictions.csv with the best weights; (how many are right, of how many) as the written file says."""
    state.learner.load_weights(state.best_weights)
    total = len(data.test_labels)
    tm.write_predictions(folder.predictions, tm.predict(state.learner.logits, data.test_inputs), expected_count=total)
    return int((tm.read_predictions(folder.predictions) == data.test_labels.cpu()).sum()), total
