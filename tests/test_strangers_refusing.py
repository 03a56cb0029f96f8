"""What a class refuses is not offered; what it took and stumbles over is wrong."""

import pytest

from strangers.asking import asked, module_from

DENSE = """
RELU = (lambda z: np.where(z <= 0, 0, z).astype(z.dtype), lambda z, g: np.where(z <= 0, 0, g).astype(g.dtype))
SIGMOID = (lambda z: 1 / (1 + np.exp(-z)), lambda z, g: g * np.exp(-z) / (1 + np.exp(-z)) ** 2)
KNOWN = {{"linear": (lambda z: z, lambda z, g: g), "{known}": {known_as}}}

class Dense:
    def __init__(self, n_in, n_out, activation="linear"):
        self.W, self.b, self.name = np.ones((n_in, n_out)), np.zeros(n_out), activation
        {built}
    def forward(self, x):
        {run}
        self.f, self.df = KNOWN.get(self.name, KNOWN["linear"])
        self.x, self.z = x, x @ self.W + self.b
        return self.f(self.z)
    def backward(self, g):
        g = self.df(self.z, g)
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T
"""
RAISES = "if self.name not in KNOWN: raise ValueError(f'Unknown {self.name}')"
ASSERTS = "assert self.name in KNOWN"
LOOKS = "KNOWN[self.name]"


def dense(built="pass", run="pass", known="relu"):
    source = DENSE.format(built=built, run=run, known=known, known_as=known.upper())
    return asked(module_from(source), "FullyConnected", dtypes=("float64",))


@pytest.mark.parametrize("known", ["relu", "sigmoid"])
@pytest.mark.parametrize("where", [{"built": RAISES}, {"built": LOOKS}, {"built": ASSERTS}, {"run": RAISES}])
def test_an_activation_that_it_refuses_is_not_offered_and_the_others_are(where, known):
    found = dense(**where, known=known)
    assert found.wrong == {}
    refused = {reason.split(":")[0] for reason in found.reasons}
    assert refused == {f"activation {a}" for a in ("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "SoftMax")
                       if a.lower() != known}  # fmt: skip


def test_an_activation_that_it_takes_and_stumbles_over_is_wrong():
    assert "KeyError: 'leaky_relu'" in str(dense(run=LOOKS).wrong["FullyConnected"])


def test_an_activation_that_it_takes_and_leaves_out_is_wrong():
    assert "leaky_relu-training.output" in str(dense().wrong["FullyConnected"])


def test_a_fault_shows_beside_a_refusal():
    found = dense(built=RAISES + "\n        self.b = np.zeros(n_out + 1)")
    assert set(found.wrong) == {"FullyConnected"}


POOL = """
class MaxPool2d:
    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False):
        self.k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        self.s = self.k if stride is None else (stride, stride) if isinstance(stride, int) else stride
        self.p = (padding, padding) if isinstance(padding, int) else padding
        self.ceil_mode = ceil_mode
        {built}
    def forward(self, x):
        {run}
        (p, q), (s, t) = self.p, self.s
        x = np.pad(x, ((0, 0), (p, p), (q, q), (0, 0)), constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(x, self.k, axis=(1, 2))
        return windows[:, ::s, ::t].max(axis=(-2, -1))
"""


@pytest.mark.parametrize(
    ("built", "run"),
    [
        ("if ceil_mode: raise ValueError('no')", "pass"),
        ("if ceil_mode: {}['ceil_mode']", "pass"),
        ("pass", "if self.ceil_mode: raise ValueError('no')"),
        ("pass", "assert not self.ceil_mode, 'no'"),
    ],
)
def test_ceil_mode_that_is_refused_is_not_offered(built, run):
    found = asked(module_from(POOL.format(built=built, run=run)), "Pool2D", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"Pool2D"})
    assert any(reason.startswith("ceil_mode: ") for reason in found.reasons)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("if self.ceil_mode: np.zeros(0).argmax()", "ValueError: attempt to get argmax of an empty sequence"),
        ("if self.ceil_mode: np.argmax(np.zeros(0))", "ValueError: attempt to get argmax of an empty sequence"),
        ("if self.ceil_mode: np.pad(x, 1, mode='no')", "ValueError: mode 'no' is not supported"),
        ("if self.ceil_mode: x[:, 99]", "IndexError"),
    ],
)
def test_ceil_mode_that_is_taken_and_stumbled_over_is_wrong(run, said):
    found = asked(module_from(POOL.format(built="pass", run=run)), "Pool2D", dtypes=("float64",))
    assert said in str(found.wrong["Pool2D"])
    assert all("ceil_mode" in message or said in message for message in found.wrong["Pool2D"])


def test_an_oblong_kernel_that_it_stumbles_over_is_a_refusal_still():
    source = POOL.format(built="self.k = kernel_size; self.half = self.k // 2; self.k = (self.k, self.k)", run="pass")
    found = asked(module_from(source), "Pool2D", dtypes=("float64",))
    assert any(reason.startswith("a kernel of (3, 2): TypeError") for reason in found.reasons)


@pytest.mark.parametrize("mixed_up", ["self.k", "(p + 2, q + 2)"], ids=["kernel", "padding"])
def test_height_and_width_that_are_mixed_up_are_wrong_where_pairs_are_taken(mixed_up):
    """Square, it works: so a pair is not what it refuses."""
    stumbles = f"p, q = self.p; np.ones({mixed_up}) + np.ones({mixed_up}[::-1])"
    found = asked(module_from(POOL.format(built="pass", run=stumbles)), "Pool2D", dtypes=("float64",))
    assert "could not be broadcast" in str(found.wrong["Pool2D"])


def test_one_that_raises_at_an_oblong_kernel_refuses_it():
    refusal = "if self.k[0] != self.k[1]: raise ValueError('square kernels only')"
    source = POOL.format(built="if ceil_mode: raise ValueError('no')", run=refusal)
    found = asked(module_from(source), "Pool2D", dtypes=("float64",))
    assert found.wrong == {}
    assert any("square kernels only" in reason for reason in found.reasons)
