"""Labelled examples in three splits that never mix.

Letters: N examples. Inputs (N, ...): images (N, C, H, W), or the rows of a table (N, D). Labels (N,) int64.

    training    the only split that gradients, statistics and augmentation may see
    validation  chooses: the epoch, the learning rate, the recipe; there is none where nothing is chosen
    test        is read once, at the end
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

INPUTS = ("train_inputs", "validation_inputs", "test_inputs")
TENSORS = (*INPUTS, "train_labels", "validation_labels", "test_labels")


@dataclass(frozen=True, eq=False)
class Splits:
    """Three splits of one data set: as loaded (pixels are uint8, 0..255), or floating point once normalised."""

    train_inputs: Tensor
    train_labels: Tensor
    validation_inputs: Tensor | None
    validation_labels: Tensor | None
    test_inputs: Tensor
    test_labels: Tensor
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        if (self.validation_inputs is None) != (self.validation_labels is None):
            raise ValueError("validation: expected inputs and labels, or neither, got only one of them")
        for split in ("train", "validation", "test"):
            inputs, labels = getattr(self, f"{split}_inputs"), getattr(self, f"{split}_labels")
            if inputs is not None:
                check_split(split, inputs, labels, self)

    def mapped(self, change: Callable[[Tensor], Tensor], names: tuple[str, ...] = INPUTS) -> "Splits":
        """A copy in which each tensor of `names` is what `change` makes of it."""
        there = {name: tensor for name in names if (tensor := getattr(self, name)) is not None}
        return replace(self, **{name: change(tensor) for name, tensor in there.items()})

    def to(self, device: torch.device) -> "Splits":
        """All inputs and labels in the memory of the device, once."""
        return self.mapped(lambda tensor: tensor.to(device), TENSORS)

    def limited(self, limit: int | None) -> "Splits":
        """Only the first `limit` training examples, or all where it is None or there are fewer."""
        return replace(self, train_inputs=self.train_inputs[:limit], train_labels=self.train_labels[:limit])


def stratified_indices(
    labels: np.ndarray, *, validation: int, test: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Disjoint, shuffled indices of the training, validation and test examples, each class in its share."""
    from sklearn.model_selection import train_test_split

    everything = np.arange(len(labels))
    rest, tested = train_test_split(everything, test_size=test, stratify=labels, random_state=seed)
    trained, chosen = train_test_split(rest, test_size=validation, stratify=labels[rest], random_state=seed)
    return trained, chosen, tested


def cut(inputs: Tensor, labels: Tensor, class_names: Iterable[str], **indices: np.ndarray | None) -> Splits:
    """The examples at train=, validation= and test= indices; None where there is no such split."""
    parts = {}
    for split, chosen in indices.items():
        parts[f"{split}_inputs"] = None if chosen is None else inputs[chosen]
        parts[f"{split}_labels"] = None if chosen is None else labels[chosen]
    return Splits(**parts, class_names=tuple(class_names))


def check_split(split: str, inputs: Tensor, labels: Tensor, data: Splits) -> None:
    if inputs.ndim < 2 or len(inputs) == 0:
        raise ValueError(
            f"{split}_inputs: expected at least one example, (N, C, H, W) or (N, D), got shape {tuple(inputs.shape)}"
        )
    if inputs.shape[1:] != data.train_inputs.shape[1:]:
        sizes = f"{tuple(inputs.shape[1:])}, the training examples {tuple(data.train_inputs.shape[1:])}"
        raise ValueError(f"{split}_inputs: each example is {sizes}; all splits need one size")
    if labels.shape != (len(inputs),) or labels.dtype != torch.int64:
        got = f"{labels.dtype} of shape {tuple(labels.shape)}"
        raise ValueError(f"{split}_labels: expected one int64 label for each of {len(inputs)} examples, got {got}")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= len(data.class_names):
        known = f"0..{len(data.class_names) - 1} ({len(data.class_names)} class names)"
        raise ValueError(f"{split}_labels: expected classes {known}, got {lowest}..{highest}")
