"""python -m parity_tests check: what it prints, what it exits with, and that a planted fault is named."""

import subprocess
import sys
from pathlib import Path

import pytest

import scratch_nn
from parity_tests.__main__ import main
from parity_tests.pairs import PAIRS

PAIR = {pair.name: pair for pair in PAIRS}
LAYERS = [pair.name for pair in PAIRS if pair.family == "layer"]


def check(capsys, *arguments: str) -> tuple[int, str]:
    code = main(["check", *arguments])
    return code, capsys.readouterr().out


def test_one_line_a_pair_and_exit_code_0(capsys):
    code, out = check(capsys, "--pair", "L2", "--family", "schedule")
    assert code == 0
    lines = {line.split()[1]: line.split() for line in out.splitlines() if line.startswith("ok ")}
    assert set(lines) == {"L2", "Constant", "Exponential", "Step", "Cosine", "OneCycle"}
    assert float(lines["L2"][5]) <= 1e-10
    assert float(lines["L2"][6]) <= 2
    assert "All 6 pairs agree with PyTorch" in out


@pytest.mark.parametrize("name", LAYERS)
def test_a_fault_in_any_backward_exits_1_and_names_layer_and_quantity(name, capsys, monkeypatch):
    layer = getattr(scratch_nn, name)
    backward = layer.backward
    monkeypatch.setattr(layer, "backward", lambda self, dLdY: 1.001 * backward(self, dLdY))
    code, out = check(capsys, "--pair", name, "--case", PAIR[name].cases[0].name)
    assert code == 1
    assert f"FAIL {name}" in out
    assert f"{name}-" in out
    assert "training.input_gradient[float64]: worst |ours - torch|" in out


@pytest.mark.parametrize(("name", "key"), [("FullyConnected", "W"), ("Conv2D", "b"), ("BatchNorm", "gamma")])
def test_a_fault_in_a_parameter_gradient_is_named(name, key, capsys, monkeypatch):
    layer = getattr(scratch_nn, name)
    backward = layer.backward

    def halved(self, dLdY):
        dLdX = backward(self, dLdY)
        self.gradients[key] = self.gradients[key] / 2
        return dLdX

    monkeypatch.setattr(layer, "backward", halved)
    code, out = check(capsys, "--pair", name, "--case", PAIR[name].cases[0].name)
    assert code == 1
    assert f"training.gradient.{key}[float64]: worst |ours - torch|" in out
    assert "training.input_gradient[float64]" not in out


def test_a_layer_that_raises_fails_and_the_rest_still_runs(capsys, monkeypatch):
    def broken(self, X, *, training=False):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(scratch_nn.Flatten, "forward", broken)
    code, out = check(capsys, "--pair", "Flatten", "--pair", "Linear")
    assert code == 1
    assert "FAIL Flatten" in out
    assert "ZeroDivisionError: planted" in out
    assert "ok   Linear" in out
    assert "1 of 2 pairs do not agree with PyTorch" in out


def test_a_network_names_the_first_divergent_layer(capsys, monkeypatch):
    backward = scratch_nn.BatchNorm.backward

    def without_mean(self, dLdY):
        self._training = False  # as if the statistics did not depend on X
        return backward(self, dLdY)

    monkeypatch.setattr(scratch_nn.BatchNorm, "backward", without_mean)
    code, out = check(capsys, "--pair", "cifar_cnn", "--case", "digits")
    assert code == 1
    assert "09.BatchNorm.input_gradient" in out


def test_an_unknown_pair_is_exit_code_2_and_the_known_are_listed(capsys):
    assert main(["check", "--pair", "Conv3D"]) == 2
    said = capsys.readouterr().err
    assert "no pair is called Conv3D" in said
    assert "Conv2D" in said


def test_an_unknown_case_is_exit_code_2_and_the_known_are_listed(capsys):
    assert main(["check", "--pair", "Dropout", "--case", "p_2"]) == 2
    assert "no case is called p_2; there are digits, images" in capsys.readouterr().err


def test_the_list_names_every_pair(capsys):
    code, out = check(capsys, "--list")
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == [pair.name for pair in PAIRS]


def test_it_runs_as_a_module():
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "parity_tests", "check", "--pair", "Linear"],
        capture_output=True, text=True, cwd=root, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ok   Linear" in done.stdout
    helped = subprocess.run(
        [sys.executable, "-m", "parity_tests", "check", "--help"], capture_output=True, text=True, cwd=root, check=True
    )
    assert "Exit code: 0 all that is offered agrees" in helped.stdout
