"""scripts/demo.py: the files it writes, the figures it prints, and how it ends."""

import csv
import io
import re
from contextlib import redirect_stderr, redirect_stdout

import pytest
import torch

import killable
import scratch_nn
import torch_models as tm
from parity_tests.own_run import own_bench
from parity_tests.pairs import PAIRS

demo = killable.load("demo")
WRITTEN = [
    "CifarCNN.safetensors",
    "FashionMLP.safetensors",
    "curves.png",
    "history_CifarCNN.csv",
    "history_FashionMLP.csv",
    "parity.png",
    "parity.txt",
    "predictions.csv",
]
ROW = {"train_loss": 1.0, "train_accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5, "epoch": 1}


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """One epoch and two quick pairs, over the files of an earlier run: (folder, exit code, what was printed)."""
    out, printed, bars = tmp_path_factory.mktemp("demo"), io.StringIO(), io.StringIO()
    for name in WRITTEN:
        (out / name).write_text("old")
    with redirect_stdout(printed), redirect_stderr(bars):
        code = demo.main(["--epochs", "1", "--pair", "L2", "--pair", "Step", "--out", str(out)])
    assert bars.getvalue() == "", "a bar where stderr is no terminal"
    return out, code, printed.getvalue()


@pytest.fixture
def untrained(monkeypatch):
    """Training replaced by nothing, for tests of what stands around it."""

    def train(make, make_optimizer, options):
        with tm.seeded(0):
            return make(), tm.normalised(tm.load_digits(make.input_shape, seed=options.seed)), [ROW]

    monkeypatch.setattr(demo, "train", train)


def test_it_ends_well_with_its_files_and_no_other(small_run):
    out, code, _ = small_run
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == WRITTEN
    assert all(path.read_bytes() != b"old" for path in out.iterdir())


def test_every_file_it_names_is_there_and_the_other_way_round(small_run):
    out, _, printed = small_run
    files = printed[printed.index("Files in") :]
    assert str(out) in files
    assert all(pattern in files for pattern in demo.FILES)
    assert sorted(path.name for pattern in demo.FILES for path in out.glob(pattern)) == WRITTEN


def test_the_table_is_printed_and_written(small_run):
    out, _, printed = small_run
    table = (out / "parity.txt").read_text().splitlines()
    assert [row.split()[:2] for row in table if row.startswith("ok")] == [["ok", "L2"], ["ok", "Step"]]
    assert all(row.strip() in printed for row in table)
    assert "All 2 pairs agree with PyTorch" in printed


def test_the_printed_accuracy_is_that_of_the_file(small_run):
    out, _, printed = small_run
    labels = tm.load_digits(tm.CifarCNN.input_shape, seed=0).test_labels.tolist()
    with open(out / "predictions.csv", newline="") as file:
        predicted = [int(row["Category"]) for row in csv.DictReader(file)]
    assert len(predicted) == len(labels) == 300
    right = sum(ours == label for ours, label in zip(predicted, labels, strict=True))
    assert f"CifarCNN: {right / 300:.1%} of 300 test digits right" in printed


def test_the_weights_are_those_that_predicted(small_run):
    out, _, _ = small_run
    cnn = tm.CifarCNN()
    tm.load_weights(cnn, out / "CifarCNN.safetensors")
    images = tm.normalised(tm.load_digits(cnn.input_shape, seed=0)).test_inputs
    assert torch.equal(tm.predict(cnn, images), tm.read_predictions(out / "predictions.csv"))


def test_the_score_is_read_from_the_file(untrained, tmp_path, monkeypatch):
    """A network that has learned nothing scores 100 % if its file says so."""
    write, labels = tm.write_predictions, tm.load_digits(tm.CifarCNN.input_shape, seed=0).test_labels
    monkeypatch.setattr(tm, "write_predictions", lambda path, predicted, **settings: write(path, labels, **settings))
    scores = demo.train_both(demo.parser().parse_args(["--out", str(tmp_path)]))
    assert scores[0].startswith("CifarCNN: 100.0% of 300")


def test_a_fault_in_a_backward_exits_1_and_is_named(untrained, tmp_path, monkeypatch, capsys):
    backward = scratch_nn.L2.backward
    monkeypatch.setattr(scratch_nn.L2, "backward", lambda self, Y, Y_hat: 1.001 * backward(self, Y, Y_hat))
    assert demo.main(["--pair", "L2", "--pair", "Step", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "NOT verified\n  1 of 2 pairs do not agree" in printed
    assert re.search(r"L2-\w+-gradient\[float64\]: worst", printed)
    assert "FAIL L2" in (tmp_path / "parity.txt").read_text()
    assert "predictions.csv" in printed


@pytest.fixture
def mlp():
    (pair,) = [pair for pair in PAIRS if pair.name == "fashion_mlp"]
    return pair, own_bench()


def test_a_network_layer_by_layer(mlp, capsys):
    said = demo.layer_by_layer(*mlp)
    rows = [row.split() for row in capsys.readouterr().out.splitlines() if row.startswith("ok")]
    assert [row[1] for row in rows] == [
        "00.Flatten",
        "01.FullyConnected",
        "02.ReLU",
        "03.FullyConnected",
        "04.ReLU",
        "05.FullyConnected",
    ]
    assert re.fullmatch(r"fashion_mlp: of 6 layers, \d\d\.\w+ is furthest from PyTorch's, by \d\.\de-1\d\.", said)


def test_the_layer_that_goes_wrong_first_is_named(mlp, monkeypatch):
    """Backward starts at the end: what is wrong in the last layer makes all those before it wrong."""
    backward = scratch_nn.FullyConnected.backward
    monkeypatch.setattr(scratch_nn.FullyConnected, "backward", lambda self, dLdY: 1.001 * backward(self, dLdY))
    assert demo.layer_by_layer(*mlp).startswith(
        "fashion_mlp: of 6 layers, 05.FullyConnected is the first to go wrong, "
    )


def test_a_layer_that_raises_does_not_end_the_demo(mlp, monkeypatch):
    def broken(self, dLdY):
        raise RuntimeError("planted")

    monkeypatch.setattr(scratch_nn.ReLU, "backward", broken)
    assert demo.layer_by_layer(*mlp) == "fashion_mlp could not be run on digits: RuntimeError: planted"


def test_help_teaches(capsys):
    with pytest.raises(SystemExit, match="0"):
        demo.main(["--help"])
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("--out", "--epochs", "--seed", "--pair", "runs/demo", "examples:"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs: expected a whole number from 1 to 1000, got '0'"),
        (["--epochs", "two"], "got 'two'"),
        (["--seed", "-1"], "--seed: expected a whole number from 0"),
        (["--speed", "3"], "unrecognized arguments: --speed 3"),
    ],
)
def test_a_wrong_option_is_one_sentence(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        demo.main(arguments)
    assert message in capsys.readouterr().err


def test_an_interruption_is_one_sentence(untrained, tmp_path, monkeypatch, capsys):
    def interrupt(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "train_both", interrupt)
    assert demo.main(["--pair", "Step", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "demo.py: interrupted."


def test_an_unknown_pair_lists_the_known_ones(capsys):
    assert demo.main(["--pair", "Conv3D"]) == 2
    error = capsys.readouterr().err
    assert "no pair is called Conv3D" in error
    assert "Conv2D" in error


@pytest.mark.parametrize("below", ["", "folder"])
def test_an_unwritable_folder_is_one_sentence_at_once(tmp_path, below, capsys):
    (tmp_path / "file").write_text("not a folder")
    out = tmp_path / "file" / below
    assert demo.main(["--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"demo.py: cannot write into --out {out}: ")
    assert printed.err.count("\n") == 1
    assert printed.out == ""
