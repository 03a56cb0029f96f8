"""docs/strangers.md: its files are written and run, its names are known, its options exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from parity_tests.subjects.stranger.names import CLASSES, POOL_MODES, plain
from parity_tests.subjects.stranger.options import CHOICES
from strangers.asking import asked

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "strangers.md").read_text(encoding="utf-8")


@pytest.fixture
def files(tmp_path):
    """The page's files, by name."""
    for name, text in re.findall(r"```python (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"layers.py", "test_mine.py"}
    return tmp_path


def test_its_affine_agrees_and_its_relu_does_not(files):
    found = asked(files / "layers.py")
    assert found.offered == {"FullyConnected", "ReLU"}
    assert set(found.wrong) == {"ReLU"}
    assert "input_gradient" in found.wrong["ReLU"][0]


def test_its_adapter_passes_under_pytest(files):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    done = subprocess.run(command, cwd=files, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    passed, skipped = (int(re.search(rf"(\d+) {word}", done.stdout)[1]) for word in ("passed", "skipped"))
    assert passed > 200
    assert skipped > 0


def environment():
    import os

    return os.environ | {"PYTHONPATH": str(ROOT)}


def test_the_names_of_its_table_are_known():
    table = [line for line in PAGE.splitlines() if line.startswith("| ")]
    known = {plain(name) for names in (*CLASSES.values(), *POOL_MODES.values()) for name in names}
    rows = [line for line in table if line.startswith(("| layers", "| activations", "| optimisers"))]
    names = {name for row in rows for quoted in re.findall(r"`([^`]+)`", row) for name in quoted.split()}
    unknown = {name for name in names if plain(name) not in known} - {"Momentum"}
    assert len(names) > 25
    assert unknown == set()


def test_its_options_are_those_of_the_command():
    told = dict(re.findall(r"`--([\w-]+) ([\w|-]+)`", PAGE))
    assert {name.replace("-", "_"): tuple(values.split("|")) for name, values in told.items()} == CHOICES


def test_it_is_one_page():
    assert len(PAGE.splitlines()) <= 130
