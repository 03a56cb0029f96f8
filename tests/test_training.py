"""Training: averages over examples, schedules, validation, divergence, and who is told."""

import copy
import math

import numpy as np
import pytest

from scratch_nn import (
    L2,
    SGD,
    Adam,
    Conv2D,
    CrossEntropy,
    Exponential,
    FullyConnected,
    NeuralNetwork,
    SoftMax,
    SoftmaxCrossEntropy,
    TrainingDiverged,
    one_hot,
)
from small_networks import assert_same_arrays, dense_network, examples, generator, image_network, images


def test_an_epoch_weighs_every_example_alike():
    """A rate of 0 holds the weights still: the averages must be those of all examples at once."""
    network, (X, Y) = dense_network(optimizer=SGD(0.0)), examples(N=11)
    X[-1] *= 30  # the example that ends up in the small batch matters
    expected = network.predict(X, Y)[1], network.error(Y, network.forward(X))
    for batch_size in (1, 4, 5, 10, None):
        (row,) = network.train(X, Y, epochs=1, batch_size=batch_size, validation=(X, Y))
        assert (row["train_loss"], row["train_error"]) == pytest.approx(expected, rel=1e-12)
        assert (row["validation_loss"], row["validation_error"]) == pytest.approx(expected, rel=1e-12)


def test_training_is_forward_backward_update_over_the_batches_of_the_generator():
    X, Y = images(N=7)
    trained, by_hand = image_network(), image_network()
    by_hand.build(X.shape[1:])
    for _ in range(3):
        order = by_hand.rng.permutation(7)
        for batch in (order[:3], order[3:6], order[6:]):
            by_hand.backward(Y[batch], by_hand.forward(X[batch], training=True))
            by_hand.update()
    trained.build(X.shape[1:])
    trained.train(X, Y, epochs=3, batch_size=3)
    assert_same_arrays(trained.parameters, by_hand.parameters)
    assert_same_arrays(trained.state, by_hand.state)
    assert trained.state["layers.1.num_batches_tracked"] == 9
    assert all(isinstance(a, np.ndarray) for a in (trained.parameters | trained.gradients | trained.state).values())


def test_validation_changes_nothing():
    X, Y = images()
    with_validation, without = image_network(), image_network()
    history = with_validation.train(X, Y, epochs=3, batch_size=3, validation=images(5, seed=9))
    short = without.train(X, Y, epochs=3, batch_size=3)
    assert_same_arrays(with_validation.parameters, without.parameters)
    assert_same_arrays(with_validation.state, without.state)
    assert list(history[0]) == ["epoch", "lr", "train_loss", "train_error", "validation_loss", "validation_error"]
    assert list(short[0]) == ["epoch", "lr", "train_loss", "train_error"]
    assert [row["train_loss"] for row in history] == [row["train_loss"] for row in short]


def test_validation_is_after_the_epoch_and_in_evaluation_mode():
    network, (X, Y) = image_network(), images()
    validation = images(5, seed=9)
    rows = network.train(X, Y, epochs=2, batch_size=3, validation=validation)
    assert (rows[-1]["validation_loss"], rows[-1]["validation_error"]) == pytest.approx(network.test(*validation))


def test_the_schedule_moves_once_an_epoch_and_goes_on_where_it_stopped():
    network, (X, Y) = dense_network(optimizer=SGD(Exponential(0.1, 0.5))), examples()
    rows = network.train(X, Y, epochs=2, batch_size=5) + network.train(X, Y, epochs=1, batch_size=5)
    assert [(row["epoch"], row["lr"]) for row in rows] == [(0, 0.1), (1, 0.05), (2, 0.025)]


