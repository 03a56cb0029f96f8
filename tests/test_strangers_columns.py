"""Modules whose examples are columns, (features, N), as in a well-known course: told by shapes, or by an option."""

import pytest

from parity_tests.subjects.stranger.options import Options
from strangers.asking import asked, module_from, wrong_with

COURSE = """
def linear_forward(A, W, b):
    Z = W @ A + b
    return Z, (A, W, b)


def linear_backward(dZ, cache):
    A, W, b = cache
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, cache):
    return np.where(cache <= 0, 0, dA)


def softmax(Z):
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)


def softmax_backward(dA, A):
    return A * (dA - (dA * A).sum(axis=0))


def cross_entropy(A, Y):
    return -(Y * np.log(A)).sum() / Y.shape[1]


def cross_entropy_grad(A, Y):
    return -Y / A / Y.shape[1]


def mse(y_pred, y_true):
    return ((y_pred - y_true) ** 2).mean()
"""
CLASSES = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.default_rng(0).normal(size=(n_out, n_in)), np.zeros((n_out, 1))

    def forward(self, A):
        self.A = A
        return self.W @ A + self.b

    def backward(self, dZ):
        self.dW, self.db = dZ @ self.A.T, dZ.sum(axis=1, keepdims=True)
        return self.W.T @ dZ


class BatchNorm:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones((num_features, 1)), np.zeros((num_features, 1))
        self.running_mean, self.running_var = np.zeros((num_features, 1)), np.ones((num_features, 1))
        self.eps, self.momentum = eps, momentum

    def forward(self, x, training=True):
        self.training, mean, var = training, self.running_mean, self.running_var
        if training:
            mean, var, m = x.mean(1, keepdims=True), x.var(1, keepdims=True), x.shape[1]
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
        self.s = 1 / np.sqrt(var + self.eps)
        self.x_hat = (x - mean) * self.s
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        self.dgamma, self.dbeta = ((dout * a).sum(1, keepdims=True) for a in (self.x_hat, np.ones_like(dout)))
        d = dout * self.gamma
        if self.training:
            d = d - d.mean(1, keepdims=True) - self.x_hat * (d * self.x_hat).mean(1, keepdims=True)
        return d * self.s


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=0))
        self.y = e / e.sum(axis=0)
        return self.y

    def backward(self, g):
        return self.y * (g - (g * self.y).sum(axis=0))


class SoftmaxCrossEntropy:
    def forward(self, logits, y_true):
        shifted = logits - logits.max(axis=0)
        self.p, self.y = np.exp(shifted) / np.exp(shifted).sum(axis=0), y_true
        return -(y_true * (shifted - np.log(np.exp(shifted).sum(axis=0)))).sum() / y_true.shape[1]

    def backward(self):
        return (self.p * self.y.sum(axis=0) - self.y) / self.y.shape[1]
"""
IN_COLUMNS = "its examples are columns"
OFFERED = {
    COURSE: {"FullyConnected", "ReLU", "SoftMax", "CrossEntropy", "L2"},
    CLASSES: {"FullyConnected", "BatchNorm", "SoftMax", "SoftmaxCrossEntropy"},
}


@pytest.mark.parametrize("text", [COURSE, CLASSES], ids=["functions", "classes"])
def test_it_is_told_by_shapes_and_passes(text):
    found = asked(module_from(text))
    assert found.wrong == {}
    assert found.offered == OFFERED[text]
    assert any(IN_COLUMNS in note for note in found.notes)


@pytest.mark.parametrize("name", ["SoftMax", "CrossEntropy"])
def test_shapes_alone_do_not_tell_it_of_a_softmax_or_a_loss(name):
    """Those of a module with a fully connected layer are given what that takes; others rows, unless told."""
    alone = module_from(COURSE[COURSE.index("def relu") :])
    assert name in asked(alone, name, dtypes=("float64",)).wrong
    told = asked(alone, name, options=Options(examples="columns"), dtypes=("float64",))
    assert told.wrong == {}
    assert any(IN_COLUMNS in note for note in told.notes)


def test_it_may_be_told_that_examples_are_rows():
    found = asked(module_from(COURSE), "FullyConnected", options=Options(examples="rows"), dtypes=("float64",))
    assert "FullyConnected" in found.wrong
    assert not found.notes


@pytest.mark.parametrize(
    ("text", "old", "new", "pair", "quantity"),
    [
        (COURSE, "dZ @ A.T,", "dZ @ A.T / A.shape[1],", "FullyConnected", "gradient.W"),
        (COURSE, "return W.T @ dZ", "return W.T @ dZ * 2", "FullyConnected", "input_gradient"),
        (COURSE, "e.sum(axis=0)", "e.sum(axis=0) * 2", "SoftMax", "output"),
        (COURSE, "return -Y / A / Y.shape[1]", "return -Y / A / Y.shape[0]", "CrossEntropy", "gradient"),
        (CLASSES, "dZ.sum(axis=1, keepdims=True)", "dZ.mean(axis=1, keepdims=True)", "FullyConnected", "gradient.b"),
        (CLASSES, " * m / (m - 1)", "", "BatchNorm", "running_var"),
    ],
)
def test_a_mistake_in_columns_is_found(text, old, new, pair, quantity):
    assert any(quantity in message for message in wrong_with(text, old, new, pair))


def test_rows_are_never_taken_for_columns():
    """A layer of rows that is wrong, or that fails, is asked in rows."""
    rows = COURSE.replace("W @ A + b", "A @ W + b").replace("W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)",
                                                            "dZ @ W.T, A.T @ dZ, dZ.sum(axis=0)")  # fmt: skip
    assert asked(module_from(rows), "FullyConnected").wrong == {}
    for wrong in ("A @ W", "A @ W + b + 1", "A @ W.T + b", "(A @ W + b).T", "A @ W + b[:2]", "np.zeros(3)"):
        found = asked(module_from(rows.replace("A @ W + b", wrong)), "FullyConnected", dtypes=("float64",))
        assert "FullyConnected" in found.wrong
        assert not any(IN_COLUMNS in note for note in found.notes), wrong


def test_arrays_of_the_caller_stay_as_they_are():
    """In columns a layer is given copies that lie in rows of their own; what it does to them is seen."""
    text = COURSE.replace("    Z = W @ A + b\n", "    Z = W @ A + b\n    A *= 2\n")
    wrong = asked(module_from(text), "FullyConnected", dtypes=("float64",)).wrong
    assert [message for message in wrong["FullyConnected"] if "was modified" in message]


def test_a_fully_connected_layer_that_cannot_be_made_spoils_nothing_else():
    broken = """
class Dense:
    def __init__(self):
        raise RuntimeError("not ready")

    def forward(self, x, W, b):
        return x @ W + b
"""
    found = asked(module_from(broken + COURSE[COURSE.index("def mse") :]), dtypes=("float64",))
    assert set(found.wrong) == {"FullyConnected"}
    assert "L2" in found.offered
