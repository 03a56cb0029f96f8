"""The training scripts on the digits: files, figures and refusals."""

import argparse
import json
import math
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import killable
import torch_models as tm

cnn, mlp = (killable.load(name) for name in ("train_cifar_cnn", "train_fashion_mlp"))
QUICK = ["--dataset", "digits", "--epochs", "2", "--limit", "200"]
FILES = killable.FILES


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of the script as a command: (folder, lines printed, what it said on stderr, no terminal)."""
    out = tmp_path_factory.mktemp("runs") / "mlp"
    command = [sys.executable, killable.SCRIPTS / "train_fashion_mlp.py", *QUICK, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return out, done.stdout.splitlines(), done.stderr


def digits_score(file):
    labels = tm.load_digits(tm.FashionMLP.input_shape).test_labels
    return (tm.read_predictions(file) == labels).double().mean().item()


def test_the_last_line_is_what_the_file_scores(finished):
    out, printed, _ = finished
    assert printed[-1] == f"test accuracy {digits_score(out / 'predictions.csv'):.4f}"
    assert digits_score(out / "predictions.csv") > 0.5


def test_a_line_for_each_epoch_no_bar_in_a_log_and_the_files(finished):
    out, printed, said = finished
    assert [line.split()[1] for line in printed if line.startswith("epoch ")] == ["1/2", "2/2"]
    assert said == ""
    assert sorted(path.name for path in out.iterdir()) == FILES
    config = json.loads((out / "config.json").read_text())
    assert config["options"]["seed"] == 0
    assert config["device"] in ("cpu", "cuda:0")


def test_a_run_that_is_done_can_be_resumed_and_says_the_same(finished, capsys):
    out, printed, _ = finished
    assert mlp.main([*QUICK, "--out", str(out), "--resume"]) == 0
    again = capsys.readouterr().out.splitlines()
    assert again[-1] == printed[-1]
    assert not [line for line in again if line.startswith("epoch ")]


def test_the_fast_recipe_runs(tmp_path, capsys):
    options = ["--recipe", "fast", "--dataset", "digits", "--epochs", "1", "--limit", "130"]
    assert cnn.main([*options, "--out", str(tmp_path / "run")]) == 0
    assert re.fullmatch(r"test accuracy 0\.\d{4}", capsys.readouterr().out.splitlines()[-1])


def test_the_fast_recipe_asks_mirror_images_of_cifar_only(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(tm, "mirrored", lambda logits: asked.append(1) or logits)
    digits = tm.load_digits(tm.CifarCNN.input_shape)
    options = ["--recipe", "fast", "--epochs", "1", "--limit", "64", "--batch-size", "32"]
    assert cnn.main([*options, "--dataset", "digits", "--out", str(tmp_path / "digits")]) == 0
    assert not asked
    monkeypatch.setattr(tm, "load_dataset", lambda name, root, input_shape, limit: digits)
    assert cnn.main([*options, "--dataset", "cifar10", "--out", str(tmp_path / "cifar")]) == 0
    assert asked
    assert json.loads((tmp_path / "cifar" / "config.json").read_text())["mirrored"] is True


@pytest.mark.parametrize(("loss", "said"), [(0.21, "0.2100"), (9999.0, "9999.0000"), (1.5e160, "1.50e+160")])
def test_a_loss_that_leads_off_has_three_digits(loss, said):
    row = {"epoch": 1, "lr": 0.1, "train_loss": loss, "train_accuracy": 0.1, "seconds": 1.0}
    assert f"training loss {said}  " in killable.load("training_run").epoch_line(row, 2)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "expected a whole number from 1"),
        (["--out", "runs/o\udcff"], "expected a name that is UTF-8, got 'runs/o\\udcff'"),
        (["--recipe", "slow"], "invalid choice: 'slow'"),
        (["--backend", "jax"], "invalid choice: 'jax'"),
        (["--dataset", "fashion_mnist"], "invalid choice: 'fashion_mnist' (choose from 'cifar10', 'digits')"),
    ],
)
def test_a_wrong_option(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        cnn.main(arguments)
    assert message in capsys.readouterr().err


def test_one_sentence_and_exit_code_2(finished, tmp_path, capsys, monkeypatch):
    out, _, _ = finished
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for arguments, message in (
        ([*QUICK, "--out", out], "--resume goes on with the run in it"),
        ([*QUICK, "--out", out, "--resume", "--seed", "1"], "other options (seed 0, not 1)"),
        ([*QUICK, "--out", tmp_path / "file"], "is a file"),
        ([*QUICK, "--out", tmp_path / "a", "--device", "cuda"], "PyTorch sees no GPU"),
        ([*QUICK, "--out", tmp_path / "a", "--device", "cuda", "--backend", "scratch"], "on the CPU, without it"),
        ([*QUICK, "--out", tmp_path / "a", "--compile", "--backend", "scratch"], "--compile is PyTorch's"),
        ([*QUICK, "--out", tmp_path / "a", "--precision", "bfloat16", "--backend", "scratch"], "bfloat16 is PyTorch's"),
        ([*QUICK, "--out", out, "--resume", "--backend", "scratch"], "other options (backend torch, not scratch"),
        ([*QUICK, "--out", tmp_path / "file" / "below"], f"cannot use {tmp_path / 'file' / 'below'} (Not a directory)"),
        (["--data-root", tmp_path / "file", "--out", tmp_path / "c"], "is a file; --data-root takes the folder"),
    ):
        assert mlp.main([str(argument) for argument in arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("train_fashion_mlp.py: ")
        assert error.count("\n") == 1


@pytest.mark.parametrize(("gpus", "place"), [(1, 1), (1, 2), (3, 5)])
def test_more_processes_than_gpus(gpus, place, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    for name, value in (("RANK", place), ("WORLD_SIZE", place + 1), ("LOCAL_RANK", place)):
        monkeypatch.setenv(name, str(value))
    script = killable.load("training_options")
    with pytest.raises(script.CommandError, match=f"^process {place} has no GPU .* --nproc-per-node at most {gpus}.$"):
        script.chosen_device(argparse.Namespace(device="auto"))


@pytest.mark.skipif(os.name != "posix", reason="Windows takes every ~name for a home folder")
def test_the_tilde_of_nobodys_home_is_part_of_the_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert mlp.main([*QUICK, "--out", "~nobody.of.this.name/run"]) == 0
    assert (tmp_path / "~nobody.of.this.name" / "run" / "predictions.csv").exists()


def test_a_folder_of_another_script_is_not_taken_over(finished, tmp_path, capsys):
    """Also where no checkpoint could tell: train_digits.py keeps its checkpoints one folder further down."""
    out, digits = finished[0], killable.load("train_digits")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert digits.main(["--epochs", "2", "--out", str(out), "--resume"]) == 2
    assert f"{out / 'config.json'} belongs to a run with other options (model FashionMLP" in capsys.readouterr().err
    assert digits.main(["--epochs", "2", "--out", str(tmp_path / "run")]) == 0
    assert mlp.main([*QUICK, "--out", str(tmp_path / "run"), "--resume"]) == 2
    assert "other options (model FeedforwardNet, not FashionMLP" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_black_images_are_named_with_their_file(tmp_path, capsys):
    parts = {name: np.zeros((3000, 28, 28), np.uint8) for name in ("train_images", "test_images")}
    labels = {name: np.arange(3000) % 10 for name in ("train_labels", "test_labels")}
    np.savez(tmp_path / "fashion_mnist.npz", **parts, **labels)
    assert mlp.main(["--data-root", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert f"{tmp_path / 'fashion_mnist.npz'} cannot be normalised" in error
    assert "channel 0 is constant" in error
    assert error.count("\n") == 1


def test_a_loss_that_is_no_number_stops_the_run(tmp_path, capsys, monkeypatch):
    recipe = replace(mlp.FASHION_MLP["notes"], optimizer_args={"lr": math.inf})
    monkeypatch.setitem(mlp.FASHION_MLP, "notes", recipe)
    assert mlp.main([*QUICK, "--out", str(tmp_path / "run")]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "the loss became nan in epoch 1, batch 2. Try a smaller learning rate" in error


def test_help_teaches(capsys):
    for script in (cnn, mlp):
        with pytest.raises(SystemExit, match="0"):
            script.main(["--help"])
        printed = capsys.readouterr().out
        assert "examples:" in printed
        assert script.NAME in printed
