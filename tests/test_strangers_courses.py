"""Modules of well-known courses: what is right passes, and a mistake that is planted in one of them is found."""

from pathlib import Path

import pytest

from strangers.asking import asked, changed, module_from, wrong_with

HERE = Path(__file__).parent / "strangers"
TIES = ("Pool2D-ties", "Pool2D-digits", "Pool2D-nan")  # more than one maximum in a window


def source(name: str) -> str:
    return (HERE / f"{name}.py").read_text(encoding="utf-8")


def is_of_ties(message: str) -> bool:
    return message.startswith(TIES) and "input_gradient" in message


def test_images_with_a_bias_of_four_axes_and_the_mode_of_pooling_as_an_argument():
    """The course's mask gives the gradient to every maximum of a window; PyTorch's, to the first."""
    found = asked(HERE / "deeplearning_ai.py", dtypes=("float64",))
    assert found.offered == {"Conv2D", "Pool2D"}
    assert set(found.wrong) == {"Pool2D"}
    assert [m for m in found.wrong["Pool2D"] if not is_of_ties(m)] == []
    pools = [result.check.case for result in found.results if result.check.pair.name == "Pool2D" and result.offered]
    assert {case.startswith("average") for case in pools} == {True, False}


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("db[:, :, :, c] += dZ[i, h, w, c]", "db[:, :, :, c] = dZ[i, h, w, c]", "Conv2D", "gradient.b"),
        ("float(np.squeeze(b))", "float(np.squeeze(b)) / 2", "Conv2D", "output"),
        ("/ (f * f) * np", "/ f * np", "Pool2D", "input_gradient"),
        ("np.mean(a_prev_slice)", "np.sum(a_prev_slice)", "Pool2D", "output"),
    ],
)
def test_a_mistake_in_a_course_s_images_is_found_where_it_is(old, new, pair, quantity):
    found = [message for message in wrong_with(source("deeplearning_ai"), old, new, pair) if not is_of_ties(message)]
    assert any(f".{quantity}[" in message for message in found)
    assert quantity == "output" or not any(".output[" in message for message in found)


POOL = """
def pool_forward(x, hparams{argument}):
    size, stride = hparams["{key}"], hparams["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return {value}
"""
BY_MODE = "windows.max(axis=(4, 5)) if mode == 'max' else windows.mean(axis=(4, 5)) if mode == '{word}' else 0 * x"


@pytest.mark.parametrize("key", ["f", "kernel_size", "pool_size", "window"])
@pytest.mark.parametrize("word", ["average", "avg", "mean"])
def test_a_pool_s_window_by_any_key_and_its_mode_by_the_word_that_it_knows(key, word):
    text = POOL.format(argument=", mode='max'", key=key, value=BY_MODE.format(word=word))
    found = asked(module_from(text), "Pool2D", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"Pool2D"})


def test_a_pool_without_a_mode_is_asked_for_the_largest_only():
    found = asked(module_from(POOL.format(argument="", key="f", value="windows.max(axis=(4, 5))")), "Pool2D")
    assert found.wrong == {}
    assert "pool_forward has one mode of pooling only: give it an argument `mode`" in found.reasons


def test_a_key_that_nobody_knows_is_not_offered_by_name():
    found = asked(module_from(POOL.format(argument="", key="extent", value="windows.max(axis=(4, 5))")), "Pool2D")
    assert (found.wrong, found.offered) == ({}, set())
    assert any("its settings have no 'extent' here" in reason for reason in found.reasons)


def test_modules_of_a_university_s_course_pass():
    found = asked(HERE / "uva.py", dtypes=("float64",))
    assert found.wrong == {}
    assert found.offered == {"FullyConnected", "ReLU", "SoftMax", "CrossEntropy"}


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("dout.T @ self.x", "dout.T @ self.x / len(dout)", "FullyConnected", "gradient.W"),
        ("(self.x > 0)", "(self.x >= 0)", "ReLU", "input_gradient"),
        ("- (dout * self.out).sum(axis=1, keepdims=True)", "", "SoftMax", "input_gradient"),
        ("-(T / x) / x.shape[0]", "-(T / x)", "CrossEntropy", "gradient"),
    ],
)
def test_a_mistake_in_its_modules_is_found_where_it_is(old, new, pair, quantity):
    found = wrong_with(source("uva"), old, new, pair)
    assert any(f"{quantity}[" in message for message in found)


