"""predictions.csv: one class for each image, in the order of the images.

    Id,Category
    0,7
    1,2

Id counts up by one from `first_id` (0 here; course uploads count from 1); Category is the number of the class.
"""

import csv
import os
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from torch_models.files import atomic_path

HEADER = ["Id", "Category"]
LONGEST = 18  # digits: all such numbers are int64


def write_predictions(
    path: str | os.PathLike[str], labels: Tensor | ArrayLike, *, first_id: int = 0, expected_count: int | None = None
) -> None:
    """Write integer `labels` (N,) atomically; `expected_count` is the number of images that were to be predicted."""
    classes = checked_classes(labels, expected_count)
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(enumerate(classes, start=first_id))


def checked_classes(labels: Tensor | ArrayLike, expected_count: int | None) -> list[int]:
    classes = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else np.asarray(labels)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(
            f"predictions: expected one class per image, (N,), got shape {classes.shape}. "
            "Logits? Use labels = logits.argmax(1)."
        )
    if not np.issubdtype(classes.dtype, np.integer):
        raise TypeError(f"predictions: expected integer classes, got {classes.dtype}. Use the argmax of the logits.")
    if classes.min() < 0:
        raise ValueError(f"predictions: expected classes from 0, got {classes.min()} at row {classes.argmin()}")
    if expected_count is not None and len(classes) != expected_count:
        raise ValueError(f"predictions: expected {expected_count} classes, one per image, got {len(classes)}")
    return classes.tolist()


def read_predictions(path: str | os.PathLike[str], *, first_id: int = 0) -> Tensor:
    """The classes (N,) int64 of a predictions file, every row of it checked; an error names the file and the line."""
    with open(path, encoding="utf-8", newline="") as file:
        try:
            return torch.tensor(list(parsed_classes(csv.reader(file), first_id)))
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{os.fspath(path)}: {error}") from error


def parsed_classes(rows: Iterator[Sequence[str]], first_id: int) -> Iterator[int]:
    header = next(rows, None)
    if header != HEADER:
        raise ValueError(f"line 1: expected the header {','.join(HEADER)}, got {header}")
    line = 1
    for line, row in enumerate(rows, start=2):
        if len(row) != 2 or not all(map(is_whole, row)):
            raise ValueError(
                f"line {line}: expected two whole numbers, Id,Category, of at most {LONGEST} digits, got {row}"
            )
        expected_id = first_id + line - 2
        if int(row[0]) != expected_id:
            raise ValueError(f"line {line}: expected Id {expected_id}, got {row[0]} (Ids count up from {first_id})")
        yield int(row[1])
    if line == 1:
        raise ValueError("expected at least one prediction below the header")


def is_whole(cell: str) -> bool:
    """The form of a whole number that int64 can hold."""
    return cell.isascii() and cell.isdecimal() and len(cell) <= LONGEST
