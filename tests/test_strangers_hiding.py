"""Places where a fault could hide, because the adapter follows the code: each fault here must be found all the same.

What is followed is shapes and names. So a fault that has the shape of another convention is planted for each: a share
that is wrong while the mask is right, a transposed weight where it is square, an order of axes that fits by chance.
"""

import pytest

from strangers.asking import asked, module_from
from strangers.steered import DROPOUT

MASKED = "np.random.rand(*x.shape) >= self.p"


@pytest.mark.parametrize(
    ("kept", "scale", "again", "check"),
    [
        ("np.random.rand(*x.shape) < self.p", "max(1 - self.p, 1e-300)", "self.mask", "share_kept"),
        ("np.random.rand(*x.shape) >= self.p / 2", "max(1 - self.p, 1e-300)", "self.mask", "share_kept"),
        (MASKED, "max(self.p, 1e-300)", "self.mask", "training.output"),
        ("np.random.rand(*x.shape[1:]) >= self.p", "max(1 - self.p, 1e-300)", "self.mask", "training.output"),
        ("np.random.rand(len(x), *[1] * (x.ndim - 1)) >= self.p", "max(1 - self.p, 1e-300)", "self.mask", "training."),
        ("np.random.default_rng(0).random(x.shape) >= self.p", "max(1 - self.p, 1e-300)", "self.mask", "share_kept"),
        (MASKED, "max(1 - self.p, 1e-300)", "(np.random.rand(*dout.shape) >= self.p)", "training.input_gradient"),
    ],
    ids=[
        "keeps p",
        "half of p",
        "scaled by p",
        "one mask a batch",
        "one mask a row",
        "the same mask",
        "new in backward",
    ],
)
def test_a_steered_dropout(kept, scale, again, check):
    found = asked(module_from(DROPOUT.format(kept=kept, scale=scale, again=again)), "Dropout", dtypes=("float64",))
    assert any(check in message for message in found.wrong["Dropout"])


DENSE = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.ones(({shape})), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ {forward} + self.b
    def backward(self, dout):
        self.dW, self.db = {gradient}, dout.sum(axis=0)
        return dout @ {back}
