"""Strangers' layers (of test_explain_strange_*.py) with a classic mistake each: it must be named first."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import explain
from parity_tests.pairs import BY_NAME
from parity_tests.test_explain_strange_images import Conv, Pool
from parity_tests.test_explain_strange_layers import (
    BENCH,
    Act,
    Dense,
    Descent,
    Drop,
    LogSoftmaxLoss,
    Norm,
    Rows,
    wrongs,
)


def variant(plain, **methods):
    return type(f"Wrong{plain.__name__}", (plain,), methods)


def all_ties(self, window, target, g):
    target[window == window.max()] += g


def last_tie(self, window, target, g):
    target[np.unravel_index(window.size - 1 - window[::-1, ::-1].argmax(), window.shape)] += g


def column_tie(self, window, target, g):
    target[divmod(int(window.T.argmax()), window.shape[0])[::-1]] += g


def over_the_batch_alone(self, dY):
    """Both means of dX for each pixel its own; what is stored beside it stays right."""
    dX, d, H = Norm.back(self, dY), dY * self.p["gamma"], self.H.reshape(dY.shape)
    return (d - d.mean(axis=0) - H * (d * H).mean(axis=0)) / self.std if self.training else dX


def assign(self, dP, where, what):
    dP[where] = what


WRONG = {
    "dense_weight_gradient_transposed": ("FullyConnected", variant(Dense, outer=lambda self, x, z: np.outer(z, x))),
    "dense_bias_gradient_batch_mean": ("FullyConnected", variant(Dense, bias=lambda self, dZ: dZ.mean(axis=0)[None])),
    "dense_weight_not_transposed": ("FullyConnected", variant(Dense, to_x=lambda self, z: z @ self.p["W"])),
    "dense_bias_twice": ("FullyConnected", variant(Dense, on=lambda self, Z: Act.on(self, Z + self.p["b"]))),
    "dense_derivative_skipped": ("FullyConnected", variant(Dense, off=lambda self, dY, Z: dY)),
    "conv_flipped_forward": ("Conv2D", variant(Conv, kernel=lambda self: self.p["W"][::-1, ::-1],
                                               back_kernel=lambda self: self.p["W"])),
    "conv_flipped": ("Conv2D", variant(Conv, kernel=lambda self: self.p["W"][::-1, ::-1],
                                       weight=lambda self, dW: dW[::-1, ::-1])),
    "conv_input_gradient_not_rotated": ("Conv2D", variant(Conv, back_kernel=lambda self: self.p["W"][::-1, ::-1])),
    "conv_same_on_wrong_side": ("Conv2D", variant(Conv, same=lambda self, k: (k // 2, (k - 1) // 2))),
    "conv_assigned_by_window": ("Conv2D", variant(Conv, put=assign)),
    "conv_weight_gradient_batch_mean": ("Conv2D", variant(Conv, weight=lambda self, dW: dW / len(self.X))),
    "conv_bias_gradient_mean": ("Conv2D", variant(Conv, bias=lambda self, dZ: dZ.mean(axis=(0, 1, 2))[None])),
    "conv_padding_cut_on_one_side": ("Conv2D", variant(
        Conv, cut=lambda self, dP: dP[:, : self.X.shape[1], : self.X.shape[2]])),
    "conv_weight_gradient_kernel_swapped": ("Conv2D", variant(
        Conv, weight=lambda self, dW: dW.swapaxes(0, 1) if len(dW) == dW.shape[1] else dW)),
    "pool_zero_padding": ("Pool2D", variant(Pool, border=lambda self: 0.0)),
    "pool_all_ties": ("Pool2D", variant(Pool, give=all_ties)),
    "pool_last_maximum": ("Pool2D", variant(Pool, give=last_tie)),
    "pool_ties_in_columns": ("Pool2D", variant(Pool, give=column_tie)),
    "bn_running_var_biased": ("BatchNorm", variant(Norm, kept=lambda self, flat: flat.var(axis=0))),
    "bn_eps_outside_root": ("BatchNorm", variant(
        Norm, deviation=lambda self, var, m: np.sqrt(var) + self.case.get("eps", 1e-5))),
    "bn_eps_0.001": ("BatchNorm", variant(Norm, deviation=lambda self, v, m: np.sqrt(v + self.case.get("eps", 1e-3)))),
    "bn_ignores_statistics": ("BatchNorm", variant(Norm, to_X=lambda self, d: d / self.std)),
    "bn_ignores_mean": ("BatchNorm", variant(
        Norm, to_X=lambda self, d: Norm.to_X(self, d) + (d / self.std).mean(axis=0))),
    "bn_not_over_space_in_dX": ("BatchNorm", variant(Norm, back=over_the_batch_alone)),
    "bn_first_batch_taken": ("BatchNorm", variant(
        Norm, new_weight=lambda self: 1.0 if self.s["num_batches_tracked"] in (1, 5) else Norm.new_weight(self))),
    "bn_momentum_swapped": ("BatchNorm", variant(
        Norm, new_weight=lambda self: Norm.new_weight(self) if self.case.get("momentum", 0.1) is None
        else 1 - Norm.new_weight(self))),
    "softmax_diagonal_only": ("SoftMax", variant(Rows, jacobian=lambda self, y: np.diag(y * (1 - y)))),
    "softmax_no_sum": ("SoftMax", variant(Rows, jacobian=lambda self, y: np.diag(y))),
    "dropout_not_scaled": ("Dropout", variant(Drop, run=lambda self, X: X * self.mask if self.training else X,
                                              back=lambda self, dY: dY * self.mask if self.training else dY)),
    "dropout_mask_missing_backward": ("Dropout", variant(Drop, back=lambda self, dY: dY)),
    "sce_not_normalised": ("SoftmaxCrossEntropy", variant(
        LogSoftmaxLoss, slope=lambda self, y, z: y.sum() * np.exp(z - z.max()) - y)),
    "sce_mean_over_elements": ("SoftmaxCrossEntropy", variant(LogSoftmaxLoss, count=lambda self, Z: Z.size)),
    "sgd_dampened_from_second": ("SGD", variant(
        Descent, velocity=lambda self, v, g: self.case.get("momentum", 0) * (v - g) + g)),
    "sgd_decay_sign": ("SGD", variant(
        Descent, decayed=lambda self, g, theta: g - self.case.get("weight_decay", 0) * theta)),
    "sgd_nesterov_ignored": ("SGD", variant(
        Descent, direction=lambda self, g, v: v if self.case.get("momentum", 0) else g)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_mistake_is_named(name):
    pair, stranger = WRONG[name]
    wrong = wrongs(pair, stranger)
    assert wrong, "the mistake does not show"
    explanations = explain(BY_NAME[pair], wrong, BENCH)
    assert [explanation.name for explanation in explanations][:1] == [name], explanations
