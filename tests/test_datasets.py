"""Iris and digits, as scikit-learn keeps them."""

import sys

import numpy as np
import pytest
from sklearn import datasets

from scratch_nn import DIGITS_CLASSES, IRIS_CLASSES, load_digits, load_iris


@pytest.mark.parametrize(
    ("load", "original", "classes"),
    [(load_iris, datasets.load_iris, IRIS_CLASSES), (load_digits, datasets.load_digits, DIGITS_CLASSES)],
)
def test_arrays_types_and_class_names_are_scikit_learns(load, original, classes):
    X, labels = load()
    bunch = original()
    np.testing.assert_array_equal(X, bunch.data)
    np.testing.assert_array_equal(labels, bunch.target)
    assert (X.dtype, labels.dtype) == (np.float64, np.int64)
    assert classes == tuple(map(str, bunch.target_names))


def test_sizes():
    (iris, iris_labels), (digits, digit_labels) = load_iris(), load_digits()
    assert (iris.shape, digits.shape) == ((150, 4), (1797, 64))
    assert np.bincount(iris_labels).tolist() == [50, 50, 50]
    assert (digits.min(), digits.max()) == (0, 16)
    np.testing.assert_array_equal(digits.reshape(-1, 8, 8), datasets.load_digits().images)
    assert len(digit_labels) == 1797


@pytest.mark.parametrize("load", [load_iris, load_digits])
def test_without_scikit_learn_the_error_says_what_to_install(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        load()
