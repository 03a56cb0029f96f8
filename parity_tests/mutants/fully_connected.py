"""Faults in FullyConnected: orientations, sums over the batch, and the activation's share of backward."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, DW, DB = "output", "input_gradient", "gradient.W", "gradient.b"

_fault = partial(Mutant, pair="FullyConnected", file="fully_connected.py")

FORWARD = "return self.activation.forward(X @ W + b, training=training)"
WEIGHT, BIAS = 'self.gradients["W"] = self._X.T @ dLdZ', "db = channel_sum(dLdZ)"
STORED = 'self.gradients["b"] = db.astype(dLdZ.dtype).reshape(self.parameters["b"].shape)'
Y_RULE, DX_RULE = "Y = f(X W + b).", "dX = dZ Wᵀ, with dZ = dY f'(Z)."
DW_RULE, DB_RULE = "dW = Xᵀ dZ: the sum over the batch, of the layout of W.", "db is the sum of dZ over the batch."

MUTANTS = (
    _fault(
        "dense_bias_forgotten",
        old=FORWARD,
        new="return self.activation.forward(X @ W, training=training)",
        says="the bias is not added",
        rule=Y_RULE,
        quantities=(OUT, DX, DW, DB),
    ),
    _fault(
        "dense_bias_after_activation",
        old=FORWARD,
        new="return self.activation.forward(X @ W, training=training) + b",
        says="the bias is added after the activation",
        rule=Y_RULE,
        quantities=(OUT, DX, DW, DB),
    ),
    _fault(
        "dense_weight_reshaped_for_transposed",
        old="@ self._W.T",
        new="@ self._W.reshape(self._W.T.shape)",
        says="W is reshaped where it should be transposed in dX",
        rule=DX_RULE,
        quantities=(DX,),
    ),
    _fault(
        "dense_activation_skipped_in_backward",
        old="dLdZ = self.activation.backward(dLdY)",
        new="dLdZ = dLdY",
        says="the activation's derivative is skipped in backward",
        rule=DX_RULE,
        quantities=(DX, DW, DB),
    ),
    _fault(
        "dense_activation_skipped_in_dw",
        old=WEIGHT,
        new='self.gradients["W"] = self._X.T @ dLdY',
        says="the activation's derivative is skipped in dW",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _fault(
        "dense_dw_transposed",
        old=WEIGHT,
        new='self.gradients["W"] = dLdZ.T @ self._X',
        says="dW is transposed (the shape is right where n_in = n_out)",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _fault(
        "dense_dw_averaged",
        old=WEIGHT,
        new='self.gradients["W"] = self._X.T @ dLdZ / len(dLdZ)',
        says="dW is the mean over the batch: divided by N, which the loss has done already",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _fault(
        "dense_dw_accumulates",
        old=WEIGHT,
        new='self.gradients["W"] = self.gradients.get("W", 0) + self._X.T @ dLdZ',
        says="dW is added to that of the backward before",
        rule="A gradient is that of the last backward; PyTorch adds up only until zero_grad.",
        quantities=(DW,),
    ),
    _fault(
        "dense_dw_of_the_sum",
        old=WEIGHT,
        new='self.gradients["W"] = np.outer(self._X.sum(axis=0), dLdZ.sum(axis=0))',
        says="dW is the product of two sums over the batch, not the sum of products",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _fault(
        "dense_db_averaged",
        old=BIAS,
        new="db = channel_sum(dLdZ) / len(dLdZ)",
        says="db is the mean over the batch, not the sum",
        rule=DB_RULE,
        quantities=(DB,),
    ),
    _fault(
        "dense_db_not_summed",
        old=STORED,
        new='self.gradients["b"] = dLdZ',
        says="db is not summed over the batch: one row an example",
        rule=DB_RULE,
        quantities=(DB,),
    ),
    _fault(
        "dense_db_of_another_shape",
        old=STORED,
        new='self.gradients["b"] = db.astype(dLdZ.dtype)',
        says="db is (n_out,), while b is (1, n_out)",
        rule="A gradient has the shape of its parameter.",
        quantities=(DB,),
    ),
    _fault(
        "dense_db_summed_in_float32",
        old=BIAS,
        new="db = dLdZ.sum(axis=0)",
        says="db is added up in float32, row after row: over 4,096 rows its last digits are lost",
        rule="db is the sum of dZ over the batch, as exact as PyTorch's.",
        quantities=(),
    ),
)
