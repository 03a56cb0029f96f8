"""What an operation's section shows of its sources: formulas, our lines of NumPy, PyTorch's lines."""

import re
import textwrap

import numpy as np
import pytest
import torch

from browser.html_reader import Read, text
from parity_tests.pairs import PAIRS
from parity_tests.report.html.code import ROOT, coloured, excerpts
from parity_tests.report.html.formulas import FORMULAS
from parity_tests.report.html.maths import mathml
from parity_tests.report.html.operation import _formula, _subscripts
from parity_tests.report.html.roles import LETTERS, ROLES, WITHOUT_ROLE, role_of
from parity_tests.report.html.torch_calls import call
from parity_tests.report.html.tree import document, h
from parity_tests.subjects.torch import to_array, to_tensor
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

LAYERS = [pair for pair in PAIRS if pair.family == "layer"]


def read(tag):
    return Read(document(tag)).root


# ---- formulas


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_pair_has_a_formula(pair):
    formula = FORMULAS[pair.name]
    assert formula.forward
    assert bool(formula.backward) == (pair.family in ("layer", "loss", "network"))
    for line in (*formula.forward, *formula.backward):
        said = text(read(mathml(line)))
        assert said.strip()
        assert "\\" not in said


@pytest.mark.parametrize("name", FORMULAS)
def test_every_letter_has_a_colour_or_is_explained(name):
    formula, without = FORMULAS[name], WITHOUT_ROLE.get(name, ())
    known = {*"πe∂L⊤", *re.findall(r"[^\W_]+", f"{formula.letters} {formula.decides}")}
    for line in (*formula.forward, *formula.backward):
        letters = [e for e in read(mathml(line, without_role=without)).iter() if e.tag.rpartition("}")[2] == "mi"]
        unknown = {text(each) for each in letters if not each.get("class") and len(text(each)) == 1} - known
        assert unknown == set(), line


@pytest.mark.parametrize(("name", "heads"), [("Adam", ["Formula"]), ("Tanh", ["Forward", "Backward"])])
def test_what_has_no_backward_has_no_forward_either(name, heads):
    root = read(_formula(FORMULAS[name], WITHOUT_ROLE.get(name, ())))
    assert [text(each) for each in root.iter() if each.tag.rpartition("}")[2] == "h5"] == heads
    assert ("Letters: " in text(root)) is bool(FORMULAS[name].letters)


def test_what_holds_for_targets_that_sum_to_1_is_nothing_that_pytorch_decides():
    said = text(read(_formula(FORMULAS["SoftmaxCrossEntropy"], WITHOUT_ROLE["SoftmaxCrossEntropy"])))
    assert "PyTorch decides" not in said
    assert "for targets whose rows sum to 1 this is" in said.replace("\u00a0", " ")


def test_an_underscore_sets_one_letter_below_another_and_nothing_else():
    said = document(h("p", _subscripts("k_h, k_w sides; λ weight_decay; η_T eta_min; β_1")))
    assert said.splitlines()[1] == (
        "<p>k<sub>h</sub>, k<sub>w</sub> sides; λ weight_decay; η<sub>T</sub> eta_min; β<sub>1</sub></p>"
    )


def test_no_formula_is_of_nothing():
    assert set(FORMULAS) == {pair.name for pair in PAIRS}


def test_mathml_is_what_the_line_says():
    root = read(mathml(r"\frac{\partial L}{\partial W_i} = \sum_{n=1}^N \sqrt{x^2}"))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    for name in ("mfrac", "msub", "munderover", "msqrt", "msup"):
        assert name in names
    assert text(root) == "∂L∂Wi=∑n=1Nx2"
    roles = {text(element): element.get("class") for element in root.iter() if element.get("class")}
    assert roles["W"] == role_of("W") == "r-w"
    assert roles["x"] == role_of("X") == "r-x"


@pytest.mark.parametrize(("line", "says"), [(r"\nonsense", "not known"), (r"\frac{a}", "more"), (r"{a", "expected }")])
def test_a_mistake_in_a_formula_is_told(line, says):
    with pytest.raises(ValueError, match=says):
        mathml(line)


def test_each_letter_has_one_role():
    letters = [letter for some in LETTERS.values() for letter in some]
    assert len(letters) == len(set(letters))
    assert set(LETTERS) == set(ROLES)


def in_colour(name, without_role):
    """The letters of a pair's formula and lines that have the colour of a role."""
    formula, lines = FORMULAS[name], excerpts(name)
    tags = [mathml(line, without_role=without_role) for line in (*formula.forward, *formula.backward)]
    tags += [coloured(source, file, without_role=without_role) for file, source in lines]
    spans = [element for tag in tags for element in read(tag).iter() if (element.get("class") or "").startswith("r-")]
    return {text(element).strip("\"'") for element in spans}


