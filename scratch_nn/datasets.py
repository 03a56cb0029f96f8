"""Two real data sets that come with scikit-learn, so that nothing has to be downloaded.

    load_iris     X (150, 4)    lengths and widths of sepals and petals in cm       labels (150,)    3 kinds of iris
    load_digits   X (1797, 64)  8 x 8 images, row by row, grey values 0 ... 16      labels (1797,)   10 digits

X is float64 and raw: `standardise` it by the training split, if at all. Labels are int64 from 0; class c is called
IRIS_CLASSES[c] or DIGITS_CLASSES[c]. X.reshape(-1, 8, 8, 1) makes images of digits.
Sources: Fisher 1936; Alpaydin and Kaynak 1998 (UCI).
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

IRIS_CLASSES = ("setosa", "versicolor", "virginica")
DIGITS_CLASSES = tuple("0123456789")


def load_iris() -> tuple[np.ndarray, np.ndarray]:
    """(X, labels) of the 150 irises, ordered by class: shuffle before splitting."""
    return _arrays(_sklearn_datasets().load_iris())


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """(X, labels) of the 1797 handwritten digits."""
    return _arrays(_sklearn_datasets().load_digits())


def _arrays(bunch) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(bunch.data, np.float64), np.asarray(bunch.target, np.int64)


def _sklearn_datasets() -> ModuleType:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "scikit-learn, which brings Iris and the digits, is missing: pip install scikit-learn"
        ) from error
    return datasets
