"""What looks like a layer and has a name that is not known is named: nobody takes it for checked."""

import pytest

from parity_tests.__main__ import main
from parity_tests.subjects.stranger.unknown import unknown
from strangers.asking import asked, module_from

FORWARD = "    def forward(self, x):\n        return x\n"


def forward(*names: str) -> str:
    return "".join(f"class {name}:\n{FORWARD}" for name in names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (forward("ELUModule", "ReLU", "MyDense", "Embedding"), ("ELUModule", "Embedding")),
        ("class Swish:\n    def __call__(self, x):\n        return x\n", ("Swish",)),
        ("class Helper:\n    def run(self):\n        pass\n", ()),
        (forward("_Hidden"), ()),
        (forward("Module") + "class Dense(Module): pass\nclass Gate(Module): pass\n", ("Gate",)),
        (forward("Net") + "net = Net()\n", ()),  # a network, which is checked as one
        ("from collections import Counter\nfrom parity_tests.subjects.stranger.chance import Chance\n", ()),
        ("def gelu_forward(x): pass\ndef gelu_backward(d, cache): pass\n", ("gelu_forward",)),
        ("def gelu_forward(x): pass\n", ()),
        ("def affine_forward(x): pass\ndef affine_backward(d): pass\n", ()),
        ("def conv_forward_fast(x): pass\ndef conv_backward_fast(d): pass\n", ()),
        ("def lrn_forward_fast(x): pass\ndef lrn_backward_fast(d): pass\n", ("lrn_forward_fast",)),
        ("class Cosine:\n    def __call__(self, epoch): pass\nclass RMSProp:\n    def step(self): pass\n", ()),
    ],
)  # fmt: skip
def test_what_looks_like_a_layer_and_is_not_known(text, names):
    assert unknown(module_from(text)) == names


def test_a_run_that_recognises_nothing_names_what_is_there(tmp_path, capsys):
    path = tmp_path / "layers.py"
    path.write_text(forward(*(f"Gate{i}" for i in range(10))))
    assert main(["check", str(path), "--pair", "ReLU"]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "Also in the file, under names that are not known here: Gate0, Gate1, " in said
    assert "Gate7, and 2 more." in said


def test_a_run_that_recognises_all_says_nothing_of_it(tmp_path, capsys):
    path = tmp_path / "layers.py"
    path.write_text("import numpy as np\ndef relu(x):\n    return np.where(x <= 0, 0 * x, x)\n")
    main(["check", str(path), "--pair", "ReLU", "--case", "n4_d7"])
    assert "not known" not in capsys.readouterr().out


DENSE = """
class Dense:
    def __init__(self, n_units, schedule):
        pass
"""


def test_what_a_dense_layer_needs_is_not_said_of_initialisers_that_are_not_there():
    found = asked(module_from(DENSE), "FullyConnected", "he_normal")
    of = {result.check.pair.name: result.found.message for result in found.results}
    assert of["he_normal"] == "no function he_normal or kaiming_normal"
    text = DENSE + "def he_normal(shape, rng):\n    return rng.normal(size=shape) * np.sqrt(2 / shape[0])\n"
    reasons = asked(module_from(text), "he_normal").reasons
    assert any(r.startswith("the order of axes of the weights is not told: Dense needs schedule") for r in reasons)
