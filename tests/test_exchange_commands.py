"""The commands export and compare: what they print and what they exit with."""

import argparse
import errno
from pathlib import Path

import pytest

import scratch_nn
from parity_tests.exchange import write_traces
from parity_tests.exchange.commands import add_compare_arguments, add_export_arguments, compare_command, export_command
from parity_tests.exchange.files import read_arrays, write_arrays
from parity_tests.subjects.scratch import ScratchSide


def export(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_export_arguments(parser)
    return export_command(parser.parse_args(arguments))


def compare(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_compare_arguments(parser)
    return compare_command(parser.parse_args(list(map(str, arguments))))


@pytest.fixture
def exchanged(tmp_path, capsys):
    assert export(str(tmp_path / "e"), "--pair", "Step", "--pair", "Constant") == 0
    out, err = capsys.readouterr()
    assert "7 cases of 2 pairs" in out
    assert err == "", "a bar where stderr is no terminal"
    write_traces(ScratchSide(scratch_nn), tmp_path / "e", tmp_path / "t")
    return tmp_path / "e", tmp_path / "t"


def test_agreement_is_exit_code_0(exchanged, capsys):
    assert compare(*exchanged) == 0
    out, err = capsys.readouterr()
    assert ("agrees with PyTorch in" in out, err) == (True, "")


def test_a_difference_is_exit_code_1_and_named(exchanged, capsys):
    path = exchanged[1] / "Step" / "every_7.float64.safetensors"
    arrays = read_arrays(path)
    write_arrays(path, {**arrays, "rates": 2 * arrays["rates"]})
    assert compare(*exchanged) == 1
    out = capsys.readouterr().out
    assert "FAIL Step" in out
    assert "Step: rates fails." in out
    assert "worst |ours - torch|" in out
    assert "ok   Constant" in out


def test_a_pair_without_traces_is_told(exchanged, capsys):
    for path in (exchanged[1] / "Step").iterdir():
        path.unlink()
    assert compare(*exchanged) == 0
    out = capsys.readouterr().out
    assert "All that is offered" in out
    assert "Step" in out[out.index("Not offered") :]


def test_wrong_commands_are_exit_code_2(exchanged, tmp_path, capsys):
    assert compare(exchanged[1], exchanged[1]) == 2
    assert "found no manifest.json" in capsys.readouterr().err
    assert compare(exchanged[0], tmp_path / "nowhere") == 2
    assert "expected a directory of traces" in capsys.readouterr().err
    assert export(str(exchanged[0]), "--pair", "Step") == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert export(str(tmp_path / "new"), "--pair", "Stepp") == 2
    assert "no pair is called Stepp. Did you mean Step" in capsys.readouterr().err
    assert export(str(tmp_path / "new"), "--pair", "Relu") == 2
    assert "no pair is called Relu. Did you mean ReLU? There are" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert export(str(exchanged[0]), "--pair", "Step", "--format", "npz", "--force") == 0


def test_the_folder_of_one_pair_is_told_from_the_directory_of_all(exchanged, capsys):
    directory, traces = exchanged
    assert compare(directory, traces / "Step") == 2
    said = capsys.readouterr().err
    assert "is the folder of Step, with beyond_the_end.float64.safetensors in it" in said
    assert said.endswith(f"Give {traces.resolve()}\n")


@pytest.mark.parametrize(
    ("writer", "file"), [("write_bytes", "Step/every_30.float64.batch.safetensors"), ("write_text", "")]
)
def test_a_full_disk_is_named(writer, file, tmp_path, capsys, monkeypatch):
    def full(path, content, **how):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, writer, full)
    assert export(str(tmp_path / "e"), "--pair", "Step") == 2
    assert capsys.readouterr().err.endswith(f"No space left on device: '{tmp_path / 'e' / file}'\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("add", [add_export_arguments, add_compare_arguments])
def test_the_help_teaches(add):
    parser = argparse.ArgumentParser()
    add(parser)
    assert "examples:" in parser.format_help()
    assert "Exit code:" in parser.format_help()
