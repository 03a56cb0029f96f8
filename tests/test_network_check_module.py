"""check_module: the networks of a stranger's file, in a process of their own."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from parity_tests.__main__ import main
from parity_tests.networks import check_module, lines
from parity_tests.subjects.stranger.module import CannotLoad

MINE = """
    import ctypes, os, sys, time
    import numpy as np

    class FullyConnected:
        def __init__(self, n_in, n_out):
            rng = np.random.default_rng(n_in)
            self.parameters = {"W": rng.normal(size=(n_in, n_out)) / n_in**0.5, "b": np.zeros((1, n_out))}
            self.gradients = {}
        def forward(self, X):
            self.X = X
            return X @ self.parameters["W"] + self.parameters["b"]
        def backward(self, dLdY):
            self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0, keepdims=True)}
            return dLdY @ self.parameters["W"].T

    class Tanh:
        def forward(self, X):
            self.Y = np.tanh(X)
            return self.Y
        def backward(self, dLdY):
            return dLdY * (1 - self.Y**2)

    class Broken(Tanh):
        def backward(self, dLdY):
            FAULT

    class Network:
        def __init__(self, *layers):
            self.layers = layers
        def forward(self, X):
            for layer in self.layers:
                X = layer.forward(X)
            return X

    print("this goes nowhere")
    right = Network(FullyConnected(4, 5), Tanh(), FullyConnected(5, 3))

    def make_network():
        return Network(FullyConnected(4, 5), Broken(), FullyConnected(5, 3))
"""


def written(folder, fault):
    file = folder / "mine.py"
    file.write_text(textwrap.dedent(MINE).replace("FAULT", fault), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("return dLdY * (1 - self.Y)", "its input gradient is off by"),
        ("os._exit(3)", "the process ended with 3"),
        ("ctypes.string_at(0)", "the process was killed by SIGSEGV"),
        ("time.sleep(60)", "no answer within 0.5 s"),
        ("sys.exit(0)", "it called sys.exit(0)"),
    ],
)
def test_a_broken_layer_is_named_and_the_others_are_judged(fault, word, tmp_path):
    found = check_module(written(tmp_path, fault), seconds=0.5)
    right, wrong = found.reports
    assert (right.name, wrong.name, found.closed) == ("right", "make_network", {})
    assert right.ok
    assert [row.name for row in wrong.wrong] == ["layers.1"]
    assert word in lines(wrong)[-1]
    assert all(row.own for row in wrong.rows if row.name.startswith("layers"))


def test_a_network_that_cannot_be_opened_says_why(tmp_path):
    file = tmp_path / "nets.py"
    file.write_text(
        "from torch import nn\nnet = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())\n"
        "def network():\n    raise KeyError('planted')\n"
    )
    found = check_module(str(file))
    assert found.reports == []
    assert "--input-shape 28,28,1" in found.closed["net"]
    assert "planted" in found.closed["network"]
    found = check_module(str(file), input_shape=(6, 7, 3))
    assert [report.ok for report in found.reports] == [True]


LIKE_NETWORKS = """
import numpy as np
class Empty:
    def __init__(self): self.layers = []
class Ordered:
    def __init__(self): self.layers = {"one": Empty()}
    def forward(self, X): return X
class Predicts:
    def __init__(self): self.layers = [Empty()]
    def predict(self, X): return X
class Lists:
    def __init__(self): self.weights = [np.ones((2, 3))]
    def feedforward(self, X): return X
class Later:
    def __init__(self): self.layers = []
    def forward(self, X): return X
class TwoLayerNet:
    def loss(self, X): return X
class Dense:
    def __init__(self): self.W = np.ones((2, 2))
    def forward(self, X): return X @ self.W
empty, ordered, predicts, lists, dense = Empty(), Ordered(), Predicts(), Lists(), Dense()
def make_network(width): return None
"""


def test_what_looks_like_a_network_is_named_with_the_reason(tmp_path, capsys):
    file = tmp_path / "nets.py"
    file.write_text(LIKE_NETWORKS, encoding="utf-8")
    why = {
        "empty": "its .layers is empty",
        "ordered": "its .layers is of type dict",
        "predicts": "it has no forward",
        "lists": "it has no .layers",
        "Later": "a class: make an object of it",
        "TwoLayerNet": "it has no .layers",
        "make_network": "it asks for width",
    }
    closed = check_module(str(file)).closed
    assert closed.keys() == why.keys()
    assert all(closed[name].startswith(text) for name, text in why.items())
    assert main(["check", str(file), "--family", "network"]) == 2
    said = capsys.readouterr().out
    assert "predicts: not offered: it has no forward" in said
    assert "nothing in it has a name that is known here" not in said
    assert "nothing could be checked of what it has; the reasons stand above" in said


def test_a_file_that_cannot_be_loaded(tmp_path):
    with pytest.raises(CannotLoad, match="does not exist"):
        check_module(str(tmp_path / "nowhere.py"))


def test_the_script_of_the_page_runs(tmp_path):
    page = (Path(__file__).resolve().parents[1] / "docs" / "networks.md").read_text(encoding="utf-8")
    (script,) = (block for block in page.split("```")[1::2] if "check_module(" in block)
    there = script.replace("path/to/file.py", written(tmp_path, "pass")).replace("(28, 28, 1)", "(4,)")
    (tmp_path / "script.py").write_text(there, encoding="utf-8")
    done = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, text=True, check=True)
    assert "Every layer agrees by itself" in done.stdout
    assert done.stdout.endswith("{}\n")


def test_what_a_layer_raised_is_said_once(tmp_path, capsys):
    file = written(tmp_path, 'raise KeyError("the tape has run out")')
    assert main(["check", file, "--family", "network", "--input-shape", "4"]) == 1
    said = capsys.readouterr().out
    assert said.count("KeyError: 'the tape has run out'") == 1
    assert "its input gradient could not be computed; " in said
    (report,) = [r for r in check_module(file, input_shape=(4,)).reports if not r.ok]
    assert "KeyError" in "\n".join(lines(report))  # where no finding tells it


@pytest.mark.parametrize("fault", ["np.ones(2) @ np.ones(3)", "dLdY *= 2"])
def test_where_a_layer_raised_is_said(tmp_path, fault):
    file = written(tmp_path, fault)
    (report,) = [r for r in check_module(file, input_shape=(4,)).reports if not r.ok]
    line = Path(file).read_text(encoding="utf-8").splitlines().index(f"        {fault}") + 1
    assert f"in backward, line {line} of mine.py" in "\n".join(lines(report))
