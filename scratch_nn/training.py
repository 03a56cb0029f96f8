"""Training: an epoch is one pass over all examples in mini-batches, then a look at the validation examples.

    for each epoch:   the learning rate of this epoch
                      for each batch:  ŷ = forward(X), gradients = backward(Y, ŷ), θ = update
                      validation in evaluation mode

Every average weighs each *example* alike: Σ over batches of (batch size x mean of the batch) / N. The mean of the
batches' means would weigh the examples of a smaller last batch more. Epochs count from 0, as schedules do, and training
losses are taken before their update: with a single batch an epoch's train_loss is the loss after that many updates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Protocol

import numpy as np

from scratch_nn.batches import mini_batches
from scratch_nn.errors import complaint, positive_int, require_array
from scratch_nn.optimizers import Optimizer

Row = dict[str, float]
Pass = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]  # (X, Y) -> (Y_hat, loss) of one batch


class Trainable(Protocol):
    """What the loop needs of a network; NeuralNetwork is one."""

    optimizer: Optimizer
    rng: np.random.Generator
    epoch: int

    def forward(self, X: np.ndarray, *, training: bool) -> np.ndarray: ...
    def backward(self, target: np.ndarray, out: np.ndarray) -> float: ...
    def update(self) -> None: ...
    def predict(self, X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, float]: ...


class Log(Protocol):
    """What the loop tells of its progress to; Logger is one."""

    def log(self, row: Row) -> None: ...
    def plot(self) -> object: ...


class TrainingDiverged(ArithmeticError):
    """The loss is no longer a finite number; says in which epoch and batch (both count from 0), and what helps."""


def classification_error(target: np.ndarray, out: np.ndarray) -> float:
    """The share of rows whose largest entry stands elsewhere. A row with NaN is wrong.

    NaN where there are no classes to tell apart: one column alone, or images. Raises ValueError for other shapes of
    target than of out, and for none at all.
    """
    require_array("error", "target", target)
    require_array("error", "out", out)
    if target.shape != out.shape or out.size == 0:
        got, cure = f"{target.shape} and {out.shape}", "Class numbers? Use one_hot(labels, n_classes)."
        raise ValueError(complaint("error", "target and out of one shape (N, C)", got, cure))
    if out.ndim != 2 or out.shape[1] == 1:
        return math.nan
    wrong = (target.argmax(axis=1) != out.argmax(axis=1)) | np.isnan(out).any(axis=1)
    return float(wrong.mean())


def train(
    network: Trainable,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    epochs: int,
    batch_size: int | None = None,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    logger: Log | None = None,
    progress: bool = False,
) -> list[Row]:
    """Train for `epochs` more epochs; returns a row for each.

    A row holds epoch (from 0, going on from the last call), lr, train_loss and train_error (measured on the way, while
    the weights move), and with `validation` (X, Y) validation_loss and validation_error after the epoch.
    batch_size: None is all examples at once, in order; otherwise they are shuffled by the network's generator.
    logger: its `log(row)` is called after each epoch, its `plot()` at the end. progress: a bar on stderr, by tqdm.
    Raises TrainingDiverged when a loss is NaN or infinite, before the update that it would spoil; ValueError for epochs
    or a batch_size that is no integer of at least 1, TypeError for a validation that is no pair.
    """
    positive_int("train", "epochs", epochs)
    if validation is not None and not (isinstance(validation, (tuple, list)) and len(validation) == 2):
        cure = "For example validation=(X_validation, Y_validation)."
        kind, parts = type(validation).__name__, isinstance(validation, (tuple, list))
        got = f"{kind} of length {len(validation)}" if parts else kind
        raise TypeError(complaint("train", "validation to be a pair (X, Y)", got, cure))
    if logger is not None and not all(callable(getattr(logger, name, None)) for name in ("log", "plot")):
        cure = 'For example logger=Logger("runs/wide", {"lr": 0.1}).'
        raise TypeError(complaint("train", "a logger with log(row) and plot()", repr(logger), cure))
    history: list[Row] = []
    # overflow shows in the loss, and what is said there says more than NumPy's warning
    with _bar(epochs, batch_size, X, Y, shown=progress) as bar, np.errstate(over="ignore", invalid="ignore"):
        try:
            for epoch in range(network.epoch, network.epoch + epochs):
                history.append(_one_epoch(network, X, Y, epoch, batch_size, validation, bar))
                network.epoch = epoch + 1
                if logger is not None:
                    logger.log(history[-1])
        finally:
            if logger is not None and history:
                logger.plot()
    return history


def _one_epoch(network: Trainable, X, Y, epoch: int, batch_size: int | None, validation, bar) -> Row:
    network.optimizer.start_epoch(epoch)

    def learn(X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, float]:
        Y_hat = network.forward(X, training=True)
        loss = network.backward(Y, Y_hat)
        if math.isfinite(loss):
            network.update()
        if bar is not None:
            bar.set_postfix(epoch=epoch, loss=f"{loss:.4g}", refresh=False)
            bar.update()
        return Y_hat, loss

    lr, rng = network.optimizer.lr, None if batch_size is None else network.rng
    where = f"epoch {epoch} (from 0), lr {lr:g}"
    loss, error = averages(learn, X, Y, batch_size, rng, where)
    row = {"epoch": epoch, "lr": lr, "train_loss": loss, "train_error": error}
    if validation is not None:
        loss, error = averages(network.predict, *validation, batch_size, None, f"{where}, validation")
        row |= {"validation_loss": loss, "validation_error": error}
    return row


def evaluate(network: Trainable, X: np.ndarray, Y: np.ndarray, *, batch_size: int | None = None) -> tuple[float, float]:
    """(loss, error) over all examples, in evaluation mode. The batch size changes the memory used, never the answer."""
    return averages(network.predict, X, Y, batch_size, None, "test")


def averages(
    run: Pass, X: np.ndarray, Y: np.ndarray, batch_size: int | None, rng: np.random.Generator | None, where: str
) -> tuple[float, float]:
    """Mean loss and error over the examples of all batches. Raises TrainingDiverged at the first that is not finite."""
    total = np.zeros(2)
    for number, (X_batch, Y_batch) in enumerate(mini_batches(X, Y, batch_size, rng)):
        Y_hat, loss = run(X_batch, Y_batch)
        if not math.isfinite(loss):
            cure = "Try a smaller learning rate; or look for NaN in X, or for log(0): SoftmaxCrossEntropy has none."
            raise TrainingDiverged(complaint(f"{where}, batch {number}", "a finite loss", str(loss), cure))
        total += len(X_batch) * np.array([loss, classification_error(Y_batch, Y_hat)])
    loss, error = (total / len(X)).tolist()
    return loss, error


def _bar(epochs: int, batch_size: int | None, X: np.ndarray, Y: np.ndarray, *, shown: bool):
    """A bar over all batches of all epochs, or nothing."""
    if not shown:
        return nullcontext()
    from tqdm import tqdm

    mini_batches(X, Y, batch_size)  # refuses, in its own words, what cannot be counted here
    return tqdm(total=epochs * math.ceil(len(X) / (batch_size or len(X))), desc="training", unit="batch")
