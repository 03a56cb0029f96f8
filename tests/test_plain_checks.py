"""check_affine, check_relu, check_cross_entropy: right objects pass, each classic mistake is found and named."""

import numpy as np
import pytest

from plain_right import Affine, CrossEntropy, ReLUOfNotes, RowBias, WithOptionalUpstream, WithUpstream
from scratch_nn import FullyConnected, ReLU, check_affine, check_cross_entropy, check_relu


@pytest.mark.parametrize("make", [lambda c: c, lambda c: c()], ids=["class", "object"])
@pytest.mark.parametrize(
    ("run", "right", "names"),
    [
        (check_affine, Affine, ["inputs", "weight", "bias"]),
        (check_affine, RowBias, ["inputs", "weight", "bias"]),
        (check_relu, ReLUOfNotes, ["x"]),
        (check_relu, ReLU, ["x"]),
        (check_cross_entropy, CrossEntropy, ["logits"]),
        (check_cross_entropy, WithUpstream, ["logits"]),
        (check_cross_entropy, WithOptionalUpstream, ["logits"]),
    ],
)
def test_right_objects_pass(run, right, names, make):
    errors = run(make(right))
    assert list(errors) == names
    assert 0 < max(errors.values()) < 1e-7
    assert max(run(make(right), seed=5).values()) < 1e-7


# ---- wrong ones, each a line away from a right one


def faulty(base, **methods):
    return type(base.__name__, (base,), methods)


def affine(gradients):
    """An Affine whose backward returns gradients(self, d_out)."""
    return faulty(Affine, backward=gradients)


def backward_of(inputs=None, weight=None, bias=None):
    """An Affine with one of the three gradients replaced."""

    def backward(self, d):
        right = Affine.backward(self, d)
        return tuple(g if f is None else f(self, d) for f, g in zip((inputs, weight, bias), right, strict=True))

    return affine(backward)


def in_place_affine(self, inputs, weight, bias):
    inputs *= 1.5
    return Affine.forward(self, inputs, weight, bias)


def one_entry_off(self, inputs, weight, bias):
    """Rounded otherwise in every entry, and wrong in one."""
    out = Affine.forward(self, inputs, weight, bias) * (1 + 1e-12)
    out[4, 1] += 1
    return out


def accumulating(self, d):
    self.total = getattr(self, "total", 0) + self.inputs.T @ d
    return self.total


WRONG_AFFINES = {
    "weight_transposed": (backward_of(weight=lambda s, d: d.T @ s.inputs), "gradient of weight .*it is transposed"),
    "weight_transposed_where_square": (
        backward_of(weight=lambda s, d: d.T @ s.inputs if s.weight.shape == (3, 3) else s.inputs.T @ d),
        r"gradient of weight, relative error .*It looks as if it is transposed\.$",
    ),
    "weight_mean": (backward_of(weight=lambda s, d: s.inputs.T @ d / len(d)), "gradient of weight, .*the mean over n"),
    "bias_mean": (backward_of(bias=lambda s, d: d.mean(axis=0)), "gradient of bias, .*the mean over n, not the sum"),
    "bias_not_summed": (
        backward_of(bias=lambda s, d: d),
        r"gradient of bias has shape \(5, 3\).*the sum over n is missing",
    ),
    "bias_summed_over_all": (backward_of(bias=lambda s, d: d.sum()), r"gradient of bias has shape \(\)"),
    "inputs_by_weight": (
        backward_of(inputs=lambda s, d: d @ s.weight if s.weight.shape == (3, 3) else d @ s.weight.T),
        "gradient of inputs, .*the weight is not transposed",
    ),
    "inputs_shape": (backward_of(inputs=lambda s, d: d), r"gradient of inputs has shape \(5, 3\), expected \(5, 4\)"),
    "accumulates": (backward_of(weight=accumulating), "the second time it gave another answer"),
    "not_a_number": (
        backward_of(weight=lambda s, d: s.inputs.T @ d * np.nan),
        "gradient of weight, relative error nan",
    ),
    "none": (backward_of(weight=lambda s, d: None), "backward: expected an array of numbers, got None"),
    "complex": (backward_of(weight=lambda s, d: 1j * d), r"backward: expected an array of numbers, got array\("),
    "objects": (
        faulty(Affine, forward=lambda *given: Affine.forward(*given).astype(object)),
        r"forward: expected an array of numbers, got array\(",
    ),
    "dict": (affine(lambda s, d: {"inputs": d}), r"expected three gradients, got \{'inputs': array"),
    "generator": (affine(lambda s, d: (g for g in [d])), "backward raised TypeError: cannot pickle 'generator' object"),
    "no_bias": (faulty(Affine, forward=lambda s, x, w, b: Affine.forward(s, x, w, 0 * b)), "the bias is left out"),
    "one_entry": (faulty(Affine, forward=one_entry_off), r"forward: expected .* \(entry \(4, 1\)\)"),
    "modifies_inputs": (faulty(Affine, forward=in_place_affine), "modified the inputs in place"),
    "two_gradients": (affine(lambda s, d: (d, d)), "expected three gradients, got"),
    "no_return": (affine(lambda s, d: None), "expected three gradients, got None"),
    "raises": (affine(lambda s, d: 1 / 0), "backward raised ZeroDivisionError"),
    "no_method": (faulty(Affine, backward=None), "backward: there is no such method"),
}


@pytest.mark.parametrize("fault", WRONG_AFFINES)
def test_a_wrong_affine_is_found(fault):
    wrong, message = WRONG_AFFINES[fault]
    with pytest.raises(AssertionError, match=rf"^(?=Affine[.:]).*{message}"):
        check_affine(wrong)


