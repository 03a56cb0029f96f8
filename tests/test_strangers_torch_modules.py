"""A stranger's torch.nn.Module, torch.autograd.Function and torch.optim.Optimizer are asked as any other class is."""

import numpy as np
import pytest
import torch

from parity_tests.pair import NotOffered
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.stranger.torch_modules import in_arrays
from parity_tests.subjects.stranger.unchecked import unchecked
from strangers.asking import asked, module_from, wrong_with

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\n"
OF_TORCH = HEAD + "\n".join(
    f"class {name}({base}.{name}):\n    pass\n"
    for base, names in {
        "nn": "Linear Conv2d MaxPool2d AvgPool2d BatchNorm1d BatchNorm2d Dropout Flatten ReLU LeakyReLU Sigmoid Tanh "
        "CrossEntropyLoss MSELoss",
        "torch.optim": "SGD Adam AdamW",
    }.items()
    for name in names.split()
)
LINEAR = (
    HEAD
    + '''
class Linear(nn.Module):
    """Of a part, whose names are linear.weight and linear.bias."""

    def __init__(self, in_features, out_features):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)

    def forward(self, x):
        return self.linear(x)
'''
)
BATCH_NORM = (
    HEAD
    + """
class BatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(num_features)), nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            m = x.numel() // x.shape[1]
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
        row = lambda a: a[None, :, None, None]
        return row(self.weight) * (x - row(mean)) / torch.sqrt(row(var) + self.eps) + row(self.bias)
"""
)
PLAIN_TENSORS = f"""{HEAD}
class BatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        shape = (1, num_features, 1, 1)
        self.gamma, self.beta = torch.ones(shape, requires_grad=True), torch.zeros(shape, requires_grad=True)
        self.moving_mean, self.moving_var = torch.zeros(shape), torch.ones(shape)
        self.eps, self.momentum = eps, momentum

    def forward(self, x):
        mean, var = self.moving_mean, self.moving_var
        if self.training:
            mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, unbiased=False)
            m, share = x.numel() // x.shape[1], self.momentum
            self.moving_mean = (1 - share) * self.moving_mean + share * mean
            self.moving_var = (1 - share) * self.moving_var + share * var * m / (m - 1)
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta
"""
DROPOUT = (
    HEAD
    + """
class Dropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if self.p == 1:
            return x * 0
        kept = KEPT
        return x * kept / (1 - self.p)
"""
)
KEPT = [
    "(torch.rand(x.shape) >= self.p)",
    "(torch.rand(*x.shape, dtype=x.dtype) > self.p)",
    "(torch.rand_like(x) < 1 - self.p)",
    "torch.bernoulli(torch.full_like(x, 1 - self.p))",
    "torch.empty_like(x).bernoulli_(1 - self.p)",
    "(torch.empty_like(x).uniform_() >= self.p)",
    "(F.dropout(torch.ones_like(x), self.p) > 0)",
]
FUNCTIONS = (
    HEAD
    + """
class ReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x <= 0, torch.zeros_like(x), x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return torch.where(x <= 0, torch.zeros_like(x), grad)


class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        return grad @ weight, grad.t() @ x, grad.sum(0)
"""
)
LOSSES = (
    HEAD
    + """
class CrossEntropyLoss(nn.Module):
    def forward(self, input, target):
        return -F.log_softmax(input, dim=1)[torch.arange(len(target)), target].mean()


class MSELoss(nn.Module):
    def forward(self, y_true, y_pred):
        return ((y_true - y_pred) ** 2).mean()
"""
)


def test_subclasses_of_pytorchs_own_agree_everywhere():
    found = asked(module_from(OF_TORCH))
    assert found.wrong == {}
    assert found.offered == {
        "FullyConnected", "Conv2D", "Pool2D", "BatchNorm", "Dropout", "Flatten", "ReLU", "LeakyReLU", "Sigmoid", "Tanh",
        "SoftmaxCrossEntropy", "L2", "SGD", "Adam", "AdamW"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (LINEAR, {"FullyConnected"}),
        (BATCH_NORM, {"BatchNorm"}),
        (PLAIN_TENSORS, {"BatchNorm"}),
        (FUNCTIONS, {"FullyConnected", "ReLU"}),
        (LOSSES, {"SoftmaxCrossEntropy", "L2"}),
    ],
)
def test_what_is_written_with_tensors_agrees(text, offered):
    found = asked(module_from(text))
    assert found.wrong == {}
    assert found.offered == offered


