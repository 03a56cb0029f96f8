"""The training scripts with either backend: the same run in PyTorch and in NumPy, and it goes on to the same bits."""

import errno
import re

import numpy as np
import pytest

import killable
import torch_models as tm
from torch_models import run_folder

cnn, mlp, predict = (killable.load(name) for name in ("train_cifar_cnn", "train_fashion_mlp", "predict"))
OPTIONS = ["--dataset", "digits", "--epochs", "2", "--limit", "200"]


@pytest.mark.parametrize("script", [mlp, cnn], ids=["mlp", "cnn"])
@pytest.mark.parametrize("recipe", ["notes", "fast"])
def test_numpy_trains_the_same_run(tmp_path, capsys, script, recipe):
    """The same initial weights, batches, flips, crops and masks: float32 rounding is all that differs."""
    options = ["--dataset", "digits", "--epochs", "2", "--limit", "96", "--batch-size", "32", "--recipe", recipe]
    histories = []
    for backend in ("torch", "scratch"):
        assert script.main([*options, "--backend", backend, "--out", str(tmp_path / backend)]) == 0
        histories.append(np.genfromtxt(tmp_path / backend / "history.csv", delimiter=",", names=True))
    theirs, ours = histories
    assert ours.dtype == theirs.dtype
    for name in ("lr", "train_loss", "validation_loss"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=2e-3, err_msg=name)
    assert sorted(path.name for path in (tmp_path / "scratch").iterdir()) == killable.FILES
    last = capsys.readouterr().out.splitlines()[-1]
    again = tmp_path / "again.csv"
    assert predict.main(["--weights", str(tmp_path / "scratch" / "model.safetensors"), "--out", str(again)]) == 0
    labels = tm.load_digits(tm.CifarCNN.input_shape).test_labels
    score = (tm.read_predictions(again) == labels).double().mean().item()
    assert last == f"test accuracy {score:.4f}", "PyTorch predicts the same with what NumPy has learnt"


def test_the_speed_of_both_is_told_in_the_run_and_changes_nothing(tmp_path, capsys):
    options = ["--dataset", "digits", "--epochs", "1", "--limit", "200", "--batch-size", "16", "--backend", "scratch"]
    assert mlp.main([*options, "--out", str(tmp_path / "timed")]) == 0
    told = re.search(r"NumPy (\S+) s, PyTorch (\S+) s; NumPy takes ([\d.]+) times", (said := capsys.readouterr()).out)
    assert said.err == "", "a bar where stderr is no terminal"
    numpy, torch_seconds, ratio = map(float, told.groups())
    assert 0 < numpy < 60
    assert ratio > 0
    assert torch_seconds < 60
    side_by_side = killable.load("side_by_side")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(side_by_side, "BATCHES", 100)
        assert mlp.main([*options, "--out", str(tmp_path / "untimed")]) == 0
    assert "times as long" not in capsys.readouterr().out
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("timed", "untimed")]
    assert weights[0] == weights[1]


@pytest.fixture
def disk_full_after_an_epoch(monkeypatch):
    """The second checkpoint finds no space; ends with .undo()."""
    write, written = run_folder.Path.write_bytes, []

    def full(path, data):
        written.append(path.name)
        if sum(name.startswith(".checkpoint") for name in written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, data)

    monkeypatch.setattr(run_folder.Path, "write_bytes", full)
    return monkeypatch


@pytest.mark.parametrize("backend", ["torch", "scratch"])
def test_a_full_disk_is_one_sentence_and_the_run_goes_on_to_the_same_bits(
    tmp_path, capsys, disk_full_after_an_epoch, backend
):
    options, out = [*OPTIONS, "--backend", backend], tmp_path / "run"
    assert mlp.main([*options, "--out", str(out)]) == 1
    assert "No space left on device" in capsys.readouterr().err.splitlines()[-1]
    disk_full_after_an_epoch.undo()
    assert mlp.main([*options, "--out", str(out), "--resume"]) == 0
    assert "Going on after epoch 1" in capsys.readouterr().out
    assert mlp.main([*options, "--out", str(tmp_path / "whole")]) == 0
    for name in ("model.safetensors", "predictions.csv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