def relu(backward=None, forward=None):
    methods = {"backward": backward, "forward": forward}
    return faulty(ReLUOfNotes, **{name: f for name, f in methods.items() if f})


def in_place_relu(self, x):
    self.x = x.copy()
    x[x < 0] = 0
    return x


def in_place_backward(self, d):
    d[self.x <= 0] = 0
    return d


WRONG_RELUS = {
    "one_at_zero": (
        relu(lambda s, d: d * (s.x >= 0)),
        r"the difference quotient 0\. It looks as if 1 is taken for the slope at exactly 0",
    ),
    "half_at_zero": (relu(lambda s, d: d * (np.sign(s.x) + 1) / 2), "1/2 is taken for the slope at exactly 0"),
    "everything_passes": (relu(lambda s, d: d), "nothing is held back"),
    "sign_of_d_out": (relu(lambda s, d: np.maximum(d, 0)), "by the sign of d_out"),
    "no_upstream": (relu(lambda s, d: (s.x > 0).astype(float)), "d_out is left out"),
    "zeros": (relu(lambda s, d: 0 * d), "gradient of x, relative error 1.0"),
    "absolute_value": (
        relu(forward=lambda s, x: ReLUOfNotes.forward(s, np.abs(x))),
        r"ReLUOfNotes\.forward: expected 0",
    ),
    "modifies_x": (relu(forward=in_place_relu), "modified the inputs in place"),
    "modifies_d_out": (relu(in_place_backward), "modified d_out in place"),
    "wrong_shape": (relu(lambda s, d: (d * (s.x > 0)).ravel()), r"gradient of x has shape \(60,\)"),
    "text": (relu(lambda s, d: "gradient"), "expected an array of numbers, got 'gradient'"),
}


@pytest.mark.parametrize("fault", WRONG_RELUS)
def test_a_wrong_relu_is_found(fault):
    wrong, message = WRONG_RELUS[fault]
    with pytest.raises(AssertionError, match=message):
        check_relu(wrong)


def loss(backward=None, forward=None):
    methods = {"backward": backward, "forward": forward}
    return faulty(CrossEntropy, **{name: f for name, f in methods.items() if f})


def right(self):
    return CrossEntropy.backward(self)


def through_the_jacobian(self):
    d = right(self)
    return self.p * (d - (self.p * d).sum(axis=1, keepdims=True))


def without_the_maximum(self, logits, labels):
    e = np.exp(logits)
    self.p, self.labels, self.Y = e / e.sum(axis=1, keepdims=True), labels, np.eye(4)[labels]
    return -np.log(self.p[np.arange(len(labels)), labels]).mean()


def with_the_maximum_of_all(self, logits, labels):
    return without_the_maximum(self, logits - logits.max(), labels)


def not_normalised(self, logits, labels):
    value = CrossEntropy.forward(self, logits, labels)
    self.p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return value


def in_place_loss(self, logits, labels):
    logits -= logits.max(axis=1, keepdims=True)
    return CrossEntropy.forward(self, logits, labels)


def in_place_subtraction(self):
    self.p[np.arange(len(self.labels)), self.labels] -= 1
    return self.p / len(self.labels)


WRONG_LOSSES = {
    "no_1_over_n": (loss(lambda s: right(s) * 5), "the 1/N of the mean is missing"),
    "1_over_n_twice": (loss(lambda s: right(s) / 5), "the 1/N of the mean is there twice"),
    "n_c_for_n": (loss(lambda s: right(s) / 4), "divided by N C"),
    "jacobian_too": (loss(through_the_jacobian), "multiplied by the Jacobian of the softmax, which it holds already"),
    "diagonal_too": (loss(lambda s: s.p * (1 - s.p) * right(s)), r"multiplied by p \(1 - p\)"),
    "not_normalised": (loss(forward=not_normalised), "not divided by its sum"),
    "no_minus": (loss(lambda s: -right(s)), "the sign is turned round"),
    "no_y": (loss(lambda s: s.p / 5), "y is not subtracted"),
    "zeros": (loss(lambda s: 0 * s.p), "relative error 1.0"),
    "sum": (loss(forward=lambda s, z, y: 5 * CrossEntropy.forward(s, z, y)), "the sum over n, not the mean"),
    "value_negative": (loss(forward=lambda s, z, y: -CrossEntropy.forward(s, z, y)), "the minus is missing"),
    "value_per_row": (
        loss(forward=lambda s, z, y: CrossEntropy.forward(s, z, y) * np.ones(5)),
        r"forward: expected shape \(\), got \(5,\)",
    ),
    "no_maximum": (loss(forward=without_the_maximum), r"CrossEntropy\.forward: expected [\d.]+, got nan"),
    "maximum_of_all": (loss(forward=with_the_maximum_of_all), r"CrossEntropy\.forward: expected [\d.]+, got nan"),
    "modifies_logits": (loss(forward=in_place_loss), "modified the inputs in place"),
    "d_out_left_out": (loss(lambda s, d_out: right(s)), "d_out is left out"),
    "optional_d_out_left_out": (loss(lambda s, d_out=1.0: right(s)), "d_out is left out"),
}


@pytest.mark.parametrize("fault", WRONG_LOSSES)
def test_a_wrong_cross_entropy_is_found(fault):
    wrong, message = WRONG_LOSSES[fault]
    with pytest.raises(AssertionError, match=message):
        check_cross_entropy(wrong)


def test_a_loss_that_uses_up_what_it_kept_is_right_as_long_as_forward_comes_first():
    assert check_cross_entropy(loss(in_place_subtraction))["logits"] < 1e-7


def test_a_class_that_cannot_be_made_says_so():
    with pytest.raises(AssertionError, match=r"FullyConnected raised TypeError"):
        check_affine(FullyConnected)
