"""scripts/train_digits.py: the course notes' trace with either backend, files, resume, refusals."""

import io
import json
from contextlib import redirect_stderr
from itertools import pairwise

import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import killable
import table_scripts
import torch_models as tm
from table_scripts import FILES, assert_backends_agree, assert_same_run, history, interrupt, names_in

digits = killable.load("train_digits")
NOTES = [2.3026, 0.2275, 0.1599, 0.1306, 0.1130, 0.1009, 0.0918, 0.0846, 0.0788, 0.0738, 0.0696]
NAMES = ["logistic_regression", "two_layers"]
QUICK = ["--limit", "100", "--epochs", "20"]


def run(*arguments):
    return table_scripts.run(digits, *arguments)


@pytest.fixture(scope="module", params=["scratch", "torch"])
def finished(request, tmp_path_factory):
    """(folder, lines printed) of the whole run, with either backend."""
    out = tmp_path_factory.mktemp("runs") / request.param
    with redirect_stderr(io.StringIO()) as bars:
        code, printed = run("--backend", request.param, "--out", out)
    assert (code, bars.getvalue()) == (0, "")
    return out, printed


def test_the_trace_of_the_notes(finished):
    _, printed = finished
    start = next(i for i, line in enumerate(printed) if line.split() == ["epochs", *NAMES])
    rows = [line.split() for line in printed[start + 1 : start + 12]]
    assert [row[0] for row in rows] == [str(epoch) for epoch in range(0, 501, 50)]
    assert [row[1] for row in rows] == [f"{loss:.4f}" for loss in NOTES]
    assert float(rows[-1][2]) < 0.10
    assert all(float(before[2]) > float(after[2]) for before, after in pairwise(rows))


def test_the_accuracies_are_those_of_the_files(finished):
    out, printed = finished
    labels = load_digits(return_X_y=True)[1]
    _, test = train_test_split(labels, test_size=0.25, random_state=123)
    scores = [(tm.read_predictions(out / name / "predictions.csv").numpy() == test).mean() for name in NAMES]
    (line,) = [line for line in printed if line.split()[:2] == ["test", "accuracy"] and len(line.split()) == 4]
    assert line.split()[2:] == [f"{score:.4f}" for score in scores]
    assert round(scores[0], 3) == 0.953
    assert 0.92 <= scores[1] <= 0.96
    assert printed[-1] == f"test accuracy {scores[0]:.4f}"
    assert "logistic_regression" in printed[-2]
    assert (out / "predictions.csv").read_bytes() == (out / NAMES[0] / "predictions.csv").read_bytes()


def test_files(finished):
    out, _ = finished
    assert names_in(out) == sorted([*NAMES, "config.json", "curves.png", "predictions.csv"])
    for name in NAMES:
        assert names_in(out / name) == FILES
        rows = history(out / name)
        assert [row["epoch"] for row in rows] == list(range(1, 501))
        assert list(rows[0]) == ["epoch", "lr", "train_loss", "train_accuracy", "seconds"]
    options = json.loads((out / "two_layers" / "config.json").read_text())["options"]
    assert {"sizes": "64-32-10", "lr": 0.01, "batch_size": 1347, "epochs": 500}.items() <= options.items()


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Of each backend, the folder of a short run."""
    out = tmp_path_factory.mktemp("quick")
    for backend in ("scratch", "torch"):
        assert run(*QUICK, "--backend", backend, "--out", out / backend)[0] == 0
    return out


def test_both_backends_give_the_same_figures(quick):
    for name in NAMES:
        assert_backends_agree(quick / "scratch" / name, quick / "torch" / name)


@pytest.mark.parametrize("backend", ["scratch", "torch"])
def test_an_interrupted_run_goes_on_to_the_same_bits(quick, tmp_path, monkeypatch, backend):
    arguments = [*QUICK, "--backend", backend, "--out", tmp_path / "run"]
    interrupt(monkeypatch, checkpoint=6 + 2)  # epochs 1, 4, 8, ..., 20 of the first, 1 and 4 of the second
    assert run(*arguments)[0] == 130
    monkeypatch.undo()
    code, printed = run(*arguments, "--resume")
    assert code == 0
    assert any("logistic_regression: 64-10, was done before" in line for line in printed)
    assert any("two_layers: 64-32-10, going on after epoch 4" in line for line in printed)
    for name in NAMES:
        assert_same_run(tmp_path / "run" / name, quick / backend / name)


def test_the_seed_is_of_the_weights_only(quick, tmp_path):
    out = tmp_path / "run"
    assert run(*QUICK, "--seed", "1", "--out", out)[0] == 0
    same, other = (history(out / name)[0]["train_loss"] for name in NAMES)
    before = [history(quick / "scratch" / name)[0]["train_loss"] for name in NAMES]
    assert same == before[0]  # from zeros, on the same rows
    assert other != before[1]


def test_the_fast_recipe(tmp_path):
    code, printed = run("--recipe", "fast", "--epochs", "5", "--out", tmp_path / "run")
    assert code == 0
    assert float(printed[-1].split()[-1]) > 0.9


def test_refusals(quick, tmp_path, capsys):
    for arguments, message in (
        (["--out", quick / "scratch"], "--resume goes on with the run in it"),
        (["--out", quick / "scratch", "--resume", "--backend", "torch"], "other options (backend scratch, not torch)"),
        (["--out", tmp_path / "a", "--backend", "torch", "--precision", "bfloat16"], "the tables are float64"),
    ):
        assert run(*QUICK, *arguments)[0] == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("train_digits.py: ")
        assert error.count("\n") == 1
    with pytest.raises(SystemExit, match="2"):
        digits.main(["--dataset", "cifar10"])
    assert "invalid choice: 'cifar10'" in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit, match="0"):
        digits.main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for words in (
        "examples:",
        "random_state=123",
        "--data-root is not read",
        "0, 50, ..., 500",
        "fast",
        "A checkpoint, for --resume",
    ):
        assert words in printed
