"""The training scripts and predict.py, on the digits: files, figures and refusals."""

import json
import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import killable
import torch_models as tm

cnn, mlp, predict = (killable.load(name) for name in ("train_cifar_cnn", "train_fashion_mlp", "predict"))
QUICK = ["--dataset", "digits", "--epochs", "2", "--limit", "200"]
FILES = killable.FILES


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of the script as a command: (folder, lines printed, what it said on stderr)."""
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


def test_a_line_for_each_epoch_a_bar_and_the_files(finished):
    out, printed, bars = finished
    assert [line.split()[1] for line in printed if line.startswith("epoch ")] == ["1/2", "2/2"]
    assert "epoch 2/2" in bars
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


# --- predict.py -----------------------------------------------------------------------------------------------------


def test_predict_repeats_the_predictions_of_the_run(finished, tmp_path):
    out, _, _ = finished
    assert predict.main(["--weights", str(out / "model.safetensors"), "--out", str(tmp_path / "again.csv")]) == 0
    assert (tmp_path / "again.csv").read_bytes() == (out / "predictions.csv").read_bytes()


def test_predict_asks_mirror_images_where_config_says_so(finished, tmp_path):
    out, _, _ = finished
    (tmp_path / "model.safetensors").write_bytes((out / "model.safetensors").read_bytes())
    config = json.loads((out / "config.json").read_text())
    assert config["mirrored"] is False
    (tmp_path / "config.json").write_text(json.dumps(config | {"mirrored": True}))
    assert predict.main(["--weights", str(tmp_path / "model.safetensors"), "--out", str(tmp_path / "p.csv")]) == 0
    model, data = tm.FashionMLP(), tm.load_digits(tm.FashionMLP.input_shape)
    tm.load_weights(model, out / "model.safetensors")
    with torch.inference_mode():
        x = tm.normalised(data).test_inputs
        expected = (model(x) + model(x.flip(3))).argmax(dim=1)
    assert torch.equal(tm.read_predictions(tmp_path / "p.csv"), expected)
    assert not torch.equal(expected, tm.read_predictions(out / "predictions.csv"))


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


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_predict_takes_the_pixels_of_a_numpy_file(finished, tmp_path, ending):
    out, _, _ = finished
    pixels = tm.load_digits(tm.FashionMLP.input_shape).test_inputs[:, 0].numpy()
    file = tmp_path / f"images.{ending}"
    np.save(file, pixels) if ending == "npy" else np.savez(file, images=pixels)
    options = ["--weights", str(out / "model.safetensors"), "--images", str(file), "--first-id", "1"]
    assert predict.main([*options, "--out", str(tmp_path / "of_file.csv")]) == 0
    ours = tm.read_predictions(tmp_path / "of_file.csv", first_id=1)
    assert torch.equal(ours, tm.read_predictions(out / "predictions.csv"))


def test_predict_refuses_weights_of_another_network(finished, tmp_path, capsys):
    out, _, _ = finished
    tm.save_weights(tm.CifarCNN(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes((out / "config.json").read_bytes())
    assert predict.main(["--weights", str(tmp_path / "model.safetensors"), "--out", str(tmp_path / "p.csv")]) == 2
    error = capsys.readouterr().err
    assert "does not fit FashionMLP" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "p.csv").exists()


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((2, 32, 32, 3), np.uint8), "(3, 32, 32), FashionMLP takes (1, 28, 28)"),
        (np.zeros((2, 28, 28)), "expected pixels, uint8"),
        (np.zeros((0, 28, 28), np.uint8), "expected pixels, uint8"),
        (np.array([{}], dtype=object), "not a NumPy file that can be used"),
    ],
)
def test_predict_refuses_images_that_do_not_fit(finished, tmp_path, capsys, pixels, message):
    np.save(tmp_path / "images.npy", pixels)
    options = ["--weights", str(finished[0] / "model.safetensors"), "--images", str(tmp_path / "images.npy")]
    assert predict.main([*options, "--out", str(tmp_path / "p.csv")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "expected a whole number from 1"),
        (["--recipe", "slow"], "invalid choice: 'slow'"),
        (["--backend", "jax"], "invalid choice: 'jax'"),
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
        (["--dataset", "cifar10", "--out", tmp_path / "b"], "choose another --dataset"),
        (["--data-root", tmp_path / "file", "--out", tmp_path / "c"], "is a file; --data-root takes the folder"),
    ):
        assert mlp.main([str(argument) for argument in arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("train_fashion_mlp.py: ")
        assert error.count("\n") == 1


def test_a_loss_that_is_no_number_stops_the_run(tmp_path, capsys, monkeypatch):
    recipe = replace(mlp.FASHION_MLP["notes"], optimizer_args={"lr": math.inf})
    monkeypatch.setitem(mlp.FASHION_MLP, "notes", recipe)
    assert mlp.main([*QUICK, "--out", str(tmp_path / "run")]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "the loss became nan in epoch 1, batch 2. Try a smaller learning rate" in error


def test_help_teaches(capsys):
    for script in (cnn, mlp, predict):
        with pytest.raises(SystemExit, match="0"):
            script.main(["--help"])
        printed = capsys.readouterr().out
        assert "examples:" in printed
        assert script.NAME in printed
