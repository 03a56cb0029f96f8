"""What is told first of a pair, and what is only noted: what may be no mistake never hides what is one."""

from dataclasses import replace

import pytest

from parity_tests import judge
from parity_tests.findings import Explanation
from parity_tests.report.findings_text import UNEXPLAINED, block
from strangers.asking import asked, module_from

RELU = """
class ReLU:
    def forward(self, x):
        self.on = x > 0
        return {output}
    def backward(self, dout):
        return dout * self.on
"""
PLAIN_RELU = "np.maximum(x, 0)"


def finding(source, pair, explain=lambda *seen: (), traces=None):
    """The one finding of a module with this source."""
    results = judge.noted(asked(module_from(source), pair).results)
    (found,) = judge.findings(results, {pair: traces or {}}, explain)
    return found


@pytest.mark.parametrize(
    ("output", "first"),
    [("np.maximum(x, 0, out=x)", "leaves_inputs"), ("np.asarray(np.maximum(x, 0), np.float64)", "training.output")],
    ids=["modifies its input", "float64 alone"],
)
def test_what_fails_for_numbers_comes_before_what_differs_for_nan(output, first):
    """In float64 the second one differs for NaN and infinity alone."""
    found = finding(RELU.format(output=output), "ReLU")
    assert found.note == ""
    assert found.failures[0].check == first
    assert found.failures[0].case not in ("nan", "infinite")
    assert {failure.case for failure in found.failures[-2:]} <= {"nan", "infinite"}


def test_what_differs_for_nan_is_not_the_explanation_of_what_fails_for_numbers():
    looked_at = []
    explain = lambda pair, traces, agreeing: looked_at.append(set(traces)) or ()  # noqa: E731
    traces = {"nan": {"training.output": 0}, "kinks": {"training.output": 0}}
    finding(RELU.format(output="np.maximum(x, 0) + 1"), "ReLU", explain, traces)
    finding(RELU.format(output="np.maximum(x, 0, out=x)"), "ReLU", explain, traces)
    finding(RELU.format(output=PLAIN_RELU), "ReLU", explain, traces)
    assert looked_at == [{"kinks"}, {"nan"}]


DENSE = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        Y = x @ self.W + self.b
        return Y if Y.dtype == np.float64 else Y * np.float32({factor})
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
"""


def test_a_few_roundings_are_told_as_roundings_also_in_the_case_of_nan():
    found = finding(DENSE.format(factor="1 + 8e-6"), "FullyConnected")
    assert found.note == judge.ROUNDING
    assert "nan" in found.cases
    assert finding(DENSE.format(factor="1 + 8e-4"), "FullyConnected").note == ""


DONE = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        if {condition}:
            raise RuntimeError("not done")
        self.x = x
        return x @ self.W
"""


def test_what_comes_after_an_exception_is_not_looked_at_for_its_cause():
    looked_at = []
    explain = lambda pair, traces, agreeing: looked_at.append(set(traces)) or ()  # noqa: E731
    traces = {name: {"training.output": 0} for name in ("n4_d7_m5", "one_row")}
    found = finding(DONE.format(condition="True"), "FullyConnected", explain, traces)
    assert (found.failures[0].kind, looked_at) == ("exception", [])
    found = finding(DONE.format(condition="len(x) == 1"), "FullyConnected", explain, traces)
    assert looked_at == [{"n4_d7_m5"}]


L2 = """
class MSELoss:
    def forward(self, pred, target):
        self.d = pred - target
        return (self.d**2).sum()
    def backward(self):
        return 2 * self.d
"""


def test_the_value_of_a_loss_comes_before_its_gradient():
    found = finding(L2, "L2")
    assert found.quantity == "value"
    assert found.failures[1].check == "value"


SOFTMAX_WITH_LOSS = """
class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, z = t, x - x.max(axis=1, keepdims=True)
        self.y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return -np.sum(t * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))) / len(x)
    def backward(self, dout=1):
        return (self.y - {target}) / len(self.t)
"""


