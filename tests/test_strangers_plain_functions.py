"""Activations as plain functions, beside a backward or a derivative: told by names, and never by numbers."""

import numpy as np
import pytest

from parity_tests.explain import Wrong
from parity_tests.mutate import Borrowed
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.stranger.unchecked import unchecked
from strangers.asking import asked, module_from, reference
from strangers.planted import explanations, wrong_quantities

RELU = "def relu(x): return np.maximum(0, x)\n"
COURSERA = "def relu(Z): return np.maximum(0, Z), Z\n"
MASKED = "def relu(x): return np.maximum(0, x), ~(x <= 0)\n"
SIGMOID = """
def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))
"""
TANH = "def tanh(x): return np.tanh(x)\n"
SOFTMAX = """
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
LEAKY = "def leaky_relu(x, alpha=0.01): return np.where(x < 0, alpha * x, x)\n"
IDENTITY = "def identity(x): return x\n"
OF_INPUT = "s = sigmoid({0}); return s * (1 - s)"
OF_OUTPUT = "return {0} * (1 - {0})"

DERIVATIVES = ("sigmoid_derivative", "sigmoid_prime", "sigmoid_grad", "sigmoid_deriv", "d_sigmoid", "dsigmoid",
               "grad_sigmoid", "sigmoidPrime", "derivative_sigmoid")  # fmt: skip


def only(text, name, **more):
    """Of the one pair: (what is wrong, why something is not offered, the notes, how much is offered)."""
    found = asked(module_from(text), name, **more)
    return found.wrong.get(name, []), found.reasons, found.notes, sum(result.offered for result in found.results)


def offered_whole(text, name):
    wrong, reasons, notes, _ = only(text, name)
    assert wrong == []
    assert reasons == set()
    return notes


@pytest.mark.parametrize(
    "text",
    [
        RELU + "def relu_backward(dout, x): return np.where(x <= 0, 0, dout)",
        RELU + "def relu_backward(x, dout): return np.where(x <= 0, 0, dout)",
        RELU + "def relu_backward(grad_output, inputs): return np.where(inputs <= 0, 0, grad_output)",
        RELU + "def relu_backward(Z, dA): return np.where(Z <= 0, 0, dA)",
        RELU + "def relu_backward(u, v): return np.where(v <= 0, 0, u)",  # no name tells: the first is the upstream
        RELU + "def relu_backward(dA, cache): return np.where(cache <= 0, 0, dA)",  # what forward was given
        RELU + "def relu_backward(x): return ~(x <= 0)",
        RELU + "def relu_derivative(x): return np.where(x <= 0, 0, 1)",
        RELU + "def relu_grad(dout, x): return np.where(x <= 0, 0, dout)",
        COURSERA + "def relu_backward(dA, cache): return np.where(cache <= 0, 0, dA)",
        COURSERA + "def relu_backward(cache, dA): return np.where(cache <= 0, 0, dA)",
        COURSERA + "def relu_backward(dA, x): return np.where(x <= 0, 0, dA)",
        MASKED + "def relu_backward(dout, mask): return np.where(mask, dout, 0)",
    ],
)
def test_a_right_relu_passes_in_every_spelling(text):
    is_derivative = "relu_backward(x):" in text or "relu_derivative" in text
    assert bool(offered_whole(text, "ReLU")) is is_derivative


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.parametrize(
    ("argument", "of"), [("z", OF_INPUT), ("x", OF_INPUT), ("a", OF_OUTPUT), ("y", OF_OUTPUT), ("output", OF_OUTPUT)]
)
def test_a_derivative_is_of_the_output_where_its_argument_is_called_so(name, argument, of):
    text = SIGMOID + f"def {name}({argument}): {of.format(argument)}"
    wrong, reasons, notes, _ = only(text, "Sigmoid", dtypes=("float64",))
    assert (wrong, reasons) == ([], set())
    given = "output" if of is OF_OUTPUT else "input"
    assert notes == {f"{name} is given the {given} of sigmoid, for its argument is called {argument}"}


@pytest.mark.parametrize(
    ("text", "name", "noted"),
    [
        (TANH + "def tanh_backward(dout, out): return dout * (1 - out**2)", "Tanh", True),
        (TANH + "def dtanh(x): return 1 - np.tanh(x) ** 2", "Tanh", True),
        (SOFTMAX + "def softmax_backward(dout, s):\n    return s * (dout - (dout * s).sum(axis=-1, keepdims=True))",
         "SoftMax", True),
        (LEAKY + "def leaky_relu_backward(dout, x, alpha=0.01): return np.where(x > 0, dout, alpha * dout)",
         "LeakyReLU", False),
        (LEAKY + "def leaky_relu_backward(dout, x, alpha): return np.where(x > 0, dout, alpha * dout)",
         "LeakyReLU", False),
        (IDENTITY + "def identity_derivative(x): return 1", "Linear", True),
    ],
)  # fmt: skip
def test_the_others_pass_and_what_a_name_decides_is_noted(text, name, noted):
    assert bool(offered_whole(text, name)) is noted


@pytest.mark.parametrize(("text", "name"), [(RELU, "ReLU"), (SOFTMAX, "SoftMax"), (LEAKY, "LeakyReLU")])
def test_alone_its_output_is_compared_and_its_gradient_not_offered(text, name):
    wrong, reasons, _, offered = only(text, name)
    assert (wrong, reasons) == ([], {"no backward function"})
    assert offered > 0


def test_a_softmax_that_is_wrong_alone_fails():
    wrong, reasons, _, _ = only(SOFTMAX.replace("axis=-1", "axis=0"), "SoftMax", dtypes=("float64",))
    assert "output" in wrong[0]
    assert reasons == {"no backward function"}


def test_a_derivative_of_a_softmax_is_a_jacobian_and_not_offered():
    wrong, (reason,), notes, offered = only(SOFTMAX + "def softmax_derivative(s): return s * (1 - s)", "SoftMax")
    assert (wrong, notes) == ([], set())
    assert reason.startswith("softmax_derivative(s) has no upstream gradient: every output of a softmax depends on all")
    assert offered > 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RELU + "def relu_derivative(u, v): return u > v", "relu_derivative(u, v): which is the upstream gradient and"),
        (RELU + "def relu_backward(dout, mask): return dout * mask", "relu_backward needs a mask, which relu keeps"),
        (RELU + "def relu_backward(*args): return args", "relu_backward(): which is the upstream gradient and which"),
    ],
)
def test_what_names_do_not_tell_is_not_offered(text, reason):
    wrong, (found,), _, offered = only(text, "ReLU", dtypes=("float64",))
    assert wrong == []
    assert found.startswith(reason)
    assert offered > 0


def test_a_setting_that_a_case_needs_is_given_or_the_case_is_not_offered():
    fixed = LEAKY + "def leaky_relu_derivative(x): return np.where(x > 0, 1, 0.01)"
    wrong, reasons, _, _ = only(fixed, "LeakyReLU", dtypes=("float64",))
    assert (wrong, reasons) == ([], {"leaky_relu_derivative has no slope"})
    wrong, reasons, _, _ = only("def lrelu(x): return np.where(x < 0, 0.01 * x, x)", "LeakyReLU", dtypes=("float64",))
    assert (wrong, reasons) == ([], {"lrelu has no slope", "no backward function"})


def test_what_an_autograd_of_its_own_answers_is_not_offered():
    text = "class Tensor:\n    def __init__(self, data): self.data = data\ndef relu(t): return Tensor(np.maximum(0, t))"
    wrong, reasons, _, offered = only(text, "ReLU", dtypes=("float64",))
    assert (wrong, offered) == ([], 0)
    assert "relu answers with a Tensor, not with an array: write an adapter" in reasons


# ---- wrong ones


def explained(text, name):
    """The first explanation of what is wrong in the float64 numbers."""
    bench, wrong = Borrowed(side_of(module_from(text)), reference()), []
    for case in BY_NAME[name].cases:
        trace = bench.recording(BY_NAME[name], case, "float64").trace
        if found := wrong_quantities(reference(), BY_NAME[name], case, trace):
            wrong.append(Wrong(case, trace, found))
    return explanations(name, wrong, reference())[0].name


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (SIGMOID + "def sigmoid_derivative(z): return z * (1 - z)", "Sigmoid", "sigmoid_derivative_of_z"),
        (SIGMOID + "def sigmoid_derivative(x): return x * (1 - x)", "Sigmoid", "sigmoid_derivative_of_z"),
        (SIGMOID + "def sigmoid_derivative(a): " + OF_INPUT.format("a"), "Sigmoid", "sigmoid_twice"),
        (SIGMOID + "def sigmoid_backward(dout, y): return dout * y", "Sigmoid", "sigmoid_derivative_y"),
        (RELU + "def relu_backward(dout, x): return np.where(x < 0, 0, dout)", "ReLU", "relu_gradient_1_at_0"),
        (RELU + "def relu_derivative(x): return np.where(x < 0, 0, 1)", "ReLU", "relu_gradient_1_at_0"),
    ],
)
def test_a_wrong_derivative_fails_and_is_explained(text, name, says):
    """Whatever else its numbers would fit: the names have told what it is given."""
    wrong, _, _, _ = only(text, name, dtypes=("float64",))
    assert "input_gradient" in wrong[0]
    assert explained(text, name) == says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RELU + "def relu_backward(dout, x):\n    dout[x <= 0] = 0\n    return dout", "was modified"),
        (RELU + "def relu_derivative(x):\n    x[x <= 0] = 0\n    x[x > 0] = 1\n    return x", "was modified"),
        (RELU + "def relu_derivative(x): pass", "relu_derivative returned None, where a numpy.ndarray was expected"),
        (RELU + "def relu_derivative(x): return (x > 0).sum(axis=-1, keepdims=True)", "input_gradient"),
        ("def relu(x): print(x)", "relu returned None, where a numpy.ndarray was expected"),
    ],
)
def test_other_wrongs_are_seen(text, said):
    wrong, _, _, _ = only(text, "ReLU", dtypes=("float64",))
    assert any(said in message for message in wrong)


def test_what_it_is_given_is_not_told_by_values():
    """Functions that record their arguments and answer with nonsense get what those with the right answers get."""
    text = SIGMOID + "given = []\ndef sigmoid_{0}({1}):\n    given.append({2})\n    return 7.0 * {2}\n"
    for name, arguments, last, is_output in (
        ("derivative", "z", "z", False), ("derivative", "a", "a", True), ("backward", "dout, x", "x", False),
        ("backward", "out, grad", "out", True),
    ):  # fmt: skip
        module = module_from(text.format(name, arguments, last))
        found = asked(module, "Sigmoid", dtypes=("float64",))
        assert set(found.wrong) == {"Sigmoid"}
        outside = any(np.any((array < 0) | (array > 1)) for array in module.given)
        assert outside is not is_output


# ---- which of several is taken


@pytest.mark.parametrize(
    ("pair", "text", "names"),
    [
        ("ReLU", "class ReLU: pass\ndef relu(x): pass\n", ("relu",)),
        ("ReLU", "def relu_forward(x): pass\ndef relu(x): pass\n", ("relu",)),
        ("ReLU", "def relu(x): pass\ndef relu_backward(dout, x): pass\ndef relu_prime(x): pass\n", ("relu_prime",)),
        ("ReLU", "def relu(x): pass\ndef relu_derivative(x): pass\n", ()),
        ("ReLU", "def relu_derivative(x): pass\n", ()),
        ("Sigmoid", "def sigmoid(x): pass\nclass Sigmoid:\n    def forward(self, x): return sigmoid(x)\n", ()),
        ("Sigmoid", "def sigmoid(x): return Sigmoid()(x)\nclass Sigmoid: pass\n", ()),
        ("Sigmoid", "def sigmoid(x): pass\nclass Sigmoid:\n    def forward(self, x): return lambda: sigmoid(x)\n", ()),
    ],
)
def test_the_other_candidates_are_named_but_for_helpers(pair, text, names):
    assert unchecked(module_from(text), BY_NAME[pair]) == names


def test_a_class_and_then_a_function_with_a_cache_come_first():
    wrong = "def relu(x): return x\n"
    cached = "def relu_forward(x): return np.maximum(0, x), x\n"
    backward = "def relu_backward(dout, cache): return np.where(cache <= 0, 0, dout)\n"
    assert offered_whole(wrong + cached + backward, "ReLU") == frozenset()
    assert only(wrong + backward, "ReLU", dtypes=("float64",))[0]


def test_what_comes_from_a_library_is_not_there():
    found = asked(module_from("from numpy import tanh\nfrom scipy.special import softmax\n"), "Tanh", "SoftMax")
    assert found.offered == set()