def test_every_batch_of_an_epoch_is_learnt_at_the_rate_of_that_epoch():
    rates = []

    class Recorded(SGD):
        def step(self, parameters, gradients):
            rates.append(self.lr)
            super().step(parameters, gradients)

    network, (X, Y) = dense_network(optimizer=Recorded(Exponential(0.1, 0.5))), examples(N=12)
    network.train(X, Y, epochs=2, batch_size=5)
    assert rates == [0.1] * 3 + [0.05] * 3


def test_two_calls_train_like_one():
    X, Y = images()
    once, twice = (image_network(optimizer=Adam(Exponential(0.01, 0.9))) for _ in range(2))
    rows = once.train(X, Y, epochs=4, batch_size=3)
    assert twice.train(X, Y, epochs=1, batch_size=3) + twice.train(X, Y, epochs=3, batch_size=3) == rows
    assert_same_arrays(once.parameters, twice.parameters)


def test_full_batch_training_reports_the_loss_before_the_update():
    network, (X, Y) = dense_network(), examples()
    start = network.predict(X, Y)[1]
    rows = network.train(X, Y, epochs=2, validation=(X, Y))
    assert rows[0]["train_loss"] == start
    assert rows[1]["train_loss"] == rows[0]["validation_loss"] < start


def test_training_learns():
    X, Y = examples(N=60)
    Y = one_hot(X[:, :3].argmax(axis=1), 3)
    rows = dense_network(optimizer=Adam(0.05)).train(X, Y, epochs=60, batch_size=16)
    assert rows[-1]["train_loss"] < 0.2 < 0.8 < rows[0]["train_loss"]
    assert rows[-1]["train_error"] < 0.1


def test_a_loss_that_is_no_number_stops_with_epoch_batch_and_advice():
    network, (X, Y) = dense_network(), examples()
    network.train(X, Y, epochs=3, batch_size=5)
    before = copy.deepcopy(network.parameters)
    X[-1] = np.nan
    with pytest.raises(TrainingDiverged, match=r"epoch 3 .*lr 0\.1, batch 2: .*got nan\. Try a smaller learning rate"):
        unshuffled(network).train(X, Y, epochs=2, batch_size=5)
    assert network.epoch == 3
    assert all(np.isfinite(a).all() for a in network.parameters.values())
    assert not np.array_equal(before["layers.0.W"], network.parameters["layers.0.W"])  # batches 0 and 1 were learnt


def unshuffled(network):
    """The network with a generator that leaves the order as it is."""

    class InOrder(np.random.Generator):
        def permutation(self, N):
            return np.arange(N)

    network.rng = InOrder(np.random.PCG64(0))
    return network


def test_a_rate_that_is_too_large_ends_in_the_same_words_and_without_numpys_warnings():
    layers = [FullyConnected(5), FullyConnected(3)]
    network, (X, Y) = NeuralNetwork(layers, L2(), SGD(1e3), rng=generator()), examples()
    with pytest.raises(TrainingDiverged, match=r"expected a finite loss, got (inf|nan)"):
        network.train(X, Y, epochs=400)


def test_a_validation_loss_that_is_no_number_says_so():
    network, (X, Y) = dense_network(), examples()
    with pytest.raises(TrainingDiverged, match=r"epoch 0 .*, validation, batch 0: .* got nan"):
        network.train(X, Y, epochs=2, validation=(X * np.nan, Y))


class Recorder:
    def __init__(self):
        self.calls = []

    def log(self, row):
        self.calls.append(row["epoch"])

    def plot(self):
        self.calls.append("plot")


@pytest.mark.parametrize("logger", ["runs/wide", True, print])
def test_what_is_no_logger_is_refused_before_anything_is_learnt(logger):
    network, (X, Y) = dense_network(), examples()
    with pytest.raises(TypeError, match=r"train: expected a logger with log\(row\) and plot\(\), got .*For example"):
        network.train(X, Y, epochs=1, logger=logger)
    assert network.input_shape is None


