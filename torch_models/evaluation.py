"""Looking at a trained model without touching it: `evaluate` on labelled examples, `predict` on any.

Both take a module, or any function from inputs to logits. A module has every dropout and batch norm put into evaluation
mode and afterwards gets back the mode it had; no gradient is computed and no randomness used. The batch size changes
the speed, never the answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torch_models.processes import ALONE, Processes

Logits = Callable[[Tensor], Tensor]


def evaluate(
    model: nn.Module | Logits, inputs: Tensor, labels: Tensor, batch_size: int = 256, *, processes: Processes = ALONE
) -> tuple[float, float]:
    """(loss, accuracy) of `inputs` (N, ...) with `labels` (N,): mean cross-entropy, and the share classified correctly.

    Both are means over examples. The mean of the batches' means would be wrong: it weighs each example of a small last
    batch more than the others. Several `processes` share the work out; each gets the whole answer.
    """
    if len(inputs) == 0 or len(inputs) != len(labels):
        raise ValueError(
            f"evaluate: expected at least one input, and a label for each, got {len(labels)} for {len(inputs)} inputs"
        )
    total = len(inputs)
    inputs, labels = inputs[processes.rank :: processes.count], labels[processes.rank :: processes.count]
    loss_sum, n_correct = 0.0, 0
    for batch, logits in logits_by_batch(model, inputs, batch_size):
        expected = labels[batch].to(logits.device)
        loss_sum += cross_entropy(logits, expected, reduction="sum").item()
        n_correct += count_correct(logits, expected)
    loss_sum, n_correct = processes.total(loss_sum, n_correct)
    return loss_sum / total, n_correct / total


def predict(model: nn.Module | Logits, inputs: Tensor, batch_size: int = 256) -> Tensor:
    """The most probable class of each input: (N,) int64, on the CPU. Raises ValueError where a logit is NaN."""
    labels = [most_probable(logits).cpu() for _, logits in logits_by_batch(model, inputs, batch_size)]
    return torch.cat(labels) if labels else torch.empty(0, dtype=torch.int64)


def most_probable(logits: Tensor) -> Tensor:
    """argmax over the classes; it takes a NaN for the largest number, and would name some class all the same."""
    if odd := int(logits.isnan().any(dim=1).sum()):
        raise ValueError(
            f"predict: expected numbers for logits, got NaN for {odd} of {len(logits)} inputs. "
            "Are weights or inputs NaN? Training that diverged leaves such weights."
        )
    return logits.argmax(dim=1)


def logits_by_batch(model: nn.Module | Logits, inputs: Tensor, batch_size: int) -> Iterator[tuple[slice, Tensor]]:
    """(which inputs, their logits), batch after batch in order."""
    check_positive(batch_size=batch_size)
    ask = answers(model) if isinstance(model, nn.Module) else model
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        yield batch, ask(inputs[batch])


def answers(model: nn.Module) -> Logits:
    """The model as a function of inputs: in evaluation mode, without gradients, on the device of its parameters."""

    def ask(inputs: Tensor) -> Tensor:
        with evaluation_mode(model), torch.inference_mode():
            return model(inputs.to(device_of(model)))

    return ask


def mirrored(logits: Logits) -> Logits:
    """For images (N, C, H, W): the mean of the logits of an image and of its mirror image, left to right."""
    return lambda images: (logits(images) + logits(images.flip(3))) / 2


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
