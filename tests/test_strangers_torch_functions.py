"""Plain functions of tensors are asked as those of arrays are, and differentiated where they have no gradient."""

import pytest

from strangers.asking import asked, module_from, wrong_with

FUNCTIONS = """
import torch


def relu(x):
    return torch.where(x <= 0, torch.zeros_like(x), x)


def leaky_relu(x, slope=0.01):
    return torch.where(x > 0, x, slope * x)


def tanh(x):
    return x.tanh()


def softmax(x):
    return torch.softmax(x, -1)


def softmax_backward(dout, y):
    return y * (dout - (dout * y).sum(-1, keepdim=True))
"""


def test_they_agree():
    found = asked(module_from(FUNCTIONS))
    assert found.wrong == {}
    assert found.offered == {"ReLU", "LeakyReLU", "Tanh", "SoftMax"}


@pytest.mark.parametrize(
    ("old", "new", "pair", "message"),
    [
        ("x <= 0, torch", "x < -1, torch", "ReLU", "output"),
        ("return x.tanh()", "return x.detach().tanh() + 0 * x", "Tanh", "input_gradient"),
        ("dout - (dout * y).sum(-1, keepdim=True)", "dout", "SoftMax", "input_gradient"),
    ],
)
def test_a_mistake_is_found(old, new, pair, message):
    assert any(message in told for told in wrong_with(FUNCTIONS, old, new, pair))


def test_what_takes_arrays_and_tensors_alike_is_given_arrays():
    found = asked(module_from("import torch\n\n\ndef relu(x):\n    return x * (x > 0)\n"), "ReLU", dtypes=("float64",))
    assert "no backward function" in found.reasons


LOSSES = """
import torch


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y]).mean()


def softmax_loss(logits, y_true):
    return -(y_true * torch.log_softmax(logits, 1)).sum() / len(logits)


def mse(pred, target):
    return (pred - target).square().mean()


def mse_grad(pred, target):
    return 2 * (pred - target) / pred.numel()
"""


def test_losses_agree():
    found = asked(module_from(LOSSES))
    assert found.wrong == {}
    assert found.offered == {"CrossEntropy", "SoftmaxCrossEntropy", "L2"}


@pytest.mark.parametrize(
    ("old", "new", "pair", "message"),
    [
        ("y]).mean()", "y]).sum()", "CrossEntropy", "gradient"),
        ("/ len(logits)", "/ logits.numel()", "SoftmaxCrossEntropy", "value"),
        ("2 * (pred - target)", "(pred - target)", "L2", "gradient"),
    ],
)
def test_a_mistake_in_a_loss_is_found(old, new, pair, message):
    assert any(message in told for told in wrong_with(LOSSES, old, new, pair))


DETACHED = """
import torch


class Linear(torch.nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(out_features, in_features))
        self.bias = torch.nn.Parameter(torch.zeros(out_features))

    def forward(self, x):
        return x @ self.weight{detached}.T + self.bias
"""


def test_a_parameter_that_was_detached_has_a_gradient_of_zeros():
    """It was said to be missing, among a list of all that is there."""
    assert asked(module_from(DETACHED.format(detached="")), "FullyConnected").wrong == {}
    detached = module_from(DETACHED.format(detached=".detach()"))
    wrong = asked(detached, "FullyConnected", dtypes=("float64",)).wrong["FullyConnected"]
    assert "gradient.W" in wrong[0]
    assert "elements outside" in wrong[0]
    assert not any("missing" in message for message in wrong)
