"""python -m parity_tests mutate: what it prints, and what it exits with."""

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from parity_tests import mutate, pairs
from parity_tests.mutants import MUTANTS, mutants_of

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
TANH = BY_NAME["tanh_of_half_x"]
HARMLESS = replace(TANH, name="tanh_times_one", new="1 * np.tanh(X)", says="it is multiplied by 1")


def run(capsys, *arguments: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    mutate.add_arguments(parser)
    code = mutate.command(parser.parse_args(arguments))
    said = capsys.readouterr()
    assert code == 2 or said.err == "", "a bar where stderr is no terminal"
    return code, said.out + said.err


def test_every_fault_of_a_pair_is_killed_and_the_killer_named(capsys):
    code, out = run(capsys, "--pair", "Tanh")
    assert code == 0
    for mutant in mutants_of("Tanh"):
        row = next(row for row in out.splitlines() if row.startswith(mutant.name))
        assert row.split()[1:2] == ["Tanh"]
        assert row.split()[2].startswith("Tanh-")
    assert "layer               6      6" in out
    assert "6 of 6 faults are noticed" in out


def test_families_are_counted_one_by_one(capsys):
    code, out = run(capsys, "--family", "loss", "--family", "schedule")
    assert code == 0
    for family in ("loss", "schedule"):
        faults = sum(pairs.BY_NAME[mutant.pair].family == family for mutant in MUTANTS)
        assert f"{family:<14} {faults:>6} {faults:>6}" in out


def test_a_survivor_exits_1_and_is_named_loudly(capsys, monkeypatch):
    monkeypatch.setattr(mutate, "MUTANTS", (TANH, HARMLESS))
    code, out = run(capsys)
    assert code == 1
    assert "SURVIVED: tanh_times_one (Tanh): it is multiplied by 1. No check notices it." in out
    assert "1 of 2 faults are noticed" in out


def test_an_equivalent_one_is_listed_with_its_proof(capsys, monkeypatch):
    proved = replace(HARMLESS, quantities=(), equivalent="One times a number is that number.")
    monkeypatch.setattr(mutate, "MUTANTS", (TANH, proved))
    code, out = run(capsys)
    assert code == 0
    assert "equivalent: tanh_times_one. One times a number is that number." in out
    assert "1 of 1 faults are noticed" in out


def test_a_false_proof_exits_1(capsys, monkeypatch):
    monkeypatch.setattr(mutate, "MUTANTS", (replace(TANH, equivalent="Half of x is as good as x."),))
    code, out = run(capsys)
    assert code == 1
    assert "NOT EQUIVALENT: tanh_of_half_x is noticed. Tanh-" in out


def test_a_mutant_that_raises_is_killed(capsys, monkeypatch):
    monkeypatch.setattr(mutate, "MUTANTS", (replace(TANH, name="raises", new="np.tanh(Z)"),))
    code, out = run(capsys)
    assert code == 0
    assert "raises" in out


def test_the_list_runs_nothing_and_show_adds_both_lines(capsys, monkeypatch):
    monkeypatch.setattr(mutate, "kill_all", None)
    code, out = run(capsys, "--list")
    assert code == 0
    assert len(out.splitlines()) == len(MUTANTS)
    code, out = run(capsys, "--list", "--show", "--mutant", "relu_gradient_one_at_zero")
    assert code == 0
    first, place, before, after, rule = out.splitlines()
    assert first.split()[:2] == ["relu_gradient_one_at_zero", "ReLU"]
    assert first.endswith("the gradient at exactly 0 is 1")
    assert place.strip().startswith("scratch_nn/activations.py:")
    assert before.strip().startswith("- self._on[some] = ~(X <= 0)")
    assert after.strip().startswith("+ self._on[some] = ~(X < 0)")
    assert rule.strip() == "PyTorch's relu'(0) is 0, at -0.0 as well."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mutant", "relu"), "no mutant is called relu; there are dense_bias_forgotten, "),
        (("--pair", "zeros"), "no pair with mutants is called zeros; there are FullyConnected, Conv2D, "),
    ],
)
def test_an_unknown_name_exits_2_and_lists_the_known(arguments, said, capsys):
    code, out = run(capsys, *arguments)
    assert code == 2
    assert said in out


def test_an_unknown_family_exits_2(capsys):
    with pytest.raises(SystemExit) as stopped:
        run(capsys, "--family", "layers")
    assert stopped.value.code == 2


def test_the_help_teaches_by_examples(capsys):
    with pytest.raises(SystemExit):
        run(capsys, "--help")
    out = capsys.readouterr().out
    assert "Exit code: 0 every fault is noticed" in out
    assert "python -m parity_tests mutate --pair Conv2D" in out


def test_importing_the_bank_loads_neither_library():
    program = "import sys, parity_tests.mutate; sys.exit(bool({'torch', 'scratch_nn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], check=False).returncode == 0