def test_p_minus_t_over_n_is_right_for_every_distribution():
    found = finding(SOFTMAX_WITH_LOSS.format(target="self.t"), "SoftmaxCrossEntropy")
    assert found.note == "differs from PyTorch only where targets do not sum to 1"
    assert finding(SOFTMAX_WITH_LOSS.format(target="2 * self.t"), "SoftmaxCrossEntropy").note == ""


CROSS_ENTROPY = """
class CrossEntropy:
    def forward(self, y, p):
        return -np.sum(y * np.log(np.clip(p, 1e-15, {most}))) / len(y)
    def backward(self, y, p):
        return -y / np.clip(p, 1e-15, {most}) / len(y)
"""


def test_probabilities_above_1_may_be_clipped():
    note = "where outputs do not sum to 1"
    assert note in finding(CROSS_ENTROPY.format(most=1), "CrossEntropy").note
    assert finding(CROSS_ENTROPY.format(most=0.5), "CrossEntropy").note == ""


LEAKY = """
class LeakyReLU:
    def __init__(self, alpha=0.01):
        self.alpha = alpha
    def forward(self, x):
        self.x = x
        return np.maximum({slope} * x, x)
    def backward(self, dout):
        return np.where(self.x <= 0, {slope} * dout, dout)
"""


def test_the_larger_of_x_and_slope_x_is_right_for_every_slope_that_is_usual():
    found = finding(LEAKY.format(slope="self.alpha"), "LeakyReLU")
    nan = "where inputs are NaN or infinite"
    assert found.note == f"differs from PyTorch only {nan} and where the slope is above 1"
    assert finding(LEAKY.format(slope="0.01"), "LeakyReLU").note == ""


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("np.maximum(x, 0) + np.sin(x)", True),
        ("np.maximum(x, 0).astype(np.float64)", False),
        ("np.maximum(x, 0, out=x)", False),
        ("None.nothing", False),
    ],
    ids=["numbers", "float64 alone", "manners", "an exception"],
)
def test_the_rule_is_told_of_numbers_that_nothing_explains_and_of_nothing_else(output, told):
    found = finding(RELU.format(output=output), "ReLU", traces={"kinks": {}, "n4_d7": {}})
    assert (found.rule is not None) is told
    if told:
        assert found.rule.rule == "ReLU is max(x, 0), and NaN passes."
        assert found.rule.place.startswith("scratch_nn/activations.py:")


def test_of_a_wrong_shape_alone_nothing_is_said_of_numbers():
    found = finding(RELU.format(output="np.maximum(x, 0)[:, :-1]"), "ReLU", traces={"kinks": {}, "n4_d7": {}})
    said = " ".join(block(found))
    assert "expected shape" in said
    assert "None of the known mistakes gives this shape" in said
    assert "these numbers" not in said


def test_an_explanation_of_something_else_is_not_told_as_that_of_what_fails_first():
    """The gradient is wrong in a way that has no name; the output that follows it in the order has a cause."""
    of_output = Explanation("of_output", "the output is wrong", ("output",), 1, 1, 0.0, "")
    source = RELU.format(output=PLAIN_RELU).replace(
        "dout * self.on", "dout * self.on + np.arange(dout.size).reshape(dout.shape)"
    )
    results = judge.noted(asked(module_from(source), "ReLU", dtypes=("float64",)).results)
    traces = {name: {"training.output": 0, "training.input_gradient": 0} for name in ("kinks", "n4_d7")}
    (found,) = judge.findings(results, {"ReLU": traces}, lambda *seen: (of_output,))
    assert found.quantity == "input_gradient"
    said = block(found)
    assert f"  {UNEXPLAINED}" in said
    assert any(line.startswith("  But of output, it is what you get when the output is wrong:") for line in said)
    (found,) = judge.findings(
        results, {"ReLU": traces}, lambda *seen: (replace(of_output, quantities=("input_gradient",)),)
    )
    assert found.rule is None
    assert any(line.startswith("  It is what you get when") for line in block(found))