"""
OURS = {"shape": "n_in, n_out", "forward": "self.W", "gradient": "self.x.T @ dout", "back": "self.W.T"}
THEIRS = {"shape": "n_out, n_in", "forward": "self.W.T", "gradient": "dout.T @ self.x", "back": "self.W"}
SQUARE = "(self.W if self.W.shape[0] == self.W.shape[1] else self.W.T)"


@pytest.mark.parametrize("order", [OURS, THEIRS], ids=["in out", "out in"])
@pytest.mark.parametrize(
    ("part", "wrong", "check"),
    [
        ("gradient", "({gradient}).T", "gradient.W"),
        ("gradient", "({gradient}).T if self.W.shape[0] == self.W.shape[1] else {gradient}", "gradient.W"),
        ("back", "({back}).T if self.W.shape[0] == self.W.shape[1] else {back}", "input_gradient"),
        ("forward", "({forward}).T if self.W.shape[0] == self.W.shape[1] else {forward}", "output"),
    ],
)
def test_a_weight_that_is_transposed_where_it_is_square(order, part, wrong, check):
    assert asked(module_from(DENSE.format(**order)), "FullyConnected").wrong == {}
    faulty = order | {part: wrong.format(**order)}
    found = asked(module_from(DENSE.format(**faulty)), "FullyConnected", dtypes=("float64",))
    assert any(f"-training.{check}" in message for message in found.wrong["FullyConnected"])


NORM = """
class {name}:
    def __init__(self, num_features, eps=1e-5, momentum={default}):
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.eps, self.momentum = eps, momentum
    def forward(self, x, training=True):
        mean, var, m = self.running_mean, self.running_var, self.momentum
        axes = {axes}
        if training:
            mean, var, n = x.mean(axis=axes), x.var(axis=axes), x.size // x.shape[-1]
            self.running_mean = {old} * self.running_mean + {new} * mean
            self.running_var = {old} * self.running_var + {new} * var * n / (n - 1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta
"""
RIGHT = {"name": "BatchNorm", "default": "0.1", "axes": "tuple(range(x.ndim - 1))", "old": "(1 - m)", "new": "m"}
SWAPPED = {"old": "m", "new": "(1 - m)"}


@pytest.mark.parametrize(
    "fault",
    [SWAPPED, {"default": "0.9"}, {"default": "0.99"}, {"name": "BatchNorm2d", "axes": "(0,)"},
     {"name": "BatchNorm2d", "axes": "(1, 2)"}],
    ids=["swapped", "0.9 for the new", "0.99 for the new", "images over the batch only", "images over pixels only"],
)  # fmt: skip
def test_statistics(fault):
    """A default of 0.9 says that momentum weighs the old; where it then weighs the new, that is wrong."""
    for right in (RIGHT, RIGHT | SWAPPED | {"default": "0.9"}):
        assert asked(module_from(NORM.format(**right)), "BatchNorm", dtypes=("float64",)).wrong.keys() <= {"BatchNorm"}
        outputs = asked(module_from(NORM.format(**right)), "BatchNorm", dtypes=("float64",)).wrong.get("BatchNorm", [])
        assert all("method `backward`" in message for message in outputs)
    found = asked(module_from(NORM.format(**RIGHT | fault)), "BatchNorm", dtypes=("float64",))
    assert any("running_mean" in m or "output" in m for m in found.wrong["BatchNorm"])


def test_a_norm_of_rows_alone_is_not_wrong_for_images_but_not_offered():
    found = asked(module_from(NORM.format(**RIGHT | {"axes": "(0,)"})), "BatchNorm", dtypes=("float64",))
    assert found.wrong == {}
    assert "images: the shapes of BatchNorm's statistics are those of rows" in found.reasons


CONV = """
class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        kh, kw = {unpack}
        self.weight, self.bias = np.ones((out_channels, in_channels, kh, kw)), np.zeros(out_channels)
        self.stride, self.padding = {stride}, padding
    def forward(self, x):
        p, s = self.padding, self.stride
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        windows = np.lib.stride_tricks.sliding_window_view(x, self.weight.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
        return np.einsum({einsum}, windows, self.weight) + self.bias[:, None, None]
"""
PLAIN = {"unpack": "(kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size", "stride": "stride",
         "einsum": "'nchwij,mcij->nmhw'"}  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        {"unpack": "(kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size[::-1]"},
        {"stride": "1"},
        {"einsum": "'nchwij,mcij->nmwh'"},
        {"einsum": "'nchwij,mcji->nmhw'"},
    ],
    ids=["kernel width first", "stride ignored", "output transposed", "kernel transposed"],
)
def test_a_convolution_with_its_axes_mixed_up(fault):
    """The kernel that is transposed has the right shape where it is square, and raises where it is not."""
    found = asked(module_from(CONV.format(**PLAIN)), "Conv2D", dtypes=("float64",))
    assert found.wrong == {}
    found = asked(module_from(CONV.format(**PLAIN | fault)), "Conv2D", dtypes=("float64",))
    assert set(found.wrong) == {"Conv2D"}


ACCUMULATING = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)
        self.dW, self.db = np.zeros((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.dW + self.x.T @ dout
        self.db = self.db + dout.sum(axis=0)
        return dout @ self.W.T
"""
ZERO = """
    def zero_grad(self):
        self.dW, self.db = 0 * self.dW, 0 * self.db
"""


def test_gradients_that_add_up_are_wrong_unless_zero_grad_says_that_they_should():
    assert asked(module_from(ACCUMULATING + ZERO), "FullyConnected", dtypes=("float64",)).wrong == {}
    found = asked(module_from(ACCUMULATING), "FullyConnected", dtypes=("float64",))
    assert any("backward_twice" in message for message in found.wrong["FullyConnected"])


CROSS = """
class CrossEntropy:
    def forward(self, y, y_hat):
        e = np.exp(y_hat)
        return -(y * np.log({p})).sum() / len(y)
    def backward(self, y, y_hat):
        e = np.exp(y_hat)
        return ({p} - y) / len(y)
class {other}:
    def forward(self, y, logits):
        e = np.exp(logits)
        return -(y * np.log({q})).sum() / len(y)
"""
SOFTMAX = "(e / e.sum(axis=1, keepdims=True))"


def test_a_softmax_inside_the_cross_entropy_beside_one_that_is_called_so():
    source = CROSS.format(p=SOFTMAX, other="SoftmaxCrossEntropy", q=SOFTMAX)
    found = asked(module_from(source), "CrossEntropy", "SoftmaxCrossEntropy", dtypes=("float64",))
    assert "CrossEntropy" in found.wrong


def test_a_softmax_that_is_none_does_not_make_the_loss_disappear():
    source = CROSS.format(p="e", other="SoftmaxLoss", q="(e / e.max())")
    found = asked(module_from(source), "SoftmaxCrossEntropy", dtypes=("float64",))
    assert any("-value" in message for message in found.wrong["SoftmaxCrossEntropy"])


POOL = """
class MaxPool2d:
    def __init__(self, kernel_size, stride=None):
        self.k = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        self.s = {stride}
        self.s = (self.s, self.s) if isinstance(self.s, int) else self.s
    def forward(self, x):
        windows = np.lib.stride_tricks.sliding_window_view(x, self.k, axis=(1, 2))
        return windows[:, :: self.s[0], :: self.s[1]].max(axis=(-2, -1))
"""


def test_a_stride_of_none_that_means_one():
    assert asked(module_from(POOL.format(stride="stride or self.k")), "Pool2D", dtypes=("float64",)).wrong == {}
    found = asked(module_from(POOL.format(stride="stride or 1")), "Pool2D", dtypes=("float64",))
    assert any("-training.output" in message for message in found.wrong["Pool2D"])


SGD = """
class SGD:
    def __init__(self, lr):
        self.lr = lr
    def step(self, params, grads):
        for i, key in enumerate(params):
            params[key] = params[key] - self.lr * grads[{key}]
"""


def test_an_optimiser_that_mixes_up_its_parameters():
    assert asked(module_from(SGD.format(key="key")), "SGD").wrong == {}
    assert "SGD" in asked(module_from(SGD.format(key="list(grads)[0]")), "SGD").wrong