@pytest.mark.parametrize("name", WITHOUT_ROLE)
def test_a_letter_that_stands_for_something_else_in_a_pair_has_no_colour_there(name):
    assert set(WITHOUT_ROLE[name]) <= in_colour(name, ())
    assert not set(WITHOUT_ROLE[name]) & in_colour(name, WITHOUT_ROLE[name])


# ---- source lines


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_pair_shows_lines_of_the_source_itself(pair):
    found = excerpts(pair.name)
    assert found
    for file, source in found:
        whole = textwrap.dedent((ROOT / file).read_text(encoding="utf-8"))
        for part in source.split("\n\n"):
            assert part.splitlines()[0].strip() in whole
        assert text(read(coloured(source, file))) == source.rstrip()
    if pair.family in ("layer", "loss"):
        defined = {line.partition("(")[0] for line in found[0][1].splitlines()}
        assert defined & {"def forward", "def forward_some"}
        assert defined & {"def backward", "def backward_some"}


@pytest.mark.parametrize("line", ["1 - Y", "2 - Y"])
def test_changing_the_source_changes_what_is_shown(line, tmp_path):
    folder = tmp_path / "scratch_nn"
    folder.mkdir()
    (folder / "__init__.py").write_text("from scratch_nn.tanh import Tanh as Tanh\n")
    (folder / "tanh.py").write_text(f"class Tanh:\n    def forward(self, X):\n        return {line}\n")
    assert excerpts("Tanh", tmp_path) == [("scratch_nn/tanh.py", f"def forward(self, X):\n    return {line}")]


def test_a_name_that_is_not_there_shows_nothing():
    assert excerpts("Attention") == []


def test_variables_have_the_colours_of_their_roles():
    root = read(coloured('self.gradients["W"] = self._X.T @ dLdZ  # the sum removes n\nif b: pass', "code"))
    found = {text(element): element.get("class") for element in root.iter("span")}
    assert found == {'"W"': "r-w", "gradients": "r-g", "_X": "r-x", "dLdZ": "r-u", "b": "r-b", "if": "c-word",
                     "pass": "c-word", "# the sum removes n": "c-comment"}  # fmt: skip


# ---- PyTorch's lines


@pytest.mark.parametrize("pair", LAYERS, ids=lambda pair: pair.name)
def test_pytorchs_lines_of_a_layer_run_and_give_the_reference(pair):
    case = pair.cases[0]
    batch = Workbench(torch_side, torch_side).batch(pair, case, "float64")
    layout = pair.output_layout(case.shape)
    X = to_tensor(batch["training.X"]).requires_grad_()
    names = {"torch": torch, "X": X, "dLdY": to_tensor(batch["training.dLdY"], layout)}
    made, *rest = call(pair, case).split("\n")
    exec(made, names)
    names["layer"].double()
    exec("\n".join(rest), names)
    assert names["dLdX"].shape == X.shape
    for entry in pair.weights:
        assert entry.layout.to_ours(to_array(names[f"d{entry.ours}"])).shape == batch[f"parameter.{entry.ours}"].shape


@pytest.mark.parametrize("pair", [p for p in PAIRS if p.family == "loss"], ids=lambda pair: pair.name)
def test_pytorchs_lines_of_a_loss_run_and_give_the_reference(pair):
    case, bench = pair.cases[0], Workbench(torch_side, torch_side)
    batch = bench.batch(pair, case, "float64")
    names = {"torch": torch, "Y": to_tensor(batch["Y"]), "Y_hat": to_tensor(batch["Y_hat"]).requires_grad_()}
    exec(call(pair, case), names)
    assert np.array_equal(to_array(names["dY_hat"]), bench.expected(pair, case, "float64")["gradient"])


@pytest.mark.parametrize(
    "pair", [p for p in PAIRS if p.family in ("optimizer", "schedule", "initializer")], ids=lambda pair: pair.name
)
def test_pytorchs_lines_of_the_others_run(pair):
    parameters = [torch.nn.Parameter(torch.ones(2))]
    parameters[0].grad = torch.ones(2)
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    names = {"torch": torch, "parameters": parameters, "optimizer": optimizer, "n_in": 3, "n_out": 4}
    exec(call(pair, pair.cases[0]), names)


def test_a_name_without_a_role_here_has_no_colour():
    root = read(coloured("H, W = X.shape", "code", without_role=("W",)))
    assert [text(element) for element in root.iter("span")] == ["X"]
