"""A network's broken layer as a script; names of files; and what is written where nothing can be shown."""

import textwrap
from types import SimpleNamespace

import pytest

from parity_tests.findings import Failure, Finding
from parity_tests.networks import check_module
from parity_tests.report import repro
from parity_tests.sandbox import Limits
from parity_tests.sandbox_child import Setup
from parity_tests.stranger_report import checked
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench
from reproduced import assert_self_contained, run

NETS = """
import numpy as np


class FullyConnected:
    def __init__(self, n_in, n_out):
        W = np.random.default_rng(n_in).normal(size=(n_in, n_out))
        self.parameters, self.gradients = {"W": W, "b": np.zeros(n_out)}, {}

    def forward(self, X):
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dLdY):
        self.gradients = {"W": self.X.T @ dLdY, "b": dLdY.sum(axis=0)}
        return dLdY @ self.parameters["W"].T


class ReLU:
    def forward(self, X):
        self.on = X > 0
        return np.where(self.on, X, 0)

    def backward(self, dLdY):
        return np.where(self.on, dLdY, 0)


class Network:
    def __init__(self):
        self.layers = [FullyConnected(7, 5), ReLU(), FullyConnected(5, 4)]

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X


network = Network()


def make_network():
    return Network()
"""
FAULTS = {
    "weight": ("self.X.T @ dLdY", "2 * self.X.T @ dLdY", "layers.2"),
    "gradient": ('"b": dLdY.sum(axis=0)', '"b": dLdY.mean(axis=0)', "layers.2"),
    "input_gradient": ('return dLdY @ self.parameters["W"].T', 'return 2 * dLdY @ self.parameters["W"].T', "layers.2"),
    "output": ("return np.where(self.on, X, 0)", "return np.where(self.on, X, 0.1)", "layers.1"),
    "exception": ("self.on = X > 0", "self.on = X[:, 99] > 0", "layers.1"),
}


@pytest.mark.parametrize(("fault", "where"), [*((fault, "parameters") for fault in FAULTS), ("weight", "params")])
def test_the_broken_layer_of_a_network_is_taken_out(fault, where, tmp_path):
    old, new, name = FAULTS[fault]
    module = tmp_path / "nets.py"
    module.write_text(NETS.replace(old, new).replace("parameters", where))
    setup, bench = Setup(str(module), mebibytes=2048), Workbench(torch_side, torch_side)
    networks = check_module(str(module)).reports
    found = checked(setup, [], Limits(5.0, jobs=1), bench, networks=networks).report
    paths = repro.save(found, repro.texts(found, setup), tmp_path / "repro")
    assert len(paths) == len(found.findings) >= 2
    path = next(path for path in paths if path.stem.startswith(f"network_{name.replace('.', '_')}"))
    failing = run(path)
    assert_self_contained(failing.text, "nets")
    assert f"nets.network.{name.replace('.', '[')}]" in failing.text
    assert failing.code == 1, failing.text + failing.said
    assert ("IndexError" if fault == "exception" else "AssertionError: ") in failing.said
    module.write_text(NETS.replace("parameters", where))
    mended = run(path)
    assert mended.code == 0, mended.text + mended.said


def finding(pair: str, **more) -> Finding:
    failure = Failure(f"{pair}-c-output[float64]", "c", "training.output", "float64", "worst 1", **more)
    return Finding(pair, "layer", 1, (failure,))


def test_names_of_files_are_safe_and_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(repro, "text", lambda finding, setup: "pass\n")
    names = ("Conv2D", "conv2d", "net layers.3 Conv2D", "../../etc/x", "net/layers:3 Conv2D", "...")
    found = SimpleNamespace(findings=tuple(map(finding, names)))
    paths = repro.save(found, repro.texts(found, Setup("layers.py")), tmp_path / "new" / "repro")
    assert [path.name for path in paths] == ["Conv2D.py", "conv2d_2.py", "net_layers_3_Conv2D.py", "etc_x.py",
                                             "net_layers_3_Conv2D_2.py", "finding.py"]  # fmt: skip
    assert all(path.parent == tmp_path / "new" / "repro" for path in paths)


def test_where_nothing_can_be_shown_the_script_says_what_to_run(tmp_path):
    module = tmp_path / "layers.py"
    module.write_text(textwrap.dedent("class ReLU:\n    pass\n"))
    text = repro.text(finding("ReLU"), Setup(str(module)))
    path = tmp_path / "script.py"
    path.write_text(text)
    ran = run(path)
    assert ran.code == 1
    assert "worst 1" in ran.said
    assert f"python -m parity_tests check {module} --pair ReLU --case c" in text
