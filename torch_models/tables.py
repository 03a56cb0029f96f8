"""Tables as splits: rows of numbers, held apart, and standardised by the training rows.

Letters: N rows, D columns, C classes. Rows (N, D) float64, labels (N,) int64.

    z = (x - mean) / deviation      column by column; both of the *training* rows, for all splits

The cut follows from a seed of its own and not from that of a run, so that runs compare on the same rows.
"""

from collections.abc import Sequence

import numpy as np
import torch

from torch_models.splits import Splits, cut, stratified_indices


def stratified(
    rows: np.ndarray, labels: np.ndarray, class_names: Sequence[str], *, validation: int, test: int, seed: int = 0
) -> Splits:
    """So many rows to validate and to test, the rest to train; disjoint, shuffled, each class in its share."""
    trained, chosen, tested = stratified_indices(labels, validation=validation, test=test, seed=seed)
    return cut_table(rows, labels, class_names, train=trained, validation=chosen, test=tested)


def held_out(
    rows: np.ndarray, labels: np.ndarray, class_names: Sequence[str], *, test_size: float, seed: int
) -> Splits:
    """train_test_split(rows, labels, test_size=test_size, random_state=seed), without a validation split."""
    from sklearn.model_selection import train_test_split

    trained, tested = train_test_split(np.arange(len(labels)), test_size=test_size, random_state=seed)
    return cut_table(rows, labels, class_names, train=trained, validation=None, test=tested)


def cut_table(rows: np.ndarray, labels: np.ndarray, class_names: Sequence[str], **indices: np.ndarray | None) -> Splits:
    """`cut`, of a table in NumPy."""
    return cut(torch.from_numpy(rows).double(), torch.from_numpy(labels).long(), class_names, **indices)


def standardised(data: Splits) -> Splits:
    """Each column with mean 0 and deviation 1 (divided by N) on the training rows; a constant one is only shifted."""
    mean, deviation = data.train_inputs.mean(dim=0), data.train_inputs.std(dim=0, correction=0)
    rounding = 1e-12 * data.train_inputs.abs().amax(dim=0)
    scale = torch.where(deviation <= rounding, 1.0, deviation)
    return data.mapped(lambda rows: (rows - mean) / scale)
