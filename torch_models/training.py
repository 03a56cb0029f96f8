"""Training a classifier: an epoch is one shuffled pass over the training examples, then a look at the validation ones.

    for each epoch:   for each batch:  loss = learner.learn(inputs, labels)      logits, loss, gradients, step
                      learner.end_epoch()                                        the schedule
                      evaluate on the validation split

The test split is never read here. An epoch takes two seeds from the generator: the order of the examples follows from
the first, augmentation and dropout masks from the second. So the generator's state between two epochs is all the
randomness there is to remember.
"""

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor
from tqdm import tqdm

from torch_models.evaluation import check_positive, count_correct, evaluate
from torch_models.learner import Learner
from torch_models.processes import ALONE, Processes
from torch_models.randomness import draw_seed, seeded
from torch_models.splits import Splits

Row = dict[str, float]
Augment = Callable[[Tensor, torch.Generator], Tensor]


class TrainingDiverged(ArithmeticError):
    """The loss is no longer a finite number; says in which epoch and batch (both count from 1), and what helps."""

    def __init__(self, loss: float, *, epoch: int, where: str, lr: float) -> None:
        super().__init__(
            f"the loss became {loss} in epoch {epoch}, {where}. Try a smaller learning rate (it is {lr:g}); if that "
            "changes nothing, look for NaN or infinity in the data."
        )
        self.epoch = epoch
        self.where = where


def train(
    learner: Learner,
    data: Splits,
    *,
    epochs: int,
    batch_size: int,
    augment: Augment | None = None,
    generator: torch.Generator,
    first_epoch: int = 1,
    on_epoch: Callable[[Row], None] | None = None,
    progress: bool = True,
    processes: Processes = ALONE,
) -> list[Row]:
    """Train in place on normalised `data`; returns one row per epoch.

    A row holds epoch (from 1), lr (the one this epoch began with), train_loss and train_accuracy (measured on the way,
    so with dropout and with weights that still move), validation_loss and validation_accuracy (after the epoch, plain
    cross-entropy whatever is descended; left out where `data` has no validation split), seconds. All averages are over
    examples. `augment`, an Augmentation for instance, changes each batch of training images as (images, generator) ->
    images; what is evaluated is never augmented. `progress` shows a bar for each epoch where stderr is a terminal. With
    several `processes`, `batch_size` is the share of each.

    `on_epoch` gets each row as soon as it is there. To go on from there: put the learner and the generator back to what
    they were then and pass the next epoch as `first_epoch`, with the same `epochs`. The weights will end the same.
    """
    check_positive(epochs=epochs, batch_size=batch_size, first_epoch=first_epoch)
    history, hidden = [], None if progress else True  # None: tqdm looks whether stderr is a terminal
    for epoch in range(first_epoch, epochs + 1):
        started = time.perf_counter()
        row = {"epoch": epoch, "lr": learner.lr}
        shuffle = torch.Generator().manual_seed(draw_seed(generator))
        order = torch.randperm(len(data.train_inputs), generator=shuffle)
        batches = processes.shares(order, batch_size)
        with (
            seeded(draw_seed(generator) + processes.rank, learner.device),
            tqdm(batches, desc=f"epoch {epoch}/{epochs}", unit="batch", leave=False, disable=hidden) as bar,
        ):
            loss, accuracy = train_one_epoch(learner, data, bar, augment=augment, epoch=epoch, processes=processes)
        row |= {"train_loss": loss, "train_accuracy": accuracy}
        learner.end_epoch()
        if data.validation_inputs is not None:
            validation = (data.validation_inputs, data.validation_labels)
            loss, accuracy = evaluate(learner.logits, *validation, processes=processes)
            check_finite(loss, epoch=epoch, where="on the validation examples", lr=row["lr"])
            row |= {"validation_loss": loss, "validation_accuracy": accuracy}
        history.append(row | {"seconds": time.perf_counter() - started})
        if on_epoch is not None:
            on_epoch(history[-1])
    return history


def train_one_epoch(
    learner: Learner, data: Splits, batches: tqdm, *, augment: Augment | None, epoch: int, processes: Processes
) -> tuple[float, float]:
    """One step for each batch of indices; (mean loss, accuracy) over all the examples seen, by all processes."""
    loss_sum, n_correct, n_seen = 0.0, 0, 0
    for number, batch in enumerate(batches, start=1):
        inputs, labels = data.train_inputs[batch].to(learner.device), data.train_labels[batch].to(learner.device)
        if augment is not None:
            inputs = augment(inputs, torch.default_generator)  # the stream that `seeded` lends
        lr = learner.lr
        loss, logits = learner.learn(inputs, labels)
        check_finite(loss, epoch=epoch, where=f"batch {number}", lr=lr)
        loss_sum += loss * len(batch)
        n_correct += count_correct(logits, labels)
        n_seen += len(batch)
        batches.set_postfix(loss=f"{loss_sum / n_seen:.4g}", refresh=False)
    loss_sum, n_correct, n_seen = processes.total(loss_sum, n_correct, n_seen)
    return loss_sum / n_seen, n_correct / n_seen


def check_finite(loss: float, *, epoch: int, where: str, lr: float) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(loss, epoch=epoch, where=where, lr=lr)