def test_what_a_book_leaves_in_output_and_dinputs_is_taken():
    """It clips probabilities, has no mask in evaluation, and keeps the rate in the velocity; so much is told. So is
    that its squared error is not PyTorch's for other targets than rows."""
    found = asked(HERE / "nnfs.py", dtypes=("float64",))
    right = {"FullyConnected", "ReLU", "SoftMax", "Linear"}
    assert found.offered == right | {"Dropout", "CrossEntropy", "L2", "SGD"}
    assert set(found.wrong) == found.offered - right
    for pair, parts in (
        ("Dropout", ("evaluation.input_gradient", "p_1-")),
        ("CrossEntropy", ("confidently_wrong-value", "not_normalised-value")),
        ("L2", ("one_axis", "sequence")),
        ("SGD", ("changed_rate",)),
    ):
        assert [m for m in found.wrong[pair] if not any(part in m for part in parts)] == []


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("np.dot(inputs, self.weights) + self", "np.dot(inputs, self.weights) - self", "FullyConnected", "output"),
        ("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.weights.T) * 2", "FullyConnected", "input_gradient"),
        ("np.sum(dvalues, axis=0, keepdims=True)", "np.mean(dvalues, axis=0, keepdims=True)", "FullyConnected",
         "gradient.b"),
        ("self.dinputs[self.inputs <= 0] = 0", "self.dinputs[self.inputs < 0] = 0", "ReLU", "input_gradient"),
        ("size=inputs.shape) / self.rate", "size=inputs.shape)", "Dropout", "output"),
        ("np.mean(self.forward(output, y))", "np.sum(self.forward(output, y))", "CrossEntropy", "value"),
        ("-y_true / dvalues", "y_true / dvalues", "CrossEntropy", "gradient"),
        ("layer.biases += bias_updates", "layer.biases -= bias_updates", "SGD", "first_step"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_a_book_leaves_is_found_where_it_is(old, new, pair, quantity):
    assert any(f"{quantity}[" in message for message in wrong_with(source("nnfs"), old, new, pair))


def test_an_output_of_before_is_what_a_layer_leaves():
    """Whoever reads `output` gets the one of the last training: wrong, and told."""
    text = source("nnfs").replace("self.output = inputs.copy()", "pass")
    found = asked(module_from(text), "Dropout", dtypes=("float64",)).wrong["Dropout"]
    assert any("evaluation.output" in message or "later_batches" in message for message in found)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("self.output = np.maximum(0, inputs)", "self.out = np.maximum(0, inputs)",
         "forward returns nothing, and leaves nothing in `output`: return it there"),
        ("self.dinputs = dvalues.copy()\n        self.dinputs[self.inputs <= 0] = 0", "self.d = dvalues",
         "backward returns nothing, and leaves nothing in `dinputs`: return it there"),
    ],
)  # fmt: skip
def test_what_returns_nothing_and_leaves_nothing_is_not_offered(old, new, reason):
    found = asked(module_from(changed(source("nnfs"), (old, new))), "ReLU", dtypes=("float64",))
    assert found.wrong == {}
    assert reason in found.reasons


OTHER_NAMES = (("def forward(", "def forward_pass("), ("def backward(", "def backward_pass("))


def test_methods_called_forward_pass_and_backward_pass_are_called():
    names = ("FullyConnected", "ReLU", "SoftMax")
    found = asked(module_from(changed(source("uva"), *OTHER_NAMES)), *names, dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set(names))
    wrong = changed(source("uva"), *OTHER_NAMES, ("dout.sum(axis=0,", "dout.mean(axis=0,"))
    found = asked(module_from(wrong), *names, dtypes=("float64",))
    assert set(found.wrong) == {"FullyConnected"}
    assert any("gradient.b[" in message for message in found.wrong["FullyConnected"])


def test_a_mistake_in_a_method_that_makes_parameters_is_told():
    text = """
class Dense:
    def __init__(self, n_units):
        self.n_units, self.W = n_units, None
    def initialize(self, n_inputs):
        self.W, self.b = np.zeros((n_inputs, self.n_units)), np.zeros(self.units)
    def forward(self, x):
        if self.W is None:
            self.initialize(x.shape[1])
        return x @ self.W + self.b
"""
    found = asked(module_from(text), "FullyConnected", dtypes=("float64",))
    assert "has no attribute 'units'" in found.wrong["FullyConnected"][0]


def test_a_calculate_of_something_else_is_no_loss():
    forward = "    def forward(self, x, y):\n        return -np.mean"
    more = f"    def calculate(self, x, y, layers):\n        return 0.0\n\n{forward}"
    text = changed(source("uva"), (forward, more))
    found = asked(module_from(text), "CrossEntropy", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"CrossEntropy"})
