"""What the README shows is what happens: its Python runs, its table is the command's, its file names exist."""

import re
from pathlib import Path

import numpy as np
import pytest

from parity_tests.checks import checks
from parity_tests.pairs import PAIRS
from parity_tests.report.table import HEAD

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_its_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it saves a file
    (code,) = blocks("python")
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["dLdX"].shape == (8, 28, 28, 1)
    assert (tmp_path / "digits.safetensors").exists()
    assert names["history"][-1]["train_error"] < 0.05
    Y_hat, loss = names["network"].predict(names["X"] / 16, names["Y"])
    assert np.isfinite(loss)
    assert Y_hat.shape == (1797, 10)


def test_its_table_is_the_one_that_check_prints():
    (shown,) = [block for block in blocks("") if HEAD in block]
    by_name = {pair.name: pair for pair in PAIRS}
    rows = [line.split() for line in shown.splitlines() if line.startswith("ok ")]
    assert len(rows) > 10
    for _, name, family, cases, count, error, multiple in rows:
        pair = by_name[name]
        assert (family, int(cases)) == (pair.family, len(pair.cases)), name
        assert int(count) == sum(1 for _ in checks(pair)), f"{name}: print the table anew"
        assert error == "exact" or float(error) <= 1e-10
        assert multiple == "-" or float(multiple) <= 2
    total = sum(1 for pair in PAIRS for _ in checks(pair))
    assert f"All {len(PAIRS)} pairs agree with PyTorch in {total:,} checks." in shown


@pytest.mark.parametrize("name", ["Conv2D-same_3x3-training.input_gradient[float64]"])
def test_the_check_it_quotes_exists(name):
    assert name in README
    assert name in {check.id for pair in PAIRS for check in checks(pair)}
