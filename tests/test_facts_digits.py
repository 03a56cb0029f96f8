"""The course notes' numbers on the real digits: raw pixels, full batch, learning rate 1e-2.

The notes say np.random.seed(123) and train_test_split(test_size=.25), which is random_state=123. Epoch k is the loss
after k updates: a full-batch epoch's train_loss is taken before its own.
"""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from scratch_nn import SGD, FeedforwardNeuralNet, LogisticRegression, load_digits, one_hot

NOTES = [2.3026, 0.2275, 0.1599, 0.1306, 0.1130, 0.1009, 0.0918, 0.0846, 0.0788, 0.0738, 0.0696]


@pytest.fixture(scope="module")
def digits():
    """(training, test), each (X, Y)."""
    X, labels = load_digits()
    X_train, X_test, train, test = train_test_split(X, labels, test_size=0.25, random_state=123)
    return (X_train, one_hot(train, 10)), (X_test, one_hot(test, 10))


def test_logistic_regression_descends_as_in_the_notes(digits):
    train, test = digits
    network = LogisticRegression(10, optimizer=SGD(1e-2), rng=np.random.default_rng(123))
    history = network.train(*train, epochs=500)
    losses = [row["train_loss"] for row in history[::50]] + [network.test(*train)[0]]
    assert [round(loss, 4) for loss in losses] == NOTES
    assert round(1 - network.test(*test)[1], 3) == 0.953


def test_a_global_seed_draws_the_notes_split():
    """What the notes wrote, to show that random_state=123 is the same split."""
    X, labels = load_digits()
    np.random.seed(123)  # noqa: NPY002
    theirs = train_test_split(X, labels, test_size=0.25)
    ours = train_test_split(X, labels, test_size=0.25, random_state=123)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_layers_descend_as_in_the_notes(digits):
    train, test = digits
    network = FeedforwardNeuralNet(32, 10, optimizer=SGD(1e-2), rng=np.random.default_rng(0))
    network.train(*train, epochs=500)
    assert network.test(*train)[0] < 0.10
    assert 0.93 <= 1 - network.test(*test)[1] <= 0.96
