"""Sizes whose names tell nothing: what is built of them does, and where it does not, nothing is guessed."""

import pytest

from strangers.asking import asked, module_from

DENSE = """
class Dense:
    def __init__(self, {first}, {second}):
        self.W = np.random.default_rng(0).normal(size=({first}, {second}))
        self.b = np.zeros({outputs})
    def forward(self, x):
        self.x = x
        return x @ {weight} + self.b
    def backward(self, dout):
        self.dW, self.db = {dW}, dout.{sum}(axis=0)
        return dout @ {turned}
"""
ROWS = {"outputs": "{second}", "weight": "self.W", "turned": "self.W.T", "dW": "self.x.T @ dout"}
TURNED = {"outputs": "{first}", "weight": "self.W.T", "turned": "self.W", "dW": "dout.T @ self.x"}


def dense(first: str, second: str, way: dict[str, str], total: str = "sum"):
    parts = {name: text.format(first=first, second=second) for name, text in way.items()}
    return module_from(DENSE.format(first=first, second=second, sum=total, **parts))


@pytest.mark.parametrize(
    ("first", "second", "way"),
    [("a", "b", ROWS), ("a", "b", TURNED), ("n_prev", "n_out", ROWS), ("n_units", "n_prev", TURNED), ("d", "k", ROWS)],
)
def test_the_sizes_of_a_dense_layer_are_told_by_what_is_built_of_them(first, second, way):
    found = asked(dense(first, second, way), "FullyConnected", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"FullyConnected"})
    found = asked(dense(first, second, way, "mean"), "FullyConnected", dtypes=("float64",))
    assert any("gradient.b[" in message for message in found.wrong["FullyConnected"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return x @ self.W + self.b", "return x @ self.W.T + self.b"),  # it fits in neither order
        ("def __init__(self, a, b)", "def __init__(self, a, b, schedule)"),
        ("size=(a, b)", "size=(a[0], b)"),
    ],
)
def test_what_no_order_fits_is_not_offered(old, new):
    parts = {name: text.format(first="a", second="b") for name, text in ROWS.items()}
    text = DENSE.format(first="a", second="b", sum="sum", **parts)
    assert old in text
    found = asked(module_from(text.replace(old, new)), "FullyConnected", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert any("Dense needs a, b" in reason for reason in found.reasons)


NORM = """
class BatchNorm:
    def __init__(self, {size}, eps=1e-5, momentum=0.1):
        self.gamma, self.beta, self.eps, self.momentum = {ones}, {zeros}, eps, momentum
        self.running_mean, self.running_var = {zeros}, {ones}
    def forward(self, x, training=True):
        if not training:
            self.inv, self.hat = None, (x - self.running_mean) / np.sqrt(self.running_var + self.eps)
            return self.gamma * self.hat + self.beta
        n, mean, var = len(x), x.mean(axis=0), x.var(axis=0)
        self.inv = 1 / np.sqrt(var + self.eps)
        self.hat = (x - mean) * self.inv
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * {correction}
        return self.gamma * self.hat + self.beta
    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.hat).sum(axis=0), dout.sum(axis=0)
        if self.inv is None:
            return dout * self.gamma / np.sqrt(self.running_var + self.eps)
        d = dout * self.gamma
        return self.inv * (d - d.mean(axis=0) - self.hat * (d * self.hat).mean(axis=0))
"""
UNBIASED, BIASED = "n / (n - 1)", "1"


def norm(size: str, correction: str, ones: str, zeros: str):
    return module_from(NORM.format(size=size, correction=correction, ones=ones, zeros=zeros))


@pytest.mark.parametrize("size", ["n", "width", "layer_dim"])
def test_the_one_size_of_a_batch_norm_is_its_features(size):
    ones, zeros = f"np.ones({size})", f"np.zeros({size})"
    found = asked(norm(size, UNBIASED, ones, zeros), "BatchNorm", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"BatchNorm"})
    assert any("images: " in reason for reason in found.reasons)  # rows only, as under any other name
    wrong = asked(norm(size, BIASED, ones, zeros), "BatchNorm", dtypes=("float64",)).wrong["BatchNorm"]
    assert any("running_var" in message for message in wrong)


def test_a_number_that_makes_no_array_is_no_size():
    """A batch norm that asks for how fast it forgets, and has one gamma for all features."""
    found = asked(norm("forgetting", UNBIASED, "np.ones(1)", "np.zeros(1)"), "BatchNorm", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, set())
    assert any("BatchNorm needs forgetting, which" in reason for reason in found.reasons)
