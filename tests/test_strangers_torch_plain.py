"""Plain classes of tensors, of a file that imports torch and not numpy; their backward is their own, or autograd's."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from strangers.asking import asked, changed

BY_AUTOGRAD = """
class Linear:
    def __init__(self, fan_in, fan_out):
        self.weight, self.bias = torch.randn((fan_in, fan_out)) / fan_in**0.5, torch.zeros(fan_out)
    def __call__(self, x):
        self.out = x @ self.weight + self.bias
        return self.out
    def parameters(self):
        return [self.weight, self.bias]

class BatchNorm1d:
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = torch.ones(dim), torch.zeros(dim)
        self.running_mean, self.running_var = torch.zeros(dim), torch.ones(dim)
    def __call__(self, x):
        mean, var = (x.mean(0), x.var(0, unbiased=False)) if self.training else (self.running_mean, self.running_var)
        if self.training:
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(0)
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta
"""
BY_HAND = """
torch.set_grad_enabled(False)

class Module:
    def forward(self, *input):
        raise NotImplementedError

class Linear(Module):
    def __init__(self, in_features, out_features):
        self.w, self.b = torch.empty(out_features, in_features).normal_(), torch.zeros(out_features)
        self.dw, self.db = torch.zeros(out_features, in_features), torch.zeros(out_features)
    def forward(self, input):
        self.input = input
        return input.mm(self.w.t()) + self.b
    def backward(self, grad):
        self.dw.add_(grad.t().mm(self.input))
        self.db.add_(grad.sum(0))
        return grad.mm(self.w)
    def zero_grad(self):
        self.dw.zero_()
        self.db.zero_()

class Tanh(Module):
    def forward(self, input):
        self.output = input.tanh()
        return self.output
    def backward(self, grad):
        return grad * (1 - self.output.pow(2))

class LossMSE(Module):
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return (pred - target).pow(2).mean()
    def backward(self):
        return 2 * (self.pred - self.target) / self.pred.numel()
"""
STEPS = """
class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr
    @torch.no_grad()
    def step(self):
        for param in self.params:
            param -= self.lr * param.grad
    def zero_grad(self):
        for param in self.params:
            param.grad.zero_()
"""


@pytest.fixture(autouse=True)
def _autograd_as_before():
    import torch

    before = torch.is_grad_enabled()
    yield
    torch.set_grad_enabled(before)


def module_of_tensors(source: str) -> ModuleType:
    """As a file would be that begins with `import torch`; the tests' own modules import numpy."""
    module = ModuleType("of_tensors")
    sys.modules[module.__name__] = module
    exec(compile("import torch\n" + source, "of_tensors.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        (BY_AUTOGRAD, {"FullyConnected", "BatchNorm"}),
        (BY_HAND, {"FullyConnected", "Tanh", "L2"}),
        (STEPS, {"SGD"}),
    ],
    ids=["autograd", "by hand", "steps"],
)
def test_they_agree_in_all_that_they_offer(source, pairs):
    found = asked(module_of_tensors(source), *sorted(pairs))
    assert (found.wrong, found.offered) == ({}, pairs)


@pytest.mark.parametrize(
    ("source", "pair", "change", "quantity"),
    [
        (BY_AUTOGRAD, "FullyConnected", ("x @ self.weight", "x @ self.weight * 2"), "output"),
        (BY_AUTOGRAD, "BatchNorm", ("self.momentum * x.var(0)", "self.momentum * var"), "running_var"),
        (BY_HAND, "FullyConnected", ("grad.sum(0)", "grad.mean(0)"), "gradient.b"),
        (BY_HAND, "FullyConnected", ("self.dw.zero_()", "pass"), "gradient.W"),
        (BY_HAND, "Tanh", ("self.output.pow(2)", "self.output"), "input_gradient"),
        (BY_HAND, "L2", ("/ self.pred.numel()", "/ len(self.pred)"), "gradient"),
        (STEPS, "SGD", ("-= self.lr", "+= self.lr"), "step"),
    ],
)
def test_what_is_wrong_in_them_is_found(source, pair, change, quantity):
    found = asked(module_of_tensors(changed(source, change)), pair)
    assert any(quantity in message for message in found.wrong[pair])


def test_a_class_of_arrays_in_a_file_that_knows_both_stays_one():
    source = "import numpy as np\nclass ReLU:\n    def forward(self, x):\n        return np.maximum(x, 0)\n"
    found = asked(module_of_tensors(source), "ReLU")
    assert (found.wrong, found.offered) == ({}, {"ReLU"})
