"""Training a classifier: an epoch is one shuffled pass over the training images, then a look at the validation ones.

    for each epoch:   for each batch:  logits = model(images);  loss = cross_entropy(logits, labels)
                                       gradients;  optimizer.step()
                      evaluate on the validation split;  schedule.step()

The test split is never read here. An epoch takes one seed from the generator, and its shuffle, its augmentation and
its dropout masks follow from that seed alone: the generator's state between two epochs is all the randomness there is
to remember.
"""

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from torch_models.evaluation import check_positive, count_correct, device_of, evaluate
from torch_models.images import ImageData
from torch_models.randomness import draw_seed, seeded

Row = dict[str, float]
Augment = Callable[[Tensor, torch.Generator], Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


class TrainingDiverged(ArithmeticError):
    """The loss is no longer a finite number; says in which epoch and batch (both count from 1), and what helps."""

    def __init__(self, loss: float, *, epoch: int, where: str, lr: float) -> None:
        super().__init__(
            f"the loss became {loss} in epoch {epoch}, {where}. Try a smaller learning rate (it is {lr:g}); if that "
            "changes nothing, look for NaN or infinity in the images."
        )
        self.epoch = epoch
        self.where = where


def train(
    model: nn.Module,
    data: ImageData,
    *,
    epochs: int,
    batch_size: int,
    optimizer: Optimizer,
    schedule: LRScheduler | None = None,
    batch_schedule: LRScheduler | None = None,
    augment: Augment | None = None,
    loss: Loss = cross_entropy,
    generator: torch.Generator,
    first_epoch: int = 1,
    on_epoch: Callable[[Row], None] | None = None,
    progress: bool = True,
) -> list[Row]:
    """Train `model` in place on normalised `data`; returns one row per epoch.

    A row holds epoch (from 1), lr (the one this epoch began with), train_loss and train_accuracy (measured on the way,
    so with dropout and with weights that still move), validation_loss and validation_accuracy (after the epoch),
    seconds. All averages are over images. `loss` of (logits, labels) is what is descended; validation always reports
    the plain cross-entropy. `schedule` steps once an epoch, `batch_schedule` once a batch. `augment`, an Augmentation
    for instance, changes each batch of training images as (images, generator) -> images; what is evaluated is never
    augmented. `progress` shows a bar on stderr for each epoch.

    `on_epoch` gets each row as soon as it is there. Whoever puts model, optimizer, schedules and generator back to what
    they were then, and gives the epoch after it as `first_epoch` of the same `epochs`, ends with the same weights.
    """
    check_positive(epochs=epochs, batch_size=batch_size, first_epoch=first_epoch)
    history = []
    for epoch in range(first_epoch, epochs + 1):
        started = time.perf_counter()
        lr = optimizer.param_groups[0]["lr"]
        with seeded(draw_seed(generator), device_of(model)):
            batches = torch.randperm(len(data.train_images)).split(batch_size)
            with tqdm(batches, desc=f"epoch {epoch}/{epochs}", unit="batch", leave=False, disable=not progress) as bar:
                train_loss, train_accuracy = train_one_epoch(
                    model, data, bar, optimizer, schedule=batch_schedule, augment=augment, loss=loss, epoch=epoch
                )
        validation_loss, validation_accuracy = evaluate(model, data.validation_images, data.validation_labels)
        check_finite(validation_loss, epoch=epoch, where="on the validation images", lr=lr)
        if schedule is not None:
            schedule.step()
        history.append(
            {
                "epoch": epoch,
                "lr": lr,
                "train_loss": train_loss,
                "train_accuracy": train_accuracy,
                "validation_loss": validation_loss,
                "validation_accuracy": validation_accuracy,
                "seconds": time.perf_counter() - started,
            }
        )
        if on_epoch is not None:
            on_epoch(history[-1])
    return history


def train_one_epoch(
    model: nn.Module,
    data: ImageData,
    batches: tqdm,
    optimizer: Optimizer,
    *,
    schedule: LRScheduler | None,
    augment: Augment | None,
    loss: Loss,
    epoch: int,
) -> tuple[float, float]:
    """One step of the optimizer for each batch of indices; (mean loss, accuracy) over all the images seen."""
    model.train()
    device = device_of(model)
    loss_sum, n_correct, n_seen = 0.0, 0, 0
    for number, batch in enumerate(batches, start=1):
        images, labels = data.train_images[batch].to(device), data.train_labels[batch].to(device)
        if augment is not None:
            images = augment(images, torch.default_generator)  # the stream that `seeded` lends
        logits = model(images)
        batch_loss = loss(logits, labels)
        check_finite(batch_loss.item(), epoch=epoch, where=f"batch {number}", lr=optimizer.param_groups[0]["lr"])
        step(optimizer, batch_loss)
        if schedule is not None:
            schedule.step()
        loss_sum += batch_loss.item() * len(batch)
        n_correct += count_correct(logits, labels)
        n_seen += len(batch)
        batches.set_postfix(loss=f"{loss_sum / n_seen:.4f}", refresh=False)
    return loss_sum / n_seen, n_correct / n_seen


def step(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def check_finite(loss: float, *, epoch: int, where: str, lr: float) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(loss, epoch=epoch, where=where, lr=lr)
