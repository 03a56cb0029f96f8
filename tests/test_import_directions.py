"""The import directions hold, and the rules that say so find a planted violation of each kind."""

import subprocess
import sys
from pathlib import Path

import pytest

import import_rules
from import_rules import EXCEPTIONS, LEVELS, THIRD_PARTY, violations

ROOT = Path(__file__).resolve().parents[1]

# A small tree that keeps every rule; each planted line below is added to it alone.
CLEAN = {
    "scratch_nn/__init__.py": "from scratch_nn.conv import Conv2D as Conv2D\n",
    "scratch_nn/layer.py": "from typing import TYPE_CHECKING\nimport numpy as np\n",
    "scratch_nn/conv.py": "from .layer import Layer\nfrom scratch_nn import activations\n",
    "scratch_nn/activations.py": "import scratch_nn.layer\n",
    "scratch_nn/pool.py": "import numpy as np\n",
    "scratch_nn/weights.py": "from scratch_nn.layer import Layer\n",
    "scratch_nn/network.py": "from scratch_nn import conv, layer\n",
    "scratch_nn/datasets.py": "from sklearn.datasets import load_iris\n",
    "torch_models/__init__.py": "import torch\n",
    "parity_tests/__init__.py": "from .compare import compare\n",
    "parity_tests/compare.py": "import numpy as np\n",
    "parity_tests/in_pytest.py": "import pytest\n",
    "parity_tests/subjects.py": "import torch\nimport scratch_nn\n",
    "parity_tests/pairs/__init__.py": "",
    "parity_tests/pairs/conv.py": "def twin():\n    import torch\n",
    "parity_tests/test_layers.py": "import pytest\nimport torch\nimport scratch_nn\n",
    "scripts/demo.py": "import torch_models\nimport parity_tests\n",
}

PLANTED = [
    # a package that may not be used, however it is written
    ("scratch_nn/conv.py", "import torch.nn as nn", "torch.nn: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "from torch import nn", "torch: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "import torchvision", "torchvision: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "import scipy.signal", "scipy.signal: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "from sklearn import datasets", "sklearn: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "if TYPE_CHECKING: import torch", "torch: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "def f(): import torch", "torch: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "importlib.import_module('torch')", "torch: scratch_nn is NumPy only"),
    ("scratch_nn/conv.py", "import torch_models", "torch_models.__init__: scratch_nn may use only scratch_nn"),
    ("scratch_nn/conv.py", "from ..parity_tests import compare", "parity_tests.compare: scratch_nn may use only"),
    ("torch_models/__init__.py", "import scratch_nn.conv", "scratch_nn.conv: torch_models may use only torch_models"),
    (
        "torch_models/__init__.py",
        "from parity_tests.compare import x",
        "parity_tests.compare: torch_models may use only",
    ),
    ("parity_tests/compare.py", "from scripts import demo", "scripts.demo: parity_tests may use only"),
    ("scripts/demo.py", "import tests.import_rules", "tests.import_rules: nothing imports the tests"),
    # levels and cycles inside scratch_nn
    ("scratch_nn/layer.py", "from . import pool", "scratch_nn.pool: level 0 may not import level 1"),
    ("scratch_nn/pool.py", "from scratch_nn.network import NN", "scratch_nn.network: level 1 may not import level 2"),
    (
        "scratch_nn/pool.py",
        "if TYPE_CHECKING: from . import network",
        "scratch_nn.network: level 1 may not import level 2",
    ),
    ("scratch_nn/weights.py", "def f(): from . import network", "scratch_nn.network: level 1 may not import level 2"),
    ("scratch_nn/network.py", "def f(): from . import datasets", "scratch_nn.datasets: level 2 may not import level 3"),
    ("scratch_nn/network.py", "from scratch_nn import Conv2D", "scratch_nn.__init__: level 2 may not import level 4"),
    ("scratch_nn/activations.py", "def f(): from scratch_nn import conv", "scratch_nn.conv -> scratch_nn.activations"),
    ("parity_tests/compare.py", "import parity_tests", "parity_tests.compare -> parity_tests.__init__"),
    # the library half of the harness
    ("parity_tests/compare.py", "import scratch_nn", "scratch_nn.__init__: the library half of parity_tests knows"),
    ("parity_tests/compare.py", "def f(): import torch", "torch: the library half of parity_tests knows neither"),
    ("parity_tests/compare.py", "from pytest import approx", "pytest: the library half of parity_tests knows neither"),
    (
        "parity_tests/pairs/conv.py",
        "from scratch_nn import Conv2D",
        "scratch_nn.__init__: in parity_tests/pairs/* only inside",
    ),
    ("parity_tests/pairs/conv.py", "import torch", "torch: in parity_tests/pairs/* only inside a function"),
    ("parity_tests/pairs/conv.py", "import pytest", "pytest: not in parity_tests/pairs/*"),
    ("parity_tests/in_pytest.py", "import torch", "torch: not in parity_tests/in_pytest.py"),
]


def write_tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_imports_run_one_way():
    assert violations(ROOT) == []


def test_a_clean_tree_has_no_violation(tmp_path):
    write_tree(tmp_path, CLEAN)
    assert violations(tmp_path) == []


@pytest.mark.parametrize(("path", "line", "message"), PLANTED, ids=lambda value: value.replace(" ", "_"))
def test_a_planted_import_is_found_and_named(tmp_path, path, line, message):
    write_tree(tmp_path, {**CLEAN, path: f"{CLEAN[path]}{line}\n"})
    number = CLEAN[path].count("\n") + 1
    (found,) = violations(tmp_path)
    if "->" in message:  # a cycle is reported at one of its lines, and in full
        assert "closes the cycle" in found
        assert message in found
    else:
        assert found.startswith(f"{path}:{number}: imports {message}")


def test_a_module_without_a_level_is_told_where_to_get_one(tmp_path):
    write_tree(tmp_path, {**CLEAN, "scratch_nn/attention.py": "import numpy as np\n"})
    (found,) = violations(tmp_path)
    assert found.startswith("scratch_nn/attention.py:1: ")
    assert '"attention": LEVEL,' in found


@pytest.mark.parametrize("module", LEVELS)
def test_every_module_with_a_level_exists(module):
    path = ROOT / "scratch_nn" / f"{module.replace('.', '/')}.py"
    assert path.is_file(), f"delete the line of {module!r} from LEVELS in tests/import_rules.py"


TABLES = {"EXCEPTIONS": EXCEPTIONS, "THIRD_PARTY": THIRD_PARTY}


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in TABLES.items() for key in keys])
def test_every_exception_is_needed(monkeypatch, table, key):
    before = violations(ROOT)
    monkeypatch.delitem(getattr(import_rules, table), key)
    assert violations(ROOT) != before, (
        f"nothing needs {key!r} any more: delete its line from {table} in tests/import_rules.py"
    )


@pytest.mark.parametrize("package", ["parity_tests", "scratch_nn"])
def test_importing_the_package_loads_no_torch(package):
    script = f"import sys, {package}; print([name for name in sys.modules if name.startswith('torch')])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "[]", "")
