"""Running a script that compares small networks: in this process, with what it prints, whole or interrupted."""

import csv
import io
from contextlib import redirect_stdout

import torch
from safetensors.torch import load_file

import killable
from torch_models.run_folder import RunFolder

FILES = [
    "checkpoint.pt",
    "config.json",
    "curves.png",
    "history.csv",
    "model.safetensors",
    "predictions.csv",
    "tensorboard",
]


def run(script, *arguments):
    """(exit code, lines printed)."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = script.main([str(argument) for argument in arguments])
    return code, printed.getvalue().splitlines()


def interrupt(monkeypatch, *, checkpoint):
    """Ctrl-C right after so many checkpoints were written."""
    saved, save = [], RunFolder.save

    def save_or_stop(folder, state):
        if len(saved) == checkpoint:
            raise KeyboardInterrupt
        saved.append(folder)
        save(folder, state)

    monkeypatch.setattr(RunFolder, "save", save_or_stop)


def history(folder):
    with open(folder / "history.csv", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_same_run(ours, theirs):
    """Chosen weights, last weights and all else in the checkpoint, bit for bit."""
    checkpoints = [torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (ours, theirs)]
    assert killable.same(*checkpoints)
    for name in ("model.safetensors", "predictions.csv"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()


def assert_backends_agree(ours, theirs):
    """The same history to the six digits that are written, and the same weights."""
    rows = [history(folder) for folder in (ours, theirs)]
    assert len(rows[0]) == len(rows[1]) > 1
    for a, b in zip(*rows, strict=True):
        assert a.keys() == b.keys()
        for name in a.keys() - {"seconds"}:
            assert abs(a[name] - b[name]) <= 1e-5 * abs(b[name]), (a["epoch"], name)
    weights = [load_file(folder / "model.safetensors") for folder in (ours, theirs)]
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():
        torch.testing.assert_close(weight, weights[1][name], rtol=1e-8, atol=1e-10, msg=name)
