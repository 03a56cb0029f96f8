"""The history as TensorBoard reads it: read back by TensorBoard's own reader."""

import sys

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from torch_models.event_log import EventLog


def row(epoch, **more):
    return {"epoch": epoch, "lr": 0.5 / epoch, "train_loss": 1.0 / epoch, "train_accuracy": 0.25, "seconds": 2.0} | more


def scalars(folder):
    """{tag: [(step, value)]}"""
    found = EventAccumulator(str(folder)).Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_every_row_once_as_it_comes(tmp_path):
    log = EventLog(tmp_path / "events")
    history = [row(1), row(2)]
    log.write(history)
    assert scalars(tmp_path / "events")["loss/training"] == [(1, 1.0), (2, 0.5)], "there at once, not when it closes"
    history.append(row(3))
    log.write(history)
    log.write(history)
    log.close()
    found = scalars(tmp_path / "events")
    assert found["loss/training"] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert found.keys() == {"loss/training", "accuracy/training", "learning_rate", "seconds"}


def test_the_columns_of_a_validation_split(tmp_path):
    log = EventLog(tmp_path / "events")
    log.write([row(1, validation_loss=3.0, validation_accuracy=0.5)])
    log.close()
    found = scalars(tmp_path / "events")
    assert found["loss/validation"] == [(1, 3.0)]
    assert found["accuracy/validation"] == [(1, 0.5)]


def test_a_run_that_goes_on_has_each_epoch_once(tmp_path):
    killed, resumed = EventLog(tmp_path / "events"), EventLog(tmp_path / "events")
    killed.write([row(1), row(2)])  # of epoch 2 the checkpoint knew nothing
    killed.close()
    resumed.write([row(1), row(2, train_loss=0.75)])
    resumed.close()
    assert scalars(tmp_path / "events")["loss/training"] == [(1, 1.0), (2, 0.75)]


def test_without_tensorboard_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)  # as if it were not installed
    log = EventLog(tmp_path / "events")
    log.write([row(1)])
    log.close()
    assert not list(tmp_path.iterdir())
