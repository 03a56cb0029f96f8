"""scripts/train_ffnn.py: the files of each combination, the choice by validation, backends, resume, refusals."""

import csv
import json
from dataclasses import replace

import pytest

import killable
import scratch_nn as snn
import table_scripts
import torch_models as tm
from table_scripts import FILES, assert_backends_agree, assert_same_run, history, interrupt, names_in
from torch_models import tables
from torch_models.run_folder import only_run_in

ffnn = killable.load("train_ffnn")
NAMES = ["6_0.1_exponential", "9_0.3_cosine", "5_0.2_step"]
COMBINATIONS = [text for name in NAMES for text in ("--combination", name.replace("_", ","))]
QUICK = [*COMBINATIONS, "--epochs", "12"]


def run(*arguments):
    return table_scripts.run(ffnn, *arguments)


def iris():
    return tables.stratified(*snn.load_iris(), ("a", "b", "c"), validation=30, test=30)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Of each backend: (folder, lines printed)."""
    found = {}
    for backend in ("scratch", "torch"):
        out = tmp_path_factory.mktemp("runs") / backend
        code, printed = run(*QUICK, "--backend", backend, "--out", out)
        assert code == 0
        found[backend] = out, printed
    return found


def test_files(finished):
    out, _ = finished["scratch"]
    assert names_in(out) == sorted([*NAMES, "config.json", "curves.png", "predictions.csv", "test_errors.csv"])
    for name in NAMES:
        assert names_in(out / name) == FILES
    options = json.loads((out / NAMES[0] / "config.json").read_text())["options"]
    asked = {"sizes": "4-6-3", "lr": 0.1, "schedule": "ExponentialLR", "epochs": 12, "batch_size": 10, "seed": 0}
    assert asked.items() <= options.items()
    assert options["backend"] == "scratch"
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_both_backends_give_the_same_figures(finished):
    (ours, printed), (theirs, their_print) = finished["scratch"], finished["torch"]
    for name in NAMES:
        assert_backends_agree(ours / name, theirs / name)
    assert printed[-1] == their_print[-1]


def test_the_schedules_start_and_end_where_they_should(finished):
    rates = {name: [row["lr"] for row in history(finished["scratch"][0] / name)] for name in NAMES}
    assert rates["6_0.1_exponential"][-1] == pytest.approx(0.1 * 0.01 ** (11 / 12), rel=1e-5)
    assert rates["9_0.3_cosine"][6] == pytest.approx(0.15)
    assert rates["5_0.2_step"] == pytest.approx([0.2] * 4 + [0.02] * 4 + [0.002] * 4)


def test_the_last_line_is_the_score_of_the_combination_of_least_validation_loss(finished):
    out, printed = finished["scratch"]
    best = min(NAMES, key=lambda name: min(row["validation_loss"] for row in history(out / name)))
    predictions = out / "predictions.csv"
    assert predictions.read_bytes() == (out / best / "predictions.csv").read_bytes()
    assert best in printed[-2]
    score = (tm.read_predictions(predictions) == iris().test_labels).double().mean().item()
    assert printed[-1] == f"test accuracy {score:.4f}"


def test_the_table_of_test_errors(finished):
    out, printed = finished["scratch"]
    with open(out / "test_errors.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["combination"] for row in rows] == NAMES
    for row in rows:
        name, epochs = row["combination"], history(out / row["combination"])
        wrong = int((tm.read_predictions(out / name / "predictions.csv") != iris().test_labels).sum())
        best = min(epochs, key=lambda epoch: epoch["validation_loss"])
        assert float(row["test_error"]) == pytest.approx(wrong / 30, rel=1e-5)
        assert (float(row["best_epoch"]), float(row["validation_loss"])) == (best["epoch"], best["validation_loss"])
        (line,) = [line for line in printed if line.startswith(name) and line.endswith(f"({wrong} of 30)")]
        assert line.split()[1:4] == [row["best_epoch"], f"{best['validation_loss']:.4f}", f"{wrong / 30:.4f}"]


def test_the_test_labels_choose_nothing(finished, tmp_path, monkeypatch):
    out, _ = finished["scratch"]
    stratified = tables.stratified

    def mislabelled(*arguments, **more):
        data = stratified(*arguments, **more)
        best = tm.read_predictions(out / "predictions.csv")
        return replace(data, test_labels=(best + 1) % 3)  # what was best is now all wrong

    monkeypatch.setattr(tables, "stratified", mislabelled)
    code, again = run(*QUICK, "--out", tmp_path / "run")
    assert (code, again[-1]) == (0, "test accuracy 0.0000")
    assert (tmp_path / "run" / "predictions.csv").read_bytes() == (out / "predictions.csv").read_bytes()


def test_the_four_of_the_notes_are_the_default(tmp_path, monkeypatch):
    interrupt(monkeypatch, checkpoint=0)
    assert run("--out", tmp_path / "run")[0] == 130
    folders = [path.name for path in (tmp_path / "run").iterdir() if path.is_dir()]
    assert sorted(folders) == ["100_0.01_constant", "25_0.01_constant", "25_0.1_constant", "25_0.1_exponential"]


def test_the_default_epochs_are_enough(tmp_path):
    _, printed = run("--combination", "25,0.1,exponential", "--out", tmp_path / "run")
    losses = [row["validation_loss"] for row in history(tmp_path / "run" / "25_0.1_exponential")]
    assert losses[-1] < 0.08
    assert losses[-1] > 0.97 * losses[-50]  # settled
    assert float(printed[-1].split()[-1]) >= 28 / 30


def test_the_fast_recipe(tmp_path):
    arguments = ["--recipe", "fast", "--combination", "25,0.01,cosine", "--out", tmp_path / "run"]
    assert float(run(*arguments)[1][-1].split()[-1]) >= 27 / 30


# --- resume ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["scratch", "torch"])
def test_an_interrupted_run_goes_on_to_the_same_bits(finished, tmp_path, monkeypatch, backend):
    out, whole = tmp_path / "run", finished[backend][0]
    arguments = [*QUICK, "--backend", backend, "--out", out]
    interrupt(monkeypatch, checkpoint=7 + 3)  # epochs 1, 2, 4, ..., 12 of the first, 1, 2, 4 of the second
    assert run(*arguments)[0] == 130
    monkeypatch.undo()
    done = (out / NAMES[0] / "checkpoint.pt").stat().st_mtime_ns
    code, printed = run(*arguments, "--resume")
    assert code == 0
    assert (out / NAMES[0] / "checkpoint.pt").stat().st_mtime_ns == done
    assert any(f"{NAMES[0]}: 4-6-3, was done before" in line for line in printed)
    assert any(f"{NAMES[1]}: 4-9-3, going on after epoch 4" in line for line in printed)
    for name in NAMES:
        assert_same_run(out / name, whole / name)
    assert (out / "predictions.csv").read_bytes() == (whole / "predictions.csv").read_bytes()


def test_resume_takes_in_another_combination(tmp_path):
    first, second = COMBINATIONS[:2], COMBINATIONS[2:4]
    assert run(*first, "--epochs", "2", "--out", tmp_path / "run")[0] == 0
    code, printed = run(*first, *second, "--epochs", "2", "--out", tmp_path / "run", "--resume")
    assert code == 0
    assert [line.split()[1] for line in printed if line.startswith("epoch ")] == ["1/2", "2/2"]
    assert json.loads((tmp_path / "run" / "config.json").read_text())["runs"] == NAMES[:2]


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["25,0.1", "25;0.1;step", "x,0.1,step", "0,0.1,step", "25,0,step", "25,inf,step", "25,.1,warm", "10001,1,step"],
)
def test_a_wrong_combination(text, capsys):
    with pytest.raises(SystemExit, match="2"):
        ffnn.main(["--combination", text])
    error = capsys.readouterr().err
    assert "expected UNITS,RATE,SCHEDULE such as 25,0.1,exponential" in error
    assert "constant, exponential, step, cosine" in error
    assert text in error


def test_one_sentence_and_exit_code_2(finished, tmp_path, capsys, monkeypatch):
    out, _ = finished["scratch"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    before = (out / "config.json").read_bytes()
    for arguments, message in (
        (["--out", out], "--resume goes on with the run in it"),
        (["--out", out, "--resume", "--seed", "1"], "other options (seed 0, not 1)"),
        (["--out", out, "--resume", "--batch-size", "9"], "other options (batch_size 10, not 9)"),
        (["--out", tmp_path / "mine", "--resume"], "is no run folder"),
        (["--out", tmp_path / "a", "--backend", "torch", "--precision", "bfloat16"], "the tables are float64"),
        (["--out", tmp_path / "a", "--precision", "bfloat16"], "the tables are float64"),
        (["--out", tmp_path / "a", "--compile"], "--compile is PyTorch's"),
    ):
        assert run(*QUICK, *arguments)[0] == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("train_ffnn.py: ")
        assert error.count("\n") == 1
    assert (out / "config.json").read_bytes() == before
    assert not (tmp_path / "a").exists()


def test_a_second_run_in_the_same_folder_is_refused(tmp_path, capsys):
    with only_run_in(tmp_path / "run"):
        assert run(*QUICK, "--out", tmp_path / "run")[0] == 2
    assert "another run is training in" in capsys.readouterr().err
    assert list((tmp_path / "run").iterdir()) == []


def test_several_processes_are_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert run(*QUICK, "--out", tmp_path / "run")[0] == 2
    assert "without torchrun" in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit, match="0"):
        ffnn.main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for words in (
        "examples:",
        "25,0.1,exponential",
        "--data-root is not read",
        "cosine",
        "iris",
        "fast",
        "test_errors",
        "A checkpoint, for --resume, is written with each line",
    ):
        assert words in printed
