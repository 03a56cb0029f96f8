"""What the page shows of a stranger beside its verdicts: rounding and training, asked of a process of its own."""

from pathlib import Path

import pytest

from browser.html_reader import Read, text
from parity_tests.__main__ import main
from parity_tests.pairs import selected
from parity_tests.report.html.asked import asked
from parity_tests.report.html.evidence import EDGES
from parity_tests.sandbox_child import Setup

BROWSER = Path(__file__).parent / "browser"
FAULTS, NETWORKS = BROWSER / "three_faults.py", BROWSER / "two_networks.py"


def of(module, pairs=(), networks=(), **more):
    return asked(Setup(str(module)), selected(pairs, None) if pairs else (), networks, **more)


def test_rounding_of_what_is_right_is_near_pytorchs_and_of_what_is_wrong_is_not():
    found = of(FAULTS, ("Tanh", "ReLU"))
    assert found.missing == {}
    assert set(found.rounding) == {"Tanh", "ReLU"}
    for rounding in found.rounding.values():
        assert sum(rounding.ours) == sum(rounding.theirs) > 1000
        assert len(rounding.ours) == len(EDGES)
    tanh, relu = found.rounding["Tanh"], found.rounding["ReLU"]
    assert tanh.ours[-1] < 0.01 * sum(tanh.ours)  # 1 - y² cancels, on both sides
    assert relu.ours[-1] > 0.05 * sum(relu.ours)
    assert relu.theirs == (sum(relu.theirs), *(len(EDGES) - 1) * (0,))  # PyTorch's picks numbers: always exact


def test_what_is_exact_in_any_type_is_not_asked():
    assert of(FAULTS, ("Step", "zeros")).rounding == {}


def test_both_networks_are_trained_and_only_the_wrong_one_drifts():
    found = of(NETWORKS, networks=("right", "wrong"))
    assert found.missing == {}
    assert [(t.network, t.dtype) for t in found.training] == [
        (name, dtype) for name in ("right", "wrong") for dtype in ("float64", "float32")
    ]
    worst = {(t.network, t.dtype): max(max(v) for v in t.differences.values()) for t in found.training}
    assert worst["right", "float64"] < 1e-13
    assert 1e-9 < worst["right", "float32"] < 1e-5
    assert worst["wrong", "float64"] > 1e-2
    assert all(len(t.ours) == len(t.theirs) == 20 for t in found.training)
    assert all("20 steps of θ ← θ − 0.05 dθ" in t.how for t in found.training)


ODD = """
import os, time
from torch import nn
from parity_tests.networks import Candidate, Part

class Layer:
    def forward(self, X): return X
    def backward(self, dout): return dout

class ReLU(Layer):
    def forward(self, X):
        os._exit(3)

class Sigmoid(Layer):
    def forward(self, X):
        time.sleep(60)

class Tanh(Layer):
    def forward(self, X):
        raise KeyError("planted")

class Linear(Layer):
    pass

theirs = nn.Sequential(nn.Linear(4, 3))
closed = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
"""


def test_what_cannot_be_measured_says_why_and_the_rest_is(tmp_path):
    module = tmp_path / "odd.py"
    module.write_text(ODD)
    found = of(module, ("ReLU", "Tanh", "Sigmoid", "Linear"), ("theirs", "closed", "nowhere"), seconds=8.0)
    assert set(found.rounding) == {"Tanh", "Linear"}
    assert found.missing["ReLU"] == "the process that measured it ended"
    assert found.missing["Sigmoid"] == "no answer within 8 s"
    assert found.missing["Tanh"] == "no case gave numbers in float32"
    assert [(t.network, t.dtype) for t in found.training] == [("theirs", "float64")]
    assert found.missing["theirs"] == "float32: 0 FullyConnected keeps its weights in float64"
    assert "--input-shape" in found.missing["closed"]
    assert of(module, networks=("closed",), input_shape=(6, 7, 3)).training[0].network == "closed"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    faults, networks = folder / "faults.html", folder / "networks.html"
    assert main(["report", str(FAULTS), "--pair", "ReLU", "--pair", "Tanh", "--out", str(faults)]) == 1
    assert main(["report", str(NETWORKS), "--out", str(networks)]) == 1
    return [Read(path.read_text(encoding="utf-8")) for path in (faults, networks)]


def test_the_page_has_a_histogram_of_each_operation_that_names_the_module(pages):
    faults, _ = pages
    for name in ("ReLU", "Tanh"):
        (chart,) = [svg for svg in faults.by_id(f"pair-{name}").iter() if svg.get("class") == "chart"]
        assert "three_faults.py's and PyTorch's" in chart.get("aria-label")
        legend = next(ul for ul in faults.by_id(f"pair-{name}").iter() if ul.get("class") == "legend")
        assert text(legend) == "three_faults.pyPyTorch"


def test_the_page_says_of_which_it_has_no_histogram(tmp_path):
    out = tmp_path / "check.html"
    assert main(["check", str(FAULTS), "--pair", "Tanh", "--dtype", "float64", "--html", str(out)]) == 0
    page = Read(out.read_text(encoding="utf-8"))
    assert "No picture of its rounding: it was not compared in float32." in text(page.by_id("pair-Tanh"))


def test_the_page_says_only_what_a_stranger_is_asked(pages):
    for page in pages:
        said = text(page.root)
        assert "nothing printed" in said
        assert "finite differences" not in said
        assert "inputs refused" not in said
        assert "as scratch_nn has it" in said


def test_the_page_trains_networks_or_says_that_there_are_none(pages):
    faults, networks = pages
    assert "none was found in the module" in text(faults.all("header")[0])
    assert "training" not in faults.ids()
    section = networks.by_id("training")
    charts = [svg for svg in section.iter() if svg.get("class") == "chart"]
    assert len(charts) == 2 * 2 * 2  # networks, types, loss and parameters
    assert "optimisers are not stepped here" in text(section)
    assert "none was found" not in text(networks.all("header")[0])


def test_a_strangers_page_counts_its_pairs_and_leaves_out_what_is_about_ours(pages):
    for page, offered in zip(pages, ("2 of 2", "2 of 30"), strict=True):
        header = text(page.all("header")[0])
        assert f"pairs offered{offered}networks apart" in header  # the layers of networks are no pairs
        assert "bank" not in header
        assert "each case's random numbers are seeded by its name (CRC-32); there is no other seed" in header


def test_a_page_of_what_cannot_be_loaded_says_nothing_of_the_bank_or_of_networks(tmp_path):
    module, out = tmp_path / "broken.py", tmp_path / "broken.html"
    module.write_text("def (")
    assert main(["check", str(module), "--pair", "ReLU", "--html", str(out)]) == 2
    header = text(Read(out.read_text(encoding="utf-8")).all("header")[0])
    assert "Nothing could be asked" in header
    assert "bank" not in header
    assert "none was found in the module" not in header


def test_of_a_strangers_training_nothing_is_called_judged(pages):
    said = text(pages[1].by_id("training"))
    assert "The targets are random. Nothing here is judged" in said
    assert "float64 is judged" not in said
