"""Modules in the manner of Torch7: what is right passes, and what is planted is found and told."""

from pathlib import Path

import pytest

from strangers.asking import asked, changed, module_from, wrong_with

SOURCE = (Path(__file__).parent / "strangers" / "torch7.py").read_text(encoding="utf-8")
RIGHT = {"FullyConnected", "Conv2D", "Pool2D", "Dropout", "Flatten", "ReLU", "LeakyReLU", "SoftMax", "L2"}


def test_they_pass_in_both_types_but_for_the_optimisers():
    """Its rate is inside the velocity, and ε is added before the bias correction: Keras's conventions."""
    found = asked(module_from(SOURCE))
    assert found.offered == RIGHT | {"SGD", "Adam"}
    strange = {"ReLU": "ReLU-nan-", "SoftMax": "SoftMax-sequence-"}  # notes: NaN, and more than two axes
    wrong = {pair: [m for m in messages if strange.get(pair, "?") not in m] for pair, messages in found.wrong.items()}
    assert {pair for pair, messages in wrong.items() if messages} == {"SGD", "Adam"}
    assert all("changed_rate" in message for message in wrong["SGD"])


@pytest.mark.parametrize(
    ("old", "new", "pair", "quantity"),
    [
        ("self.gradb += gradOutput.sum(axis=0)", "self.gradb += gradOutput.mean(axis=0)", "FullyConnected",
         "gradient.b"),
        ("self.gradW.fill(0)", "pass", "FullyConnected", "gradient.W"),
        ("self.W[:, :, ::-1, ::-1]", "self.W", "Conv2D", "input_gradient"),
        ("x.argmax(-1)", "x.argmin(-1)", "Pool2D", "input_gradient"),
        ("config['momentum'] * old_grad", "old_grad", "SGD", "step1"),
        ("state['t'] += 1", "state['t'] = 1", "Adam", "step1"),
    ],
)  # fmt: skip
def test_what_is_planted_is_found_where_it_is(old, new, pair, quantity):
    source = SOURCE.replace('"', "'")
    assert any(f"{quantity}" in message for message in wrong_with(source, old, new, pair))


def test_a_convolution_without_an_argument_for_padding_is_asked_for_what_keeps_the_size():
    found = asked(module_from(SOURCE), "Conv2D", dtypes=("float64",))
    assert found.notes == {"it has no argument for padding: it pads by itself, so that an image keeps its size"}
    cases = {result.check.case for result in found.results if result.offered}
    assert {"same_3x3", "valid_3x3"} & cases == {"same_3x3"}
    assert any(reason.startswith("padding 'valid': it has no argument") for reason in found.reasons)


def test_a_pooling_for_images_that_its_windows_fit_is_not_asked_for_others():
    found = asked(module_from(SOURCE), "Pool2D", dtypes=("float64",))
    assert any(reason.startswith("images of 5 x 7, of which windows of 2 x 2 leave some") for reason in found.reasons)


def test_a_pooling_that_stumbles_over_what_is_left_is_wrong():
    source = changed(SOURCE, ("h, w = input.shape[-2:]", "h, w = input.shape[-2:]; np.zeros(2)[h % 2 * 2]"))
    found = asked(module_from(source), "Pool2D", dtypes=("float64",))
    assert any("IndexError" in message for message in found.wrong["Pool2D"])


NORM = """
class BatchNorm:
    def __init__(self, n, eps=1e-5, momentum=0.1):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.running_mean = self.running_var = None
        self.eps, self.momentum, self.training = eps, momentum, True

    def forward(self, x):
        mean, var, old = x.mean(0), x.var(0), (self.running_mean, self.running_var)
        if not self.training:
            mean, var = old[0] + 0, old[1] + 0
        else:
            mean0, var0 = old if old[0] is not None else (0 * mean, 1 + 0 * var)
            n = len(x)
            self.running_mean = (1 - self.momentum) * mean0 + self.momentum * mean
            self.running_var = (1 - self.momentum) * var0 + self.momentum * var * n / (n - 1)
        self.s = np.sqrt(var + self.eps)
        self.h = (x - mean) / self.s
        return self.h * self.gamma + self.beta

    def backward(self, dy):
        self.dgamma, self.dbeta = (dy * self.h).sum(0), dy.sum(0)
        d = dy * self.gamma
        if self.training:
            d = d - d.mean(0) - self.h * (d * self.h).mean(0)
        return d / self.s
"""


def test_statistics_that_the_first_batch_makes_are_not_asked_for_before():
    found = asked(module_from(NORM), "BatchNorm", dtypes=("float64",))
    assert (found.wrong, found.offered) == ({}, {"BatchNorm"})
    assert "evaluation before training: its running statistics are None until the first batch" in found.reasons
