"""Manners of tutorials and courses: a backward that takes the step itself, a derivative in its place, layers that are
told more after they are made. What is right passes, and a mistake is found where it is."""

from pathlib import Path

import pytest

from strangers.asking import asked, changed, module_from, wrong_with

HERE = Path(__file__).parent / "strangers"
STEPS = "its backward takes a step itself, which is taken back; divided by its rate it is compared as the gradient"

TUTORIAL = (HERE / "tutorial.py").read_text(encoding="utf-8")


def test_a_step_that_backward_takes_is_the_gradient():
    found = asked(module_from(TUTORIAL))
    assert (found.wrong, found.offered, found.notes) == ({}, {"FullyConnected", "Tanh"}, {STEPS})


@pytest.mark.parametrize(
    ("old", "new", "quantity"),
    [
        ("= self.input.T @ output_gradient", "= self.input.T @ output_gradient / len(self.input)", "gradient.W"),
        ("output_gradient.sum(axis=0, keepdims=True)", "output_gradient.mean(axis=0, keepdims=True)", "gradient.b"),
        ("        return input_gradient", "        return output_gradient @ self.weights.T", "input_gradient"),
        ("- learning_rate * weights", "+ learning_rate * weights", "gradient.W"),
    ],
)
def test_a_mistake_in_such_a_backward_is_found(old, new, quantity):
    assert any(f".{quantity}[" in message for message in wrong_with(TUTORIAL, old, new, "FullyConnected"))


KEEPS_ITS_RATE = """
class Dense:
    def __init__(self, input_units, output_units, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.weights, self.biases = np.ones((input_units, output_units)), np.zeros(output_units)

    def forward(self, input):
        return input @ self.weights + self.biases

    def backward(self, input, grad_output):
        grad_input = grad_output @ self.weights.T
        self.weights = self.weights - self.learning_rate * (input.T @ grad_output)
        self.biases = self.biases - self.learning_rate * grad_output.{by}(axis=0)
        return grad_input
"""


def test_so_is_one_at_a_rate_that_the_layer_keeps():
    found = asked(module_from(KEEPS_ITS_RATE.format(by="sum")))
    assert (found.wrong, found.offered) == ({}, {"FullyConnected"})
    wrong = asked(module_from(KEEPS_ITS_RATE.format(by="mean")), dtypes=("float64",)).wrong["FullyConnected"]
    assert wrong
    assert all("gradient.b" in message or "gradient of b" in message for message in wrong if "training" in message)


def test_a_collection_s_layers_are_told_their_shape_and_given_an_optimiser():
    """A dropout that does not divide by the share that it keeps is wrong, and so is a norm with an eps of 0.01."""
    found = asked(HERE / "ml_from_scratch.py", dtypes=("float64",))
    assert found.offered == {"FullyConnected", "BatchNorm", "Dropout", "Flatten"}
    assert set(found.wrong) == {"BatchNorm", "Dropout"}
    assert STEPS in found.notes


def test_what_asks_for_something_unknown_to_make_its_parameters_is_not_offered():
    source = (HERE / "ml_from_scratch.py").read_text(encoding="utf-8")
    found = asked(module_from(changed(source, ("initialize(self, optimizer)", "initialize(self, optimizer, plan)"))))
    reason = "its parameters are made by initialize(optimizer, plan), which nobody calls here: write an adapter"
    assert "FullyConnected" not in found.offered
    assert reason in found.reasons


DERIVATIVES = """
class Sigmoid:
    def forward(self, Z):
        self.A = 1 / (1 + np.exp(-Z))
        return self.A

    def backward(self):
        return self.A * (1 - self.A)


class Tanh:
    def __call__(self, x):
        return np.tanh(x)

    def gradient(self, x):
        return 1 - np.tanh(x) ** 2


class LeakyReLU:
    def __init__(self, alpha=0.01):
        self.alpha = alpha

    def forward(self, Z):
        self.Z = Z
        return np.where(Z > 0, Z, self.alpha * Z)

    def derivative(self):
        return np.where(self.Z > 0, 1, self.alpha).astype(self.Z.dtype)


class ReLU:
    def forward(self, x):
        return np.where(x > 0, x, 0 * x)

    def backward(self, da, y):
        return da * (y > 0)
"""


