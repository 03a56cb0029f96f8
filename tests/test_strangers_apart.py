"""Two things that stand for one pair, each in cases of its own: what is right says nothing of what is wrong, and two
mistakes are told one by one."""

import json
from pathlib import Path

import pytest

from parity_tests.__main__ import main
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.stranger.unchecked import standing
from strangers.asking import changed, module_from

LAYERS = (Path(__file__).parent / "strangers" / "channels_first.py").read_text(encoding="utf-8")
ASSIGNED = ("np.add.at(grad, (n, c, rows, columns), grad_output)", "grad[n, c, rows, columns] += grad_output")
NOT_DIVIDED = ("grad_output[:, :, i, j, None, None] / (kh * kw)", "grad_output[:, :, i, j, None, None]")
LAST_WINS = "a pixel that wins in several windows keeps the last one's gradient, where all must be added"
UNDIVIDED = "the average's gradient is not divided by the window"
POOL, NORM, DENSE = (BY_NAME[name] for name in ("Pool2D", "BatchNorm", "FullyConnected"))


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ([ASSIGNED], [LAST_WINS]),
        ([ASSIGNED, NOT_DIVIDED], [f"{LAST_WINS}, in MaxPool2d", f"{UNDIVIDED}, in AvgPool2d"]),
    ],
)
def test_each_is_explained_by_itself(tmp_path, capsys, changes, causes):
    layers, found = tmp_path / "layers.py", tmp_path / "found.json"
    layers.write_text(changed(LAYERS, *changes))
    options = ["--pair", "Pool2D", "--dtype", "float64", "--jobs", "1", "--json", str(found)]
    assert main(["check", str(layers), *options]) == 1
    (finding,) = json.loads(found.read_text())["findings"]
    assert [explanation["says"] for explanation in finding["explanations"]] == causes
    assert all(cause in " ".join(capsys.readouterr().out.split()) for cause in causes[:1])


@pytest.mark.parametrize(
    ("text", "pair", "names"),
    [
        ("class MaxPool2d: pass\nclass AvgPool2d: pass", POOL, {"MaxPool2d", "AvgPool2d"}),
        ("class MaxPool2d: pass", POOL, set()),
        ("class Pool2D: pass", POOL, set()),
        ("class BatchNorm1d: pass\nclass BatchNorm2d: pass", NORM, {"BatchNorm1d", "BatchNorm2d"}),
        ("def max_pool_forward(x): pass\nclass AvgPool2D: pass", POOL, {"max_pool_forward", "AvgPool2D"}),
        ("class Dense: pass\nclass Linear: pass", DENSE, set()),
        ("", POOL, set()),
    ],
)
def test_what_stands_for_a_case_is_named_where_it_is_not_one_thing(text, pair, names):
    found = standing(module_from(text), pair)
    assert set(found.values()) == names
    assert set(found) == ({case.name for case in pair.cases} if names else set())
