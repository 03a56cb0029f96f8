"""Mistakes of a fully connected layer, and those that it shares with a convolution.

Letters: Z = X W + b, Y = f(Z); dZ = dY f'(Z); dW = Xᵀ dZ; db = Σ dZ over the batch; dX = dZ Wᵀ.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from parity_tests.explain.formulas.activations import ACTIVATIONS
from parity_tests.explain.formulas.activations import MISTAKES as OF_ACTIVATIONS
from parity_tests.explain.formulas.plain import PlainLayer, mistake, step
from parity_tests.explain.hypothesis import Hypothesis
from parity_tests.subjects.stranger.stepping import RATE


class Affine(PlainLayer):
    """A product plus a bias, then an activation. A subclass says `product`, `own_dW` and `dX`."""

    quantities: ClassVar[dict[str, str]] = {
        "output": "Y",
        "input_gradient": "dX",
        "gradient.W": "dW",
        "gradient.b": "db",
    }
    W = step(lambda s: s.parameters["W"])
    b = step(lambda s: s.parameters["b"])
    classes = step(lambda s: ACTIVATIONS)
    Z = step(lambda s: s.product + s.b)
    activation = step(
        lambda s: s.classes[s.case.get("activation", "Linear")](s.case, s.Z, s.dY, {}, {}, {}, s.training)
    )
    Y = step(lambda s: s.activation.Y)
    dZ = step(lambda s: s.activation.dX)
    dZ_of_W = step(lambda s: s.dZ)
    dZ_of_b = step(lambda s: s.dZ)
    dZ_of_X = step(lambda s: s.dZ)
    rows_of_b = step(lambda s: s.dZ_of_b.reshape(-1, s.dZ_of_b.shape[-1]))
    db = step(lambda s: s.rows_of_b.sum(axis=0, keepdims=True))
    dW = step(lambda s: s.own_dW)
    places = step(lambda s: s.dZ.size // s.dZ.shape[-1])


class Dense(Affine):
    product = step(lambda s: s.X @ s.W)
    own_dW = step(lambda s: s.X.T @ s.dZ_of_W)
    dX = step(lambda s: s.dZ_of_X @ s.W.T)


UNSEEN = {  # mistakes at kinks, NaN and huge numbers, and of slopes other than the default's: not met by a Z of X W + b
    "relu_gradient_1_at_0", "relu_gradient_half_at_0", "relu_gradient_0_at_nan", "relu_nan_to_0",
    "relu_infinity_times_0", "leaky_relu_gradient_1_at_0", "leaky_relu_gradient_0_at_0", "leaky_relu_maximum",
    "leaky_relu_maximum_throughout", "leaky_relu_slope_0.01", "sigmoid_overflow", "tanh_overflow",
    "softmax_without_maximum", "softmax_maximum_of_all",
}  # fmt: skip


def fused(plain: type[Affine], unseen: set[str] = UNSEEN) -> Iterator[Hypothesis]:
    """The mistakes of each activation, made inside this layer, but for those that no input of it can show."""
    for name, mistakes in OF_ACTIVATIONS.items():
        for one in mistakes:
            if one.name in unseen:
                continue
            classes = ACTIVATIONS | {name: one.plain}
            yield mistake(plain, one.name, f"inside its {name}: {one.says}", convention=one.convention,
                          applies=lambda case, name=name: case.get("activation", "Linear") == name,
                          reference_as=(name, "input_gradient"),
                          classes=lambda s, classes=classes: classes)  # fmt: skip


def single(array: np.ndarray) -> np.ndarray:
    """Its numbers, as float32 holds them."""
    return array.astype(np.float32).astype(np.float64)


def shared(plain: type[Affine], prefix: str) -> tuple[Hypothesis, ...]:
    """What can go wrong with a bias, an activation and a mean in either layer."""
    return (
        mistake(plain, f"{prefix}_bias_missing", "the bias is not added", b=lambda s: 0.0,
                db=lambda s: s.dZ.reshape(-1, s.dZ.shape[-1]).sum(axis=0, keepdims=True)),
        mistake(plain, f"{prefix}_bias_twice", "the bias is added twice", b=lambda s: 2 * s.parameters["b"]),
        mistake(plain, f"{prefix}_bias_subtracted", "the bias is subtracted", b=lambda s: -s.parameters["b"]),
        mistake(plain, f"{prefix}_bias_after_activation", "the bias is added after the activation",
                Z=lambda s: s.product, Y=lambda s: s.activation.Y + s.b),
        mistake(plain, f"{prefix}_activation_forgotten", "the activation is not applied, its derivative is",
                Y=lambda s: s.Z),
        mistake(plain, f"{prefix}_no_activation", "there is no activation", classes=lambda s: NO_ACTIVATION),
        mistake(plain, f"{prefix}_derivative_skipped", "the activation's derivative is skipped in backward",
                dZ=lambda s: s.dY),
        mistake(plain, f"{prefix}_derivative_twice", "the activation's derivative is applied twice",
                dZ=lambda s: type(s.activation)(s.case, s.Z, s.right.dZ, {}, {}, {}, s.training).dX),
        mistake(plain, f"{prefix}_derivative_at_Y", "the activation's derivative is taken at Y in place of Z",
                dZ=lambda s: type(s.activation)(s.case, s.Y, s.dY, {}, {}, {}, s.training).dX),
        mistake(plain, f"{prefix}_derivative_skipped_in_dX", "dX is taken from dY, without the activation's derivative",
                dZ_of_X=lambda s: s.dY),
        mistake(plain, f"{prefix}_derivative_skipped_in_dW", "dW is taken from dY, without the activation's derivative",
                dZ_of_W=lambda s: s.dY),
        mistake(plain, f"{prefix}_derivative_skipped_in_db", "db is taken from dY, without the activation's derivative",
                dZ_of_b=lambda s: s.dY),
        mistake(plain, f"{prefix}_derivative_skipped_in_parameters",
                "dW and db are taken from dY, without the activation's derivative",
                dZ_of_W=lambda s: s.dY, dZ_of_b=lambda s: s.dY),
        mistake(plain, f"{prefix}_bias_gradient_batch_mean", "db is divided by N: a mean over the batch, not a sum",
                db=lambda s: s.right.db / s.N),
        mistake(plain, f"{prefix}_weight_gradient_batch_mean", "dW is divided by N: a mean over the batch, not a sum",
                dW=lambda s: s.own_dW / s.N),
        mistake(plain, f"{prefix}_gradients_batch_mean", "dW and db are divided by N, as the loss has done already (in "
                "deeplearning.ai's course it has not)",
                dW=lambda s: s.own_dW / s.N, db=lambda s: s.right.db / s.N),
        mistake(plain, f"{prefix}_bias_gradient_of_one_example", "db is that of the first example alone",
                db=lambda s: s.dZ[:1].reshape(-1, s.dZ.shape[-1]).sum(axis=0, keepdims=True)),
        mistake(plain, f"{prefix}_bias_gradient_not_summed", "db is not summed over the batch", db=lambda s: s.dZ),
        mistake(plain, f"{prefix}_bias_gradient_summed_over_outputs", "db is one number: summed over the outputs too",
                db=lambda s: np.full(s.right.db.shape, s.dZ.sum())),
        mistake(plain, f"{prefix}_bias_gradient_is_bias", "db is the bias itself", db=lambda s: s.parameters["b"]),
        mistake(plain, f"{prefix}_weight_in_single_precision", "W is rounded to single precision",
                W=lambda s: single(s.parameters["W"])),
        mistake(plain, f"{prefix}_upstream_in_single_precision", "dY is rounded to single precision",
                dZ=lambda s: single(s.right.dZ)),
    )  # fmt: skip


NO_ACTIVATION = dict.fromkeys(ACTIVATIONS, ACTIVATIONS["Linear"])
DENSE = (
    mistake(Dense, "dense_weight_gradient_transposed", "dW is transposed: dZᵀ X in place of Xᵀ dZ",
            dW=lambda s: s.own_dW.T),
    mistake(Dense, "dense_weight_not_transposed", "dX = dZ W: the weight is not transposed on the way back",
            dX=lambda s: s.dZ @ s.W),
    mistake(Dense, "dense_input_gradient_after_the_step", "dX is taken after the step, with the weight that came of it",
            dX=lambda s: s.dZ @ (s.W - RATE * s.dW).T),
    mistake(Dense, "dense_weight_reshaped", "dX takes W reshaped to (n_out, n_in), where it must be transposed",
            dX=lambda s: s.dZ @ s.W.reshape(s.W.shape[::-1])),
    mistake(Dense, "dense_weight_transposed", "W is transposed throughout: a weight of (n_out, n_in) read as it stands",
            W=lambda s: s.parameters["W"].T),
    mistake(Dense, "dense_weight_transposed_forward", "Z = X Wᵀ + b: the weight is transposed in forward",
            product=lambda s: s.X @ s.W.T),
    mistake(Dense, "dense_bias_in_weight", "Z = X (W + b): the bias is added to the weight, not to the product",
            product=lambda s: s.X @ (s.W + s.b), Z=lambda s: s.product),
    mistake(Dense, "dense_input_in_single_precision", "X is rounded to single precision",
            product=lambda s: single(s.X) @ s.W, own_dW=lambda s: single(s.X).T @ s.dZ_of_W),
    mistake(Dense, "dense_weight_gradient_of_output", "dW is taken from the output: Yᵀ dZ", dW=lambda s: s.Y.T @ s.dZ),
    *shared(Dense, "dense"),
)  # fmt: skip
MISTAKES = {"FullyConnected": (*DENSE, *fused(Dense, UNSEEN | {"softmax_over_axis_1"}))}
