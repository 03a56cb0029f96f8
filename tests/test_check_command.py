"""python -m parity_tests check: what it prints, writes and exits with, and that a planted fault is named."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

import scratch_nn
from parity_tests import check_command
from parity_tests.__main__ import main
from parity_tests.pairs import PAIRS

PAIR = {pair.name: pair for pair in PAIRS}
FAULTS = str(Path(__file__).parent / "browser" / "three_faults.py")
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
    assert " does not agree with PyTorch.\n" in out
    assert "09.BatchNorm.input_gradient" in out


def test_an_unknown_pair_is_exit_code_2_and_the_known_are_listed(capsys):
    assert main(["check", "--pair", "Conv3D"]) == 2
    said = capsys.readouterr().err
    assert "no pair is called Conv3D" in said
    assert "Conv2D" in said


def test_an_unknown_case_is_exit_code_2_and_the_known_are_listed(capsys):
    assert main(["check", "--pair", "Dropout", "--case", "p_2"]) == 2
    assert "no case is called p_2; there are digits, images" in capsys.readouterr().err


def test_files_for_programs_are_written_of_ours_too(capsys, tmp_path):
    found, suites, grades = (tmp_path / name for name in ("found.json", "found.xml", "grades.json"))
    files = ["--json", str(found), "--junit", str(suites), "--gradescope", str(grades)]
    code, out = check(capsys, "--pair", "L2", *files, "--points", "L2=10")
    assert code == 0
    assert [line for line in out.splitlines() if str(tmp_path) in line] == [
        f"json: {found}", f"junit: {suites}", f"gradescope: {grades}"
    ]  # fmt: skip
    said = json.loads(found.read_text())
    assert (said["subject"], said["verdict"], said["counts"]["pairs_agreeing"]) == ("scratch_nn", "agrees", 1)
    assert 'testsuite name="L2"' in suites.read_text()
    (layer,) = json.loads(grades.read_text())["tests"]
    assert layer["score"] == layer["max_score"] == 10


def test_a_fault_of_ours_is_explained_in_the_file(capsys, tmp_path, monkeypatch):
    backward = scratch_nn.Tanh.backward
    monkeypatch.setattr(scratch_nn.Tanh, "backward", lambda self, dLdY: 2 * backward(self, dLdY))
    code, _ = check(capsys, "--pair", "Tanh", "--json", str(tmp_path / "found.json"))
    said = json.loads((tmp_path / "found.json").read_text())
    assert code == said["exit_code"] == 1
    (finding,) = said["findings"]
    assert finding["quantity"] == "input_gradient"
    assert "2" in finding["explanations"][0]["says"]


def options_of_a_module():
    """The options of that group, each with a value that it takes."""
    parser = argparse.ArgumentParser()
    check_command.add_arguments(parser)
    (group,) = (group for group in parser._action_groups if group.title == "of a module that you name")
    values = {"--input-shape": "4", "--time-limit": "10", "--memory-limit": "4096", "--jobs": "2", "--repro": "here"}
    for action in group._group_actions:
        (name,) = action.option_strings
        yield [name] if action.nargs == 0 else [name, values.get(name) or action.choices[0]]


@pytest.mark.parametrize("option", list(options_of_a_module()), ids=lambda option: option[0])
def test_what_only_a_module_can_be_asked_is_refused_before_anything_runs(option, capsys, monkeypatch):
    monkeypatch.setattr(check_command, "own_run", pytest.fail)
    assert main(["check", "--pair", "L2", *option]) == 2
    cure = "leave it out, or name the module: check scratch_nn"
    assert capsys.readouterr().err == (
        f"python -m parity_tests check: {option[0]} is for the check of a module: {cure} {option[0]} ...\n"
    )


@pytest.mark.parametrize("module", [[], [FAULTS]], ids=["ours", "module"])
@pytest.mark.parametrize("option", ["--json", "--picture", "--html", "--repro"])
def test_a_file_that_cannot_be_written_is_exit_code_2(module, option, capsys, tmp_path):
    (tmp_path / "file").touch()
    arguments = [*module, "--pair", "Tanh", option, str(tmp_path / "file" / "found.png")]
    assert main(["check", *arguments]) == 2
    assert capsys.readouterr().err.startswith("python -m parity_tests check: ")


@pytest.mark.parametrize("limit", ["0.5", "0", "-1", "much"])
def test_memory_is_a_whole_number_of_mib(limit, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["check", FAULTS, "--memory-limit", limit])
    assert stop.value.code == 2
    assert f"--memory-limit: expected a whole number of at least 1, got '{limit}'" in capsys.readouterr().err


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


@pytest.mark.parametrize(("dtype", "missing"), [("float32", "float64_error"), ("float64", "float32_multiple")])
def test_a_type_that_was_not_judged_has_no_figure(dtype, missing, tmp_path, capsys):
    path = tmp_path / "results.json"
    check(capsys, FAULTS, "--pair", "ReLU", "--case", "n4_d7", "--dtype", dtype, "--json", str(path))
    (pair,) = json.loads(path.read_text())["pairs"]
    figures = {name: pair[name] for name in ("float64_error", "float32_multiple")}
    assert [name for name, figure in figures.items() if figure is None] == [missing]
