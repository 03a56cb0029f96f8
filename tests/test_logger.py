"""A run folder: hyperparameters, a row for each epoch, a picture."""

import csv
import json
import math
import os

import numpy as np
import pytest

from scratch_nn import SGD, FeedforwardNeuralNet, Logger, files, load_iris, one_hot, split, standardise


def row(epoch, **more):
    return {"epoch": epoch, "lr": 0.1, "train_loss": 1.0 / (epoch + 1), "train_error": 0.5} | more


def read(folder):
    with open(folder / "history.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_hyperparameters_are_written_at_once(tmp_path):
    hyperparameters = {
        "lr": 0.1,
        "widths": (3, 4),
        "rate": np.float32(0.5),
        "seed": np.int64(7),
        "sizes": np.arange(3),
        "optimizer": SGD,
    }
    Logger(tmp_path / "new" / "run", hyperparameters)
    text = (tmp_path / "new" / "run" / "hyperparameters.json").read_text(encoding="utf-8")
    assert json.loads(text) == {
        "lr": 0.1,
        "widths": [3, 4],
        "rate": 0.5,
        "seed": 7,
        "sizes": [0, 1, 2],
        "optimizer": repr(SGD),
    }


@pytest.mark.parametrize("value", [math.nan, [1.0, -math.inf], np.float32("nan")])
def test_hyperparameters_that_json_cannot_hold_are_refused(tmp_path, value):
    with pytest.raises(ValueError, match=r"that JSON can hold, got .*'lr'.*: give such a value as text"):
        Logger(tmp_path / "run", {"lr": value})
    assert not (tmp_path / "run").exists()


def test_the_history_is_whole_after_every_epoch(tmp_path):
    logger = Logger(tmp_path, {})
    for epoch in range(3):
        logger.log(row(epoch))
        rows = read(tmp_path)
        assert [int(r["epoch"]) for r in rows] == list(range(epoch + 1))
        assert float(rows[-1]["train_loss"]) == pytest.approx(1 / (epoch + 1), rel=1e-5)
    assert list(rows[0]) == ["epoch", "lr", "train_loss", "train_error"]
    assert sorted(os.listdir(tmp_path)) == ["history.csv", "hyperparameters.json"]


def test_a_failed_write_leaves_the_rows_before(tmp_path, monkeypatch):
    logger = Logger(tmp_path, {})
    logger.log(row(0))

    def fail(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        logger.log(row(1))
    assert [r["epoch"] for r in read(tmp_path)] == ["0"]
    assert sorted(os.listdir(tmp_path)) == ["history.csv", "hyperparameters.json"]


def test_another_run_is_never_overwritten(tmp_path):
    Logger(tmp_path / "run", {"lr": 0.1}).log(row(0))
    with pytest.raises(
        FileExistsError, match=r"run to be empty or new, got history\.csv, hyperparameters\.json\. Choose"
    ):
        Logger(tmp_path / "run", {"lr": 0.2})
    assert json.loads((tmp_path / "run" / "hyperparameters.json").read_text()) == {"lr": 0.1}
    (tmp_path / "empty").mkdir()
    Logger(tmp_path / "empty", {})


@pytest.mark.parametrize("other", [row(1, validation_loss=2.0), {"epoch": 1}, {"lr": 0.1}])
def test_rows_have_the_columns_of_the_first(tmp_path, other):
    logger = Logger(tmp_path, {})
    logger.log(row(0))
    with pytest.raises(ValueError, match=r"a row of \['epoch', 'lr', 'train_loss', 'train_error'\], with epoch, got"):
        logger.log(other)
    assert len(logger.history) == 1


@pytest.mark.parametrize("value", [None, "1", [1.0], np.ones(2)])
def test_what_is_no_number_is_refused_and_forgotten(tmp_path, value):
    logger = Logger(tmp_path, {})
    with pytest.raises(TypeError, match="a number in column train_loss, got"):
        logger.log(row(0, train_loss=value))
    for epoch, number in enumerate((1, 1.0, np.float32(1), np.int64(1), np.array(1.0), math.nan)):
        logger.log(row(epoch, train_loss=number))
    assert [r["train_loss"] for r in read(tmp_path)] == ["1", "1", "1", "1", "1", "nan"]


@pytest.mark.parametrize("epoch", [1_000_001, np.int64(1_000_001), np.array(1_000_001)], ids=repr)
def test_integers_are_written_in_full(tmp_path, epoch):
    logger = Logger(tmp_path, {})
    logger.log(row(epoch, lr=1_000_001.0, train_error=np.True_))
    (found,) = read(tmp_path)
    assert (found["epoch"], found["lr"], found["train_error"]) == ("1000001", "1e+06", "1")


def test_a_row_needs_its_epoch(tmp_path):
    with pytest.raises(ValueError, match="with epoch"):
        Logger(tmp_path, {}).log({"train_loss": 1.0})


def drawn(logger, monkeypatch):
    """The two axes of the picture that `plot` writes."""
    from matplotlib.figure import Figure

    figures, save = [], Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: (figures.append(self), save(self, *a, **k)))
    logger.plot()
    return figures[0].axes


def test_curves_show_loss_and_error_of_both_splits(tmp_path, monkeypatch):
    logger = Logger(tmp_path / "wide", {})
    for epoch in range(30):
        logger.log(row(epoch, validation_loss=1.5 / (epoch + 1), validation_error=0.6 / (epoch + 1)))
    loss, error = drawn(logger, monkeypatch)
    assert (logger.folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert loss.get_yscale() == "log"
    assert error.get_ylim()[0] == 0
    assert loss.get_xlabel() == error.get_xlabel() == "epoch"
    labels = [text.get_text() for text in loss.get_legend().get_texts()]
    assert labels == ["train, last 0.0333", "validation, last 0.05"]
    assert [text.get_text() for text in error.get_legend().get_texts()] == [
        "train, last 50.0%",
        "validation, last 2.0%",
    ]
    np.testing.assert_allclose(loss.lines[1].get_ydata(), [1.5 / (epoch + 1) for epoch in range(30)])
    assert logger.folder.name in loss.figure.get_suptitle()


@pytest.mark.parametrize(("epochs", "markers"), [(25, ["x", "o"]), (26, ["", ""])])
def test_a_short_run_shows_its_epochs_as_points_and_a_longer_one_is_a_clean_line(
    tmp_path, monkeypatch, epochs, markers
):
    logger = Logger(tmp_path, {})
    for epoch in range(epochs):
        logger.log(row(epoch, validation_loss=1.0, validation_error=0.5))
    for axes in drawn(logger, monkeypatch):
        assert [line.get_marker() for line in axes.lines] == markers
        assert [line.get_linestyle() for line in axes.lines] == ["--", "-"]


def test_curves_of_one_epoch_without_validation_and_without_classes(tmp_path, monkeypatch):
    logger = Logger(tmp_path, {})
    logger.log(row(0, train_error=math.nan))
    loss, error = drawn(logger, monkeypatch)
    assert (len(loss.lines), len(error.lines)) == (1, 0)


def test_a_folder_with_dollars_in_its_name_is_no_formula(tmp_path):
    logger = Logger(tmp_path / "$lr^$", {})
    logger.log(row(0))
    logger.plot()
    assert (logger.folder / "curves.png").exists()


@pytest.mark.parametrize("value", [0.0, math.inf])
def test_losses_that_no_logarithm_can_show_are_drawn_or_left_out_without_a_warning(tmp_path, monkeypatch, value):
    logger = Logger(tmp_path, {})
    logger.log(row(0, train_loss=value))
    loss, _ = drawn(logger, monkeypatch)
    assert len(loss.lines) == (value == 0)


def test_nothing_to_draw_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"at least one epoch to draw, got none\. Call log\(row\) first"):
        Logger(tmp_path, {}).plot()


def test_a_run_on_iris_fills_the_folder(tmp_path):
    rng = np.random.default_rng(0)
    X, labels = load_iris()
    train, validation = split(X, one_hot(labels, 3), fractions=(0.8, 0.2), rng=rng)
    X_train, X_validation = standardise(train[0], validation[0])
    logger = Logger(tmp_path / "run", {"hidden": 25, "lr": 0.1})
    network = FeedforwardNeuralNet(25, 3, optimizer=SGD(0.1), rng=rng)
    history = network.train(
        X_train, train[1], epochs=8, batch_size=16, validation=(X_validation, validation[1]), logger=logger
    )
    assert sorted(os.listdir(tmp_path / "run")) == ["curves.png", "history.csv", "hyperparameters.json"]
    assert logger.history == history
    for read_row, kept in zip(read(logger.folder), history, strict=True):
        assert {k: float(v) for k, v in read_row.items()} == pytest.approx(kept, rel=1e-5)