@pytest.mark.parametrize("kept", KEPT)
def test_a_dropout_that_draws_from_pytorch_is_steered(kept):
    found = asked(module_from(DROPOUT.replace("KEPT", kept)), "Dropout", dtypes=("float64",))
    assert found.wrong == {}
    assert found.offered == {"Dropout"}


@pytest.mark.parametrize(
    ("text", "old", "new", "pair", "message"),
    [
        (BATCH_NORM, " * m / (m - 1)", "", "BatchNorm", "running_var"),
        (BATCH_NORM, "row(var) + self.eps", "row(var)", "BatchNorm", "training.output"),
        (FUNCTIONS, "grad.sum(0)", "grad.mean(0)", "FullyConnected", "gradient.b"),
        (FUNCTIONS, "x <= 0, torch.zeros_like(x), grad", "x < 0, torch.zeros_like(x), grad", "ReLU", "input_gradient"),
        (LOSSES, "target].mean()", "target].sum()", "SoftmaxCrossEntropy", "value"),
        (DROPOUT.replace("KEPT", KEPT[0]), " / (1 - self.p)", "", "Dropout", "output"),
        (LINEAR, "return self.linear(x)", "return self.linear(x.detach())", "FullyConnected", "input_gradient"),
        (LINEAR, "return self.linear(x)", "return self.linear(x) * 2", "FullyConnected", "output"),
        (OF_TORCH, "class SGD(torch.optim.SGD):\n    pass", "class SGD(torch.optim.SGD):\n    def step(self):\n"
         "        super().step()\n        super().step()", "SGD", "step"),
    ],
)  # fmt: skip
def test_a_mistake_is_found(text, old, new, pair, message):
    assert any(message in told for told in wrong_with(text, old, new, pair))


def test_random_numbers_are_pytorchs_own_again():
    torch.manual_seed(0)
    before = torch.rand(3)
    asked(module_from(DROPOUT.replace("KEPT", KEPT[0])), "Dropout", dtypes=("float64",))
    torch.manual_seed(0)
    assert torch.equal(torch.rand(3), before)


def test_a_class_without_tensors_stays_as_it_is():
    class ReLU:
        pass

    assert in_arrays(ReLU) is ReLU
    assert in_arrays(torch.nn.ReLU) is in_arrays(torch.nn.ReLU)


def test_a_layer_may_make_constants_of_its_own():
    """In the default type, which is float32: what it multiplies them with may be float64."""
    text = FUNCTIONS.replace("x @ weight.t()", "(x @ torch.eye(x.shape[1])) @ weight.t()")
    found = asked(module_from(text.replace("grad @ weight,", "grad @ weight @ torch.eye(weight.shape[1]),")))
    assert found.wrong == {}
    assert torch.get_default_dtype() == torch.float32


def test_a_layer_may_work_in_place():
    found = asked(module_from(HEAD + "class ReLU(nn.Module):\n    def forward(self, x):\n        return F.relu_(x)\n"))
    assert found.wrong == {}
    assert found.offered == {"ReLU"}


def test_arrays_are_kept_by_their_names_and_types():
    """So that the parameters and the statistics that were given are those that a forward uses, in their type."""
    pair = BY_NAME["BatchNorm"]
    case = next(case for case in pair.cases if len(case.shape) == 4)
    subject = side_of(module_from(BATCH_NORM))(pair, case, "float64")
    C = case.shape[-1]
    parameters = {"gamma": np.full((1, C), 2.0), "beta": np.full((1, C), 3.0)}
    state = {"running_mean": np.zeros((1, C)), "running_var": np.full((1, C), 4.0), "num_batches_tracked": np.array(0)}
    subject.load(parameters, state)
    X = np.ones(case.shape)
    Y = subject.forward(X, training=False, masks={})
    assert Y.dtype == np.float64
    np.testing.assert_allclose(Y, 2 / np.sqrt(4 + 1e-5) + 3, rtol=1e-12)
    subject.load(*({key: a.astype(np.float32) for key, a in arrays.items()} for arrays in (parameters, state)))
    assert subject.forward(X.astype(np.float32), training=False, masks={}).dtype == np.float32
    assert isinstance(subject.state()["num_batches_tracked"], NotOffered)


def test_the_class_and_not_its_dress_is_what_stands_for_a_pair():
    text = HEAD + "def relu(x):\n    return F.relu(x)\n\n\nclass ReLU(nn.Module):\n    def forward(self, x):\n"
    module = module_from(text + "        return relu(x)\n\n\nclass Relu(nn.ReLU):\n    pass\n")
    assert unchecked(module, BY_NAME["ReLU"]) == ("Relu",)
