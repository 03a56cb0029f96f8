"""python -m parity_tests report, and check --html: what is written, said and returned."""

import re
import time
from pathlib import Path

import pytest

import scratch_nn
from browser.html_reader import Read, text
from parity_tests.__main__ import main
from parity_tests.mutants import MUTANTS
from parity_tests.pairs import PAIRS

FAULTS = Path(__file__).parent / "browser" / "three_faults.py"


def read(path: Path) -> Read:
    return Read(path.read_text(encoding="utf-8"))


def test_ours_agrees_and_exits_with_0(tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", "--pair", "L2", "--pair", "Flatten", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "scratch_nn: All of it agrees with PyTorch: 2 pairs" in said
    assert f"html: {out}" in said
    assert {"pair-L2", "pair-Flatten"} <= set(read(out).ids())


def test_a_fault_of_ours_is_found_explained_and_exits_with_1(tmp_path, monkeypatch):
    backward = scratch_nn.Tanh.backward
    monkeypatch.setattr(scratch_nn.Tanh, "backward", lambda self, dLdY: 2 * backward(self, dLdY))
    out = tmp_path / "report.html"
    assert main(["report", "--pair", "Tanh", "--pair", "Sigmoid", "--out", str(out)]) == 1
    page = read(out)
    assert "Tanh: input_gradient fails" in text(page.by_id("finding-Tanh"))
    assert "finding-Sigmoid" not in page.ids()


def test_a_strangers_module(tmp_path):
    out = tmp_path / "report.html"
    assert main(["report", str(FAULTS), "--pair", "Tanh", "--pair", "Sigmoid", "--out", str(out)]) == 0
    page = read(out)
    assert text(page.all("h1")[0]) == "three_faults.py beside PyTorch"
    assert "Not offered, so neither passed nor failed: Sigmoid." in text(page.by_id("overview"))
    pictures = [image for image in page.by_id("pair-Tanh").iter() if image.get("class") == "pixels"]
    assert len(pictures) == 5  # its own traces, though nothing failed


def test_check_writes_the_same_page(tmp_path, capsys):
    out = tmp_path / "check.html"
    assert main(["check", str(FAULTS), "--pair", "ReLU", "--html", str(out)]) == 1
    assert f"html: {out}" in capsys.readouterr().out
    page = read(out)
    assert "the gradient at exactly 0 is 1" in text(page.by_id("finding-ReLU"))
    assert "import torch" in text(page.by_id("finding-ReLU"))
    assert main(["check", "--pair", "L2", "--html", str(out)]) == 0
    assert "pair-L2" in read(out).ids()


def test_the_faults_of_the_bank_are_planted_when_asked(tmp_path):
    out = tmp_path / "report.html"
    assert main(["report", "--pair", "Flatten", "--pair", "Step", "--bank", "--out", str(out)]) == 0
    faults = [mutant for mutant in MUTANTS if mutant.pair in ("Flatten", "Step") and not mutant.equivalent]
    assert f"noticed{len(faults)} of {len(faults)}planted one by one" in text(read(out).all("header")[0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pair", "Conv3D"], "no pair is called Conv3D. Did you mean Conv2D? There are FullyConnected"),
        (["no/such/file.py"], "no/such/file.py"),
        (["--out", "."], "expected a file, this is a folder"),
    ],
)
def test_a_wrong_command_is_told_and_exits_with_2(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_whole_page_is_small_and_quickly_built(tmp_path):
    out, started = tmp_path / "report.html", time.perf_counter()
    assert main(["report", "--bank", "--out", str(out)]) == 0
    seconds = time.perf_counter() - started
    page = read(out)
    facts = text(page.all("header")[0])
    ran, planted = (float(re.search(rf"{before}(\d+) s", facts).group(1)) for before in ("run", "one by one in "))
    assert seconds - ran - planted < 60
    assert out.stat().st_size < 3_000_000
    assert {f"pair-{pair.name}" for pair in PAIRS} <= set(page.ids())
