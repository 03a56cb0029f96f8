"""A module of a ReLU and a Tanh, with more in the ReLU's methods, checked in the sandbox."""

import textwrap

from parity_tests import stranger_report
from parity_tests.pairs import selected
from parity_tests.sandbox import Limits
from parity_tests.sandbox_child import Setup
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

RIGHT = """
    class {name}:
        def forward(self, x):
            {forward}
            self.on = ~(x <= 0)
            return np.maximum(x, 0)

        def backward(self, dout):
            {backward}
            return np.where(self.on, dout, 0)
"""
TANH = """
    class Tanh:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y

        def backward(self, dout):
            return dout * (1 - self.y * self.y)
"""
ONE_ROW = """
    def x_is_one_row(x):
        return x.shape == (1, 6)
"""
HEAD = "import ctypes, os, random, sys\nimport numpy as np\n"


def module(tmp_path, *, forward="pass", backward="pass", more=""):
    relu = textwrap.dedent(RIGHT).format(name="ReLU", forward=forward, backward=backward)
    path = tmp_path / "layers.py"
    path.write_text(HEAD + relu + textwrap.dedent(TANH) + textwrap.dedent(more))
    return str(path)


def checked(place, *pairs, seconds=3.0, mebibytes=1024, case=None):
    setup = Setup(place, mebibytes=mebibytes)
    reference = Workbench(torch_side, torch_side)
    pairs = selected(pairs or ("ReLU", "Tanh"), None)
    return stranger_report.checked(setup, pairs, Limits(seconds, jobs=1), reference, case=case).report


def only_finding(found):
    """The one finding; the layer beside it was asked all the same, and agrees."""
    (finding,) = found.findings
    assert finding.pair == "ReLU"
    tanh = next(summary for summary in found.summaries if summary.pair.name == "Tanh")
    assert tanh.checks > 100
    assert tanh.failures == []
    return finding
