"""Names with something around them are known, and what only looks like it is not."""

import pytest

from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.unchecked import unchecked
from small_reports import PAIR
from strangers.asking import asked, module_from


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("LinearModule", "linear"), ("MyReLU", "relu"), ("Layer_Dense", "dense"), ("SGDOptimizer", "sgd"),
        ("Activation_Softmax", "softmax"), ("Loss_CategoricalCrossentropy", "categoricalcrossentropy"),
        ("LossMeanSquaredErrorFunction", "meansquarederror"), ("MyBatchNorm2dLayer", "batchnorm2d"),
        ("MaxPool2dFunction", "maxpool2d"), ("SoftmaxLoss", "softmaxloss"), ("MomentumOptimizer", "momentum"),
    ],
)  # fmt: skip
def test_what_is_left_without_affixes(name, known):
    assert bare(name) == known


@pytest.mark.parametrize(
    "name",
    ["StepActivation", "LayerNorm", "Activation", "LossFunction", "ActivationDense", "LinearLoss", "SigmoidOptimizer",
     "MyLayer", "LayerModule", "Activation_Softmax_Loss_CategoricalCrossentropy", "ReLU6", "ConstantFunction"],
)  # fmt: skip
def test_a_name_that_says_something_else_is_not_known(name):
    assert bare(name) == name.replace("_", "").lower().removesuffix("layer")


RELU = """
class {name}:
    def forward(self, x):
        self.on = {on}
        return np.maximum(x, 0)
    def backward(self, dout):
        return np.where(self.on, dout, 0)
"""
RIGHT, WRONG = "~(x <= 0)", "~(x < 0)"


@pytest.mark.parametrize("name", ["ReLUModule", "MyReLU", "Activation_ReLU", "ReLUFunction", "ReluLayer"])
def test_a_name_with_an_affix_stands_for_its_pair(name):
    for on in (RIGHT, WRONG):
        found = asked(module_from(RELU.format(name=name, on=on)), "ReLU", dtypes=("float64",))
        assert found.offered == {"ReLU"}
        assert bool(found.wrong) is (on == WRONG)


@pytest.mark.parametrize("first", ["MyReLU", "ReLU"])
def test_the_name_itself_comes_first_and_the_other_is_named(first):
    other = {"MyReLU": "ReLU", "ReLU": "MyReLU"}[first]
    rules = {"ReLU": RIGHT, "MyReLU": WRONG}
    module = module_from("".join(RELU.format(name=name, on=rules[name]) for name in (first, other)))
    assert asked(module, "ReLU", dtypes=("float64",)).wrong == {}
    assert unchecked(module, PAIR["ReLU"]) == ("MyReLU",)


def test_a_class_that_the_one_that_is_taken_calls_is_no_other_one():
    text = RELU.format(name="ReLUFunction", on=RIGHT) + (
        "class ReLU:\n"
        "    def forward(self, x):\n        self.inner = ReLUFunction()\n        return self.inner.forward(x)\n"
        "    def backward(self, dout):\n        return self.inner.backward(dout)\n"
    )
    module = module_from(text)
    assert asked(module, "ReLU", dtypes=("float64",)).wrong == {}
    assert unchecked(module, PAIR["ReLU"]) == ()


def test_a_class_with_an_affix_that_does_nothing_is_none():
    assert unchecked(module_from("class ReLU: pass\nclass ReLUModule:\n    slope = 0\n"), PAIR["ReLU"]) == ()


FUNCTION = """
import torch
class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output += bias.unsqueeze(0).expand_as(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        return grad_output.mm(weight), grad_output.t().mm(input), grad_output.{sum}
"""


def test_the_function_of_a_tutorial_is_a_dense_layer():
    found = asked(module_from(FUNCTION.format(sum="sum(0)")), "FullyConnected", "Linear", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"FullyConnected"})
    found = asked(module_from(FUNCTION.format(sum="mean(0)")), "FullyConnected", dtypes=("float64",))
    assert all("gradient.b" in m or "later" in m or "order" in m for m in found.wrong["FullyConnected"])


def test_an_activation_called_linear_is_no_dense_layer():
    text = (
        "class Activation_Linear:\n    def forward(self, x, training):\n        return x\n"
        "    def backward(self, dout):\n        return dout\n"
    )
    found = asked(module_from(text), "FullyConnected", "Linear", dtypes=("float64",))
    assert found.offered == {"Linear"}
