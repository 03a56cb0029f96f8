"""What the training scripts do once the options are known: data, network, epochs, run folder, predictions, score."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace

import numpy as np
from endings import CommandError, say
from learners import Twins, begin, completed
from side_by_side import speed_line
from tqdm import tqdm
from training_options import chosen_device

import torch_models as tm
from torch_models.processes import ALONE, Processes, joined
from torch_models.recipes import Recipe
from torch_models.run_folder import RunFolder, only_run_in
from torch_models.training import Row
from torch_models.training_state import TrainingState

LARGE = 1e4  # a loss


def run(twins: Twins, options: argparse.Namespace) -> None:
    """Train, or go on training, as the options say; the last line printed is the test accuracy."""
    with (
        joined(chosen_device(options)) as processes,
        only_run_in(options.out) if processes.first else nullcontext(),
    ):
        train_and_predict(twins, options, processes)


def train_and_predict(twins: Twins, options: argparse.Namespace, processes: Processes) -> None:
    """A function of its own, so that what it makes is freed before `joined` ends, as it must be."""
    recipe = completed(twins.recipes[options.recipe], options)
    folder = RunFolder(options.out, deciding(twins, recipe, options, processes))
    with processes.first_goes_first():
        if processes.first:
            folder.open(resume=options.resume)
        shape = twins.model.input_shape
        data = tm.load_dataset(options.dataset, options.data_root, input_shape=shape, limit=options.limit)
    mirrors = options.dataset != "digits"  # a cat in a mirror is a cat, a 3 is no digit
    recipe = replace(recipe, mirrored=recipe.mirrored and mirrors)
    statistics = statistics_of(data, options)
    images = tm.normalised(data, statistics).to(processes.device)
    state = begin(twins, recipe, images, options, processes)
    restored = folder.restore(state)
    if processes.first:
        facts = {"normalisation": asdict(statistics), "mirrored": recipe.mirrored}
        folder.write_config(device=processes.device, model=twins.model.__name__, **facts)
        describe(images, folder, state, options, restored)
        if options.backend == "scratch" and not restored and (line := speed_line(twins, recipe, images, options)):
            say(line)
    augment = tm.Augmentation.for_normalised(statistics, flip=mirrors) if recipe.augmented else None
    fit(state, images, recipe, folder, augment=augment, processes=processes)
    if processes.first:
        say(f"Epoch {state.best_epoch} was best on the validation images; its weights predict the test images.")
        right, total = predict(state, images, folder, mirrored=recipe.mirrored)
        say(files_line(folder), f"test accuracy {right / total:.4f}", sep="\n")


def statistics_of(data: tm.Splits, options: argparse.Namespace) -> tm.ChannelStatistics:
    try:
        return tm.channel_statistics(data)
    except ValueError as error:
        file = options.data_root / f"{options.dataset}.npz"
        raise CommandError(f"the training images of {file} cannot be normalised: {error}.") from error


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


def describe(
    images: tm.Splits, folder: RunFolder, state: TrainingState, options: argparse.Namespace, restored: bool
) -> None:
    counts = [len(images.train_labels), len(images.validation_labels), len(images.test_labels)]
    say("{}: {} images to train, {} to validate, {} to test".format(options.dataset, *counts))
    say(settings_line(folder.options))
    if restored:
        say(f"Going on after epoch {state.epochs_done}, from {folder.checkpoint}.")
    elif options.resume:
        say(f"No checkpoint in {folder.path} yet: starting at epoch 1.")


def settings_line(settings: Mapping[str, object]) -> str:
    """Those that are set: "model CifarCNN, dataset cifar10, ..."."""
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value not in (None, False))


def files_line(folder: RunFolder) -> str:
    return f"Files in {folder.path}: {', '.join(sorted(path.name for path in folder.path.iterdir()))}"


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
    """The epochs that are left; the first process prints a line and writes a checkpoint after `every` so many.

    The bar shows the batches of an epoch, or the epochs where there is no line for each.
    """
    done, hidden = state.epochs_done, True if not processes.first or every == 1 else None  # None: unless in a terminal
    bar = tqdm(total=recipe.epochs, initial=done, desc=folder.path.name, unit="epoch", leave=False, disable=hidden)

    def on_epoch(row: Row) -> None:
        state.record(row)
        bar.update()
        if processes.first and (row["epoch"] % every == 0 or row["epoch"] in (1, recipe.epochs)):
            with tqdm.external_write_mode():
                say(epoch_line(row, recipe.epochs))
            folder.save(state)

    with bar, np.errstate(all="ignore"):  # a loss that is no number is reported by `train`, in a sentence
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
    width = max(2, len(str(epochs)))
    parts = [f"epoch {row['epoch']:>{width}}/{epochs}", f"rate {row['lr']:<8.3g}"]
    for split, name in (("train", "training"), ("validation", "validation")):
        if f"{split}_loss" in row:
            parts.append(f"{name} loss {loss_text(row[f'{split}_loss'])} {row[f'{split}_accuracy']:6.1%} right")
    return "  ".join([*parts, f"{row['seconds']:.1f} s"])


def loss_text(loss: float) -> str:
    """Four decimals; of a loss that leads off far, which may have a hundred digits, three and the power of ten."""
    return f"{loss:.4f}" if loss < LARGE else f"{loss:.2e}"


def predict(state: TrainingState, data: tm.Splits, folder: RunFolder, *, mirrored: bool = False) -> tuple[int, int]:
    """Write predictions.csv with the best weights; (how many are right, of how many) as the written file says."""
    state.learner.load_weights(state.best_weights)
    logits, total = state.learner.logits, len(data.test_labels)
    labels = tm.predict(tm.mirrored(logits) if mirrored else logits, data.test_inputs)
    tm.write_predictions(folder.predictions, labels, expected_count=total)
    return int((tm.read_predictions(folder.predictions) == data.test_labels.cpu()).sum()), total