def test_the_logger_hears_of_every_epoch_and_draws_at_the_end_also_of_a_failure():
    network, (X, Y), logger = dense_network(), examples(), Recorder()
    network.train(X, Y, epochs=2, logger=logger)
    assert logger.calls == [0, 1, "plot"]
    X[0] = np.nan
    with pytest.raises(TrainingDiverged):
        network.train(X, Y, epochs=2, logger=logger)
    assert logger.calls == [0, 1, "plot"]  # no epoch was finished, nothing new to draw
    logger, layers = Recorder(), [FullyConnected(3)]
    with pytest.raises(TrainingDiverged):
        NeuralNetwork(layers, L2(), SGD(1e3), rng=generator()).train(*examples(), epochs=400, logger=logger)
    assert logger.calls[0] == 0
    assert logger.calls[-1] == "plot"


def test_the_progress_bar_counts_batches(capsys):
    dense_network().train(*examples(), epochs=3, batch_size=5, progress=True)
    shown = capsys.readouterr()
    assert "9/9" in shown.err
    assert "epoch=2" in shown.err
    assert shown.out == ""
    dense_network().train(*examples(), epochs=3, batch_size=5)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("progress", [False, True])
def test_with_and_without_a_bar_the_same_is_refused(progress):
    X, Y = examples()
    with pytest.raises(ValueError, match="as many rows in X as in Y, at least one, got 0 and 0"):
        dense_network().train(X[:0], Y[:0], epochs=1, progress=progress)
    with pytest.raises(ValueError, match="batch_size to be an integer of at least 1, got '3'"):
        dense_network().train(X, Y, epochs=1, batch_size="3", progress=progress)


@pytest.mark.parametrize("epochs", [0, -1, 2.5])
def test_epochs_are_counted_from_one(epochs):
    with pytest.raises(ValueError, match="epochs to be an integer of at least 1"):
        dense_network().train(*examples(), epochs=epochs)


def test_regression_has_no_classification_error():
    X, _ = examples()
    layers = [FullyConnected(1)]
    (row,) = NeuralNetwork(layers, L2(), SGD(0.1), rng=generator()).train(X, X[:, :1], epochs=1)
    assert math.isnan(row["train_error"])
    assert math.isfinite(row["train_loss"])


def test_images_have_no_classification_error_either():
    X, _ = images()
    network = NeuralNetwork([Conv2D(2, 3)], L2(), SGD(0.1), rng=generator())
    first, second = network.train(X, X, epochs=2, batch_size=3, validation=(X, X))
    assert second["train_loss"] < first["train_loss"]
    assert all(math.isnan(second[name]) for name in ("train_error", "validation_error"))
    with pytest.raises(
        ValueError, match=r"target and out of one shape \(N, C\), got \(8, 6, 8, 2\) and \(8, 6, 8, 1\)"
    ):
        network.error(X, X[..., :1])


def test_probabilities_and_logits_train_alike():
    """CrossEntropy behind a SoftMax and SoftmaxCrossEntropy on logits are the same function."""
    X, Y = examples()
    logits = NeuralNetwork([FullyConnected(3)], SoftmaxCrossEntropy(), SGD(0.5), rng=generator())
    layers = [FullyConnected(3, activation=SoftMax())]
    probabilities = NeuralNetwork(layers, CrossEntropy(), SGD(0.5), rng=generator())
    ours, theirs = (network.train(X, Y, epochs=5) for network in (logits, probabilities))
    assert [row["train_loss"] for row in ours] == pytest.approx([row["train_loss"] for row in theirs], rel=1e-12)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [(lambda X: (X,), "tuple of length 1"), (lambda X: X, "ndarray"), (lambda X: 0.2, "float")],
    ids=["alone", "array", "share"],
)
def test_validation_is_a_pair(wrong, got):
    X, Y = examples()
    with pytest.raises(TypeError, match=rf"train: expected validation to be a pair \(X, Y\), got {got}\. For example"):
        dense_network().train(X, Y, epochs=1, validation=wrong(X[:2]))
