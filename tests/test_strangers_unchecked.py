"""Of two classes or functions for one operation one is checked; the other is named, and not all is said to agree."""

import json

import pytest

from parity_tests.__main__ import main
from parity_tests.subjects.stranger.unchecked import unchecked
from small_reports import PAIR
from strangers.asking import module_from


def functions(*names: str) -> str:
    return "".join(f"def {name}(x): pass\n" for name in names)


@pytest.mark.parametrize(
    ("pair", "text", "names"),
    [
        ("ReLU", "class ReLU: pass\nclass Relu: pass\n", ("Relu",)),
        ("ReLU", "class ReLU: pass\nRelu = ReLU\n", ()),  # two names of one thing
        ("FullyConnected",
         "class Affine: pass\n" + functions("affine_forward", "affine_backward", "affine_relu_forward"),
         ("affine_forward", "affine_backward")),
        ("ReLU", functions("relu_forward", "relu_backward", "relu_forward_fast"), ("relu_forward_fast",)),
        ("Pool2D", functions("max_pool_forward_naive", "max_pool_backward_naive", "max_pool_forward_fast"),
         ("max_pool_forward_fast",)),
        ("Pool2D", "class MaxPool2D: pass\nclass AvgPool2D: pass\n", ()),  # each for a mode of its own
        ("BatchNorm", functions("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt"),
         ("batchnorm_backward_alt",)),
        ("BatchNorm", functions("batchnorm_forward", "batchnorm_backward", "spatial_batchnorm_forward"), ()),
        ("Step", "class Step: pass\nclass StepLR: pass\n", ("StepLR",)),
        ("he_normal", functions("he_normal", "kaiming_normal"), ("kaiming_normal",)),
        ("Tanh", "", ()),
        ("Conv2D", "class Conv2D:\n    def __init__(self, n_in, n_out, kernel, dilation=1, bias=True): pass\n",
         ("Conv2D(dilation=)", "Conv2D(bias=)")),
        ("FullyConnected", "class Linear:\n    def __init__(self, weight, bias=None): pass\n", ()),  # the array itself
    ],
)  # fmt: skip
def test_what_is_not_checked_is_named(pair, text, names):
    assert unchecked(module_from(text), PAIR[pair]) == names


def test_an_argument_that_no_case_asks_for_is_told(tmp_path, capsys):
    (tmp_path / "layers.py").write_text(
        "import numpy as np\n"
        "class Dense:\n"
        "    def __init__(self, n_in, n_out, use_bias=True):\n"
        "        self.parameters = {'W': np.zeros((n_in, n_out)), 'b': np.zeros((1, n_out))}\n"
        "    def forward(self, x):\n        return x @ self.parameters['W'] + self.parameters['b']\n"
    )
    assert main(["check", str(tmp_path / "layers.py"), "--case", "n4_d7_m5"]) == 0
    said = capsys.readouterr().out
    assert "Also there, not checked:\n  FullyConnected: Dense(use_bias=)\n\n" in said
    assert "More is there." in said


def test_it_is_told_in_every_form(tmp_path, capsys):
    path, files = tmp_path / "layers.py", {name: tmp_path / f"found.{name}" for name in ("json", "html", "gradescope")}
    path.write_text(
        "import numpy as np\n"
        "class ReLU:\n"
        "    def forward(self, x):\n        self.on = ~(x <= 0)\n        return np.maximum(x, 0)\n"
        "    def backward(self, dout):\n        return np.where(self.on, dout, 0)\n" + functions("relu_forward_fast")
    )
    options = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    assert main(["check", str(path), "--pair", "ReLU", "--case", "n4_d7", *options]) == 0
    said = capsys.readouterr().out
    assert "Also there, not checked:\n  ReLU: relu_forward_fast\n" in said
    assert "To have relu_forward_fast checked, import it into a file of its own." in said
    assert "All that" not in said
    assert f"What was checked of {path} agrees with PyTorch" in said
    assert json.loads(files["json"].read_text())["pairs"][0]["not_checked"] == ["relu_forward_fast"]
    assert "Also there, not checked: relu_forward_fast." in files["html"].read_text()
    assert "All of it agrees" not in files["html"].read_text()
    assert "Also there, not checked: relu_forward_fast." in files["gradescope"].read_text()
