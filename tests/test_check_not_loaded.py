"""check of a module that is there and cannot be loaded: every file says so, and no grade of an earlier run survives."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import small_schema
from parity_tests import module_process
from parity_tests.__main__ import main

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "results.schema.json").read_text())
BROKEN = {
    "syntax": ("import numpy\n\ndef broken(:\n", "line 3: SyntaxError"),
    "os_exit": ("import os\nos._exit(0)\n", "it ended its process with code 0 at line 2 of layers.py"),
    "sys_exit": ("import sys\n\nsys.exit()\n", "layers.py:3: SystemExit"),
    "input": ("name = input('your name? ')\n", "layers.py:1: EOFError"),
    "replaces": ("import numpy as np\nnp.abs = np.exp\n", "it replaces numpy.abs, for everybody else too"),
    "in_numpy": ("import numpy\nnumpy.loadtxt('iris.csv')\n", "layers.py:2: FileNotFoundError: iris.csv not found."),
    "in_python": ("import json\n\njson.loads('{')\n", "layers.py:3: JSONDecodeError: Expecting property name"),
    "unknown_import": ("import no_such_thing\n", "No module named 'no_such_thing'"),
    "endless": ("x = 1\nwhile True:\n    x = -x\n", "it takes over 2 s at line"),
    "crash": ("import os\nos.abort()\n", "it was killed by SIGABRT at line 2 of layers.py"),
}


@pytest.fixture
def files(tmp_path):
    """Where results go; there are some already, of a run in which everything was right."""
    found = {name: tmp_path / f"results.{name}" for name in ("json", "junit", "gradescope", "html")}
    for path in found.values():
        path.write_text('{"score": 1}')
    return found


def check(path: Path, files: dict[str, Path], *more: str) -> int:
    options = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    return main(["check", str(path), *options, *more])


@pytest.mark.parametrize("kind", BROKEN)
def test_every_file_says_that_it_cannot_be_loaded(kind, tmp_path, files, capsys, monkeypatch):
    if kind == "endless":
        monkeypatch.setattr(module_process, "LOADING", 2.0)
    (text, why), path = BROKEN[kind], tmp_path / "layers.py"
    path.write_text(text)
    assert check(path, files, "--pair", "ReLU", "--pair", "Tanh", "--points", "ReLU=5", "--points", "Tanh=5") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"python -m parity_tests check: {path} cannot be loaded: ")
    assert why in line

    said = json.loads(files["json"].read_text())
    assert list(small_schema.errors(said, SCHEMA, SCHEMA)) == []
    assert (said["verdict"], said["exit_code"]) == ("nothing asked", 2)
    assert why in said["cannot_load"]
    assert [(pair["pair"], pair["status"]) for pair in said["pairs"]] == [
        ("ReLU", "not offered"),
        ("Tanh", "not offered"),
    ]
    grade = json.loads(files["gradescope"].read_text())
    assert why in grade["output"]
    assert [(test["score"], test["max_score"], test["status"]) for test in grade["tests"]] == [(0, 5, "failed")] * 2
    root = ElementTree.parse(files["junit"]).getroot()
    assert (root.get("tests"), root.get("errors"), root.get("skipped")) == ("2", "2", "0")
    assert all(why in error.get("message") for error in root.iter("error"))
    assert "Nothing could be asked" in files["html"].read_text()


@pytest.mark.parametrize("kind", ["os_exit", "endless"])
def test_the_networks_of_a_module_are_asked_for_first_and_the_file_is_named_all_the_same(
    kind, tmp_path, files, capsys, monkeypatch
):
    if kind == "endless":
        monkeypatch.setattr(module_process, "LOADING", 2.0)
    path = tmp_path / "layers.py"
    path.write_text(BROKEN[kind][0])
    points = ["--points", "net layers.0=3", "--points", "ReLU=1"]  # nobody knows yet whether there is such a network
    assert check(path, files, *points) == 2
    assert BROKEN[kind][1] in capsys.readouterr().err
    tests = json.loads(files["gradescope"].read_text())["tests"]
    assert {test["name"]: test["score"] for test in tests} == {"net layers.0 (network)": 0, "ReLU (layer)": 0}


@pytest.mark.parametrize(
    ("place", "why"), [("nowhere/layers.py", "Is the path right?"), ("no_such_package.layers", "which is neither")]
)
def test_no_file_is_written_where_there_is_no_module(place, why, files, capsys):
    assert check(Path(place), files, "--pair", "ReLU") == 2
    assert why in capsys.readouterr().err
    assert {path.read_text() for path in files.values()} == {'{"score": 1}'}


def test_a_folder_that_is_no_package_says_which_file_to_name(tmp_path, capsys):
    (tmp_path / "conv.py").write_text("x = 1\n")
    assert main(["check", str(tmp_path), "--pair", "ReLU"]) == 2
    said = capsys.readouterr().err
    assert f"got {tmp_path}, a folder without __init__.py. Name a file in it, such as {tmp_path / 'conv.py'}" in said


@pytest.mark.parametrize("reads", ["np.loadtxt('weights.txt')", "open('weights.txt')"])
def test_a_file_that_lies_beside_the_module_and_is_looked_for_elsewhere(reads, tmp_path, capsys):
    (tmp_path / "weights.txt").write_text("1.0")
    (tmp_path / "layers.py").write_text(f"import numpy as np\n{reads}\n")
    assert main(["check", str(tmp_path / "layers.py"), "--pair", "ReLU"]) == 2
    assert "it lies beside the module: open Path(__file__).parent / 'weights.txt'" in capsys.readouterr().err


def test_a_module_of_its_own_that_it_imports_is_named(tmp_path, capsys):
    (tmp_path / "helper.py").write_text("\nx = 1 / 0\n")
    (tmp_path / "layers.py").write_text("import helper\n")
    assert main(["check", str(tmp_path / "layers.py"), "--pair", "ReLU"]) == 2
    assert "helper.py:2: ZeroDivisionError" in capsys.readouterr().err