def test_a_derivative_is_multiplied_by_the_upstream_gradient_and_a_gradient_is_told_by_its_name():
    found = asked(module_from(DERIVATIVES))
    strange = [m for messages in found.wrong.values() for m in messages if "-nan-" not in m and "extreme" not in m]
    assert (strange, found.offered) == ([], {"Sigmoid", "Tanh", "LeakyReLU", "ReLU"})
    assert len(found.notes) == 3


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        ("self.A * (1 - self.A)", "self.A * (1 + self.A)", "Sigmoid"),
        ("1 - np.tanh(x) ** 2", "1 - x ** 2", "Tanh"),
        ("np.where(self.Z > 0, 1,", "np.where(self.Z > 0, 2,", "LeakyReLU"),
        ("da * (y > 0)", "da * (y >= 0)", "ReLU"),
    ],
)
def test_a_wrong_derivative_is_found(old, new, pair):
    assert any("input_gradient" in message for message in wrong_with(DERIVATIVES, old, new, pair))


WITHOUT_A_CACHE = """
def relu_forward(z):
    return np.maximum(z, 0)

def relu_backward(next_dz, z):
    return next_dz * (z > 0)

def fc_forward(z, W, b):
    return z @ W + b

def fc_backward(next_dz, W, z):
    return next_dz @ W.T, z.T @ next_dz, next_dz.sum(axis=0)
"""


def test_functions_that_keep_no_cache_are_given_what_their_arguments_are_called():
    found = asked(module_from(WITHOUT_A_CACHE), dtypes=("float64",))
    assert {pair for pair, messages in found.wrong.items() if any("-nan-" not in m for m in messages)} == set()
    assert found.offered == {"ReLU", "FullyConnected"}
    wrong = wrong_with(WITHOUT_A_CACHE, "z.T @ next_dz", "z.T @ next_dz / len(z)", "FullyConnected")
    assert any("gradient.W" in message for message in wrong)


def test_what_backward_asks_for_and_nobody_can_tell_is_not_offered():
    text = changed(DERIVATIVES, ("def backward(self, da, y)", "def backward(self, da, y, scale, table)"))
    found = asked(module_from(text), "ReLU", dtypes=("float64",))
    assert any(reason.startswith("backward needs da, y, scale, table, and") for reason in found.reasons)


SLOPE_AGAIN = """
class LeakyReLU:
    def __init__(self, alpha=0.01):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, dout, alpha=None):
        return np.where(self.x > 0, dout, (self.alpha if alpha is None else alpha) * dout)
"""


def test_a_slope_that_backward_takes_is_no_rate():
    found = asked(module_from(SLOPE_AGAIN))
    assert (found.wrong, found.offered) == ({}, {"LeakyReLU"})


CONNECTED = """
class Linear:
    def __init__(self, n_out, n_in=None):
        self.n_out, self.n_in, self.W, self.b = n_out, n_in, None, None

    def connect_to(self, prev_layer=None):
        n_in = self.n_in if prev_layer is None else prev_layer.out_shape[-1]
        self.W, self.b = np.ones((n_in, self.n_out)), np.zeros(self.n_out)

    def forward(self, input):
        return np.dot(input, self.W) + self.b


def cross_entropy(model, y_pred, y_train):
    return 0.0, y_pred


class Conv2D:
    def __init__(self, in_filters, out_filters, {more}):
        self.k = np.ones((3, 3, in_filters, out_filters))
"""


def test_what_cannot_be_called_here_is_not_offered_and_does_not_fail():
    found = asked(module_from(CONNECTED.format(more="plan")), dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert "its parameters are made by connect_to(), which nobody calls here: write an adapter" in found.reasons
    assert any(r.startswith("it asks for model, y_pred, y_train, and is given an output") for r in found.reasons)
    assert "Conv2D needs plan, which this suite has no value for: write an adapter" in found.reasons
