"""Looking at a trained model without touching it: `evaluate` on labelled images, `predict` on any.

Both put every dropout and batch norm into evaluation mode and afterwards give each module back the mode it had; neither
computes a gradient nor uses randomness. The batch size changes the speed, never the answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def evaluate(model: nn.Module, images: Tensor, labels: Tensor, batch_size: int = 256) -> tuple[float, float]:
    """(loss, accuracy) of `images` (N, ...) with `labels` (N,): mean cross-entropy, and the share classified correctly.

    Both are means over images. The mean of the batches' means would be wrong: it weighs each image of a small last
    batch more than the others.
    """
    if len(images) == 0 or len(images) != len(labels):
        raise ValueError(f"evaluate: expected as many labels as images, got {len(labels)} for {len(images)} images")
    loss_sum, n_correct = 0.0, 0
    for batch, logits in logits_by_batch(model, images, batch_size):
        expected = labels[batch].to(logits.device)
        loss_sum += cross_entropy(logits, expected, reduction="sum").item()
        n_correct += count_correct(logits, expected)
    return loss_sum / len(images), n_correct / len(images)


def predict(model: nn.Module, images: Tensor, batch_size: int = 256) -> Tensor:
    """The most probable class of each image: (N,) int64, on the CPU."""
    labels = [logits.argmax(dim=1).cpu() for _, logits in logits_by_batch(model, images, batch_size)]
    return torch.cat(labels) if labels else torch.empty(0, dtype=torch.int64)


def logits_by_batch(model: nn.Module, images: Tensor, batch_size: int) -> Iterator[tuple[slice, Tensor]]:
    """(which images, their logits), batch after batch in order, in evaluation mode and without gradients."""
    check_positive(batch_size=batch_size)
    device = device_of(model)
    for start in range(0, len(images), batch_size):
        batch = slice(start, start + batch_size)
        with evaluation_mode(model), torch.inference_mode():
            logits = model(images[batch].to(device))
        yield batch, logits


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Every module in evaluation mode inside; each in the mode it came in, frozen ones included, afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def count_correct(logits: Tensor, labels: Tensor) -> int:
    return int((logits.argmax(dim=1) == labels).sum())


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are; a model without any is taken to be on the CPU."""
    parameter = next(model.parameters(), None)
    return torch.device("cpu") if parameter is None else parameter.device


def check_positive(**counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, Integral) or count < 1:
            raise ValueError(f"{name}: expected a whole number of at least 1, got {count!r}")
