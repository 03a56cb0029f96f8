"""What the training scripts do once the options are known: data, network, epochs, run folder, predictions, score."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from functools import partial

import torch
from torch import Tensor, nn
from training_options import chosen_device

import torch_models as tm
from torch_models.recipes import Recipe
from torch_models.run_folder import RunFolder
from torch_models.training import Row
from torch_models.training_state import TrainingState

say = partial(print, flush=True)  # in order with the progress bars, also in a pipe
EPOCH = (
    "epoch {epoch:>2}/{epochs}  rate {lr:<8.3g}  training loss {train_loss:.4f} {train_accuracy:6.1%} right  "
    "validation loss {validation_loss:.4f} {validation_accuracy:6.1%} right  {seconds:.1f} s"
)


def run(make: Callable[[], nn.Module], recipes: Mapping[str, Recipe], options: argparse.Namespace) -> None:
    """Train, or go on training, `make` as the options say; the last line printed is the test accuracy."""
    device = chosen_device(options.device)
    recipe = completed(recipes[options.recipe], options)
    folder = RunFolder(options.out, deciding(make.__name__, recipe, options))
    folder.open(resume=options.resume)
    data = tm.load_dataset(options.dataset, options.data_root, input_shape=make.input_shape, limit=options.limit)
    statistics = tm.channel_statistics(data)
    images = on_device(tm.normalised(data, statistics), device)
    steps = recipe.epochs * math.ceil(len(data.train_images) / recipe.batch_size)
    state = recipe.begin(make, seed=options.seed, device=device, steps=steps)
    restored = folder.restore(state)
    folder.write_config(device=device, model=make.__name__, normalisation=asdict(statistics))
    describe(images, folder, state, options, restored)
    train(state, images, recipe, folder, augment=augmentation(recipe, statistics))
    folder.finish(state)
    say(f"Epoch {state.best_epoch} was best on the validation images; its weights predict the test images.")
    state.model.load_state_dict(state.best_weights)
    right, total = predict(state.model, images, folder)
    say(f"Files in {folder.path}: {', '.join(sorted(path.name for path in folder.path.iterdir()))}")
    say(f"test accuracy {right / total:.4f}")


def completed(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe, with the epochs and the batch size that were asked for."""
    asked = {"epochs": options.epochs, "batch_size": options.batch_size}
    return replace(recipe, **{name: value for name, value in asked.items() if value is not None})


def deciding(model: str, recipe: Recipe, options: argparse.Namespace) -> dict[str, str | int | None]:
    """The options that decide the weights. Where data and files lie, and the device, may change on the way."""
    return {
        "model": model,
        "dataset": options.dataset,
        "recipe": options.recipe,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "seed": options.seed,
        "limit": options.limit,
    }


def on_device(data: tm.ImageData, device: torch.device) -> tm.ImageData:
    """All images and labels in the memory of the device, once."""
    tensors = {field.name: getattr(data, field.name) for field in fields(data)}
    return replace(data, **{name: value.to(device) for name, value in tensors.items() if isinstance(value, Tensor)})


def augmentation(recipe: Recipe, statistics: tm.ChannelStatistics) -> tm.Augmentation | None:
    return tm.Augmentation.for_normalised(statistics) if recipe.augmented else None


def describe(
    images: tm.ImageData, folder: RunFolder, state: TrainingState, options: argparse.Namespace, restored: bool
) -> None:
    counts = [len(images.train_labels), len(images.validation_labels), len(images.test_labels)]
    say("{}: {} images to train, {} to validate, {} to test".format(options.dataset, *counts))
    say(", ".join(f"{name} {value}" for name, value in folder.options.items() if value is not None))
    if restored:
        say(f"Going on after epoch {state.epochs_done}, from {folder.checkpoint}.")
    elif options.resume:
        say(f"No checkpoint in {folder.path} yet: starting at epoch 1.")


def train(
    state: TrainingState, images: tm.ImageData, recipe: Recipe, folder: RunFolder, *, augment: tm.Augmentation | None
) -> None:
    """The epochs that are left, each with its line and its checkpoint."""

    def on_epoch(row: Row) -> None:
        say(EPOCH.format(**row, epochs=recipe.epochs))
        state.record(row)
        folder.save(state)

    tm.train(
        state.model,
        images,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        optimizer=state.optimizer,
        schedule=state.schedule,
        batch_schedule=state.batch_schedule,
        augment=augment,
        loss=recipe.loss,
        generator=state.generator,
        first_epoch=state.epochs_done + 1,
        on_epoch=on_epoch,
    )


def predict(model: nn.Module, images: tm.ImageData, folder: RunFolder) -> tuple[int, int]:
    """Write predictions.csv; (how many test images are right, of how many) as the file that was written says."""
    total = len(images.test_labels)
    tm.write_predictions(folder.predictions, tm.predict(model, images.test_images), expected_count=total)
    return int((tm.read_predictions(folder.predictions) == images.test_labels.cpu()).sum()), total
