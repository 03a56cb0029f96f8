"""Preparing examples: standardise, one-hot targets, splits, mini-batches.

Letters: N examples, one a row of X; D columns; C classes; labels c_n in 0 ... C-1.
    standardise   z = (x - μ) / σ, column by column; μ, σ of the *training* rows only, for every other split too
    one-hot       Y (N, C), y[n, c] = 1 where c = c_n, else 0
    split         every example in exactly one part
    mini-batches  every example exactly once an epoch; the last batch may be smaller and is kept

Where an order is drawn, it is drawn from the generator that is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from scratch_nn.errors import complaint, positive_int, require_array, require_floats, require_generator


def standardise(train: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """(train, *others), each column with the mean and the deviation of `train` taken out. Images: pixel by pixel.

    σ is the biased deviation (divided by N), as in sklearn.preprocessing.StandardScaler. A column that is constant in
    `train`, but for rounding, is only shifted. Raises ValueError where the columns differ. Types stay as they are.
    """
    for name, X in (("train", train), *((f"others[{i}]", X) for i, X in enumerate(others))):
        require_floats("standardise", name, X)
        if X.ndim < 2 or X.shape[1:] != train.shape[1:] or len(train) == 0:
            expected, cure = f"{name} of shape (N, D), D alike in all, N >= 1", "One example a row."
            raise ValueError(complaint("standardise", expected, str(X.shape), cure))
    mean, std = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
    rounding = 10 * np.finfo(train.dtype).eps * np.abs(train).max(axis=0)
    scale = np.where(std <= rounding, 1, std)
    return tuple(((X - mean) / scale).astype(X.dtype) for X in (train, *others))


def one_hot(labels: np.ndarray, n_classes: int, dtype: np.dtype = np.float64) -> np.ndarray:
    """Labels (N,) of integers -> (N, n_classes). torch.nn.functional.one_hot, which gives int64.

    Raises TypeError for labels of another type, booleans too; ValueError for another shape, a label outside of
    0 ... n_classes - 1, and n_classes that is no integer of at least 1.
    """
    labels, n_classes = np.asarray(labels), positive_int("one_hot", "n_classes", n_classes)
    if labels.dtype.kind not in "iu":
        cure = "Use labels.astype(int), if class numbers are what they hold."
        raise TypeError(complaint("one_hot", "labels of an integer type", str(labels.dtype), cure))
    if labels.ndim != 1:
        raise ValueError(complaint("one_hot", "labels of shape (N,)", str(labels.shape), "Use labels.ravel()."))
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(outside):
        got, cure = f"labels[{outside[0]}] = {labels[outside[0]]}", "Classes count from 0. Is n_classes too small?"
        raise ValueError(complaint("one_hot", f"labels in 0 ... {n_classes - 1}", got, cure))
    Y = np.zeros((len(labels), n_classes), dtype)
    Y[np.arange(len(labels)), labels] = 1
    return Y


def split(
    X: np.ndarray, Y: np.ndarray, *, fractions: Sequence[float], rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """[(X, Y) of the first part, of the second, ...], disjoint and together everything, in an order drawn from `rng`.

    fractions: one for each part, for example (0.8, 0.1, 0.1). Raises ValueError if they do not sum to 1, or if a part
    would be empty.
    """
    N = _same_length("split", X, Y)
    if np.ndim(fractions) != 1 or not all(f > 0 for f in fractions) or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(complaint("split", "positive fractions that sum to 1", repr(fractions), "Try (0.8, 0.2)."))
    bounds = np.rint(np.cumsum([0, *fractions]) * N).astype(int)
    if (np.diff(bounds) < 1).any():
        cure = "Use fewer parts or more examples."
        raise ValueError(complaint("split", "an example for each part", f"sizes {np.diff(bounds).tolist()}", cure))
    order = _order("split", N, rng)
    return [(X[order[a:b]], Y[order[a:b]]) for a, b in pairwise(bounds)]


def mini_batches(
    X: np.ndarray, Y: np.ndarray, batch_size: int | None, rng: np.random.Generator | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(X, Y) batch after batch, in an order drawn from `rng`, or as they stand without it. None is one batch of all.

    torch.utils.data.DataLoader with shuffle=True, or False without `rng`, and drop_last=False.
    Raises at once: TypeError for X or Y that is no array and for a seed as `rng`; ValueError for no rows, for other
    numbers of rows in X than in Y, and for a batch_size that is no integer of at least 1.
    """
    N = _same_length("mini_batches", X, Y)
    size = N if batch_size is None else positive_int("mini_batches", "batch_size", batch_size)
    order = None if rng is None else _order("mini_batches", N, rng)
    return (_rows(X, Y, slice(start, start + size), order) for start in range(0, N, size))


def _rows(X: np.ndarray, Y: np.ndarray, batch: slice, order: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    rows = batch if order is None else order[batch]
    return X[rows], Y[rows]


def _order(who: str, N: int, rng: np.random.Generator) -> np.ndarray:
    require_generator(who, rng)
    return rng.permutation(N)


def _same_length(who: str, X: np.ndarray, Y: np.ndarray) -> int:
    require_array(who, "X", X)
    require_array(who, "Y", Y)
    if len(X) != len(Y) or len(X) == 0:
        cure = "X and Y belong together row by row."
        raise ValueError(complaint(who, "as many rows in X as in Y, at least one", f"{len(X)} and {len(Y)}", cure))
    return len(X)
