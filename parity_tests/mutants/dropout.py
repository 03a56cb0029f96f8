"""Faults in Dropout and Flatten: the scale 1 / (1 - p) and when it applies; the order of flattened features."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, BOTH = ("output",), ("input_gradient",), ("output", "input_gradient")

_dropout = partial(Mutant, pair="Dropout", file="dropout.py")
_flatten = partial(Mutant, pair="Flatten", file="flatten.py")

SCALE = "return kept.astype(dtype) / (1 - self.p if self.p < 1 else 1)"
FORWARD = "return X if self._mask is None else X * self._mask"
BACK = "return dLdY if self._mask is None else dLdY * self._mask"
DRAWN = "self._mask = self._draw(X.shape, X.dtype) if training else None"
SCALED = "What is kept is scaled by 1 / (1 - p) in training, and evaluation does nothing."
SAME = "Backward multiplies by the mask and the scale of the last forward."
PROBABILITY = "PyTorch's p is the probability of dropping; p = 1 gives zeros."
ORDER = "Ours are the features of an image row by row, the channels of a pixel together; the weight map permutes."

DROPOUT = (
    _dropout(
        "dropout_not_scaled",
        old=SCALE,
        new="return kept.astype(dtype)",
        says="what is kept is not scaled by 1 / (1 - p)",
        rule=SCALED,
        quantities=BOTH,
    ),
    _dropout(
        "dropout_scaled_by_1_over_p",
        old=SCALE,
        new="return kept.astype(dtype) / (self.p or 1)",
        says="what is kept is scaled by 1/p",
        rule=SCALED,
        quantities=BOTH,
    ),
    _dropout(
        "dropout_scaled_in_evaluation",
        old=FORWARD,
        new="return X * (1 - self.p) if self._mask is None else X * self._mask",
        says="the output is scaled by 1 - p in evaluation",
        rule=SCALED,
        quantities=OUT,
    ),
    _dropout(
        "dropout_p_keeps",
        old="self.p, self.rng = p, rng",
        new="self.p, self.rng = 1 - p, rng",
        says="p is taken for the probability of keeping",
        rule=PROBABILITY,
        quantities=BOTH,
        convention="CS231n and TensorFlow 1 (keep_prob)",
    ),
    _dropout(
        "dropout_kept_and_dropped_swapped",
        old="kept = self.rng.random(shape) >= self.p",
        new="kept = self.rng.random(shape) < self.p",
        says="what should be kept is dropped, and the other way round",
        rule="A number is kept where its draw is at least p.",
        quantities=BOTH,
    ),
    _dropout(
        "dropout_new_mask_in_backward",
        old=BACK,
        new=BACK.removesuffix("self._mask")
        + "((np.random.default_rng(0).random(dLdY.shape) >= self.p) / max(1 - self.p, 1e-9)).astype(dLdY.dtype)",
        says="backward draws a mask of its own",
        rule=SAME,
        quantities=DX,
    ),
    _dropout(
        "dropout_gradient_not_masked",
        old=BACK,
        new="return dLdY",
        says="the mask is missing in backward",
        rule=SAME,
        quantities=DX,
    ),
    _dropout(
        "dropout_gradient_not_scaled",
        old=BACK,
        new="return dLdY if self._mask is None else dLdY * (self._mask != 0)",
        says="the factor 1 / (1 - p) is missing in backward",
        rule=SAME,
        quantities=DX,
    ),
    _dropout(
        "dropout_active_in_evaluation",
        old=DRAWN,
        new="self._mask = self._draw(X.shape, X.dtype)",
        says="numbers are dropped in evaluation as well",
        rule=SCALED,
        quantities=BOTH,
    ),
    _dropout(
        "dropout_never_drops",
        old=DRAWN,
        new="self._mask = None",
        says="nothing is dropped in training",
        rule=SCALED,
        quantities=BOTH,
    ),
    _dropout(
        "dropout_one_mask_for_the_batch",
        old=DRAWN,
        new="self._mask = self._draw(X.shape[1:], X.dtype) if training else None",
        says="one mask is drawn for all examples",
        rule="PyTorch draws one number an element.",
        quantities=BOTH,
    ),
    _dropout(
        "dropout_p_1_refused",
        old="if not 0 <= p <= 1:",
        new="if not 0 <= p < 1:",
        says="p = 1 is refused",
        rule=PROBABILITY,
        quantities=BOTH,
        convention="TensorFlow, which wants a rate below 1",
    ),
    _dropout(
        "dropout_promotes_to_float64",
        old=SCALE,
        new="return kept / (1 - self.p if self.p < 1 else 1)",
        says="the mask is float64, and so is the output of a float32 input",
        rule="float32 in, float32 out: nothing promotes silently.",
        quantities=(),
    ),
)

FLATTEN = (
    _flatten(
        "flatten_channels_first",
        old="return X.reshape(len(X), -1)",
        new="return np.moveaxis(X, -1, 1).reshape(len(X), -1)",
        says="the features stand in the order (c, h, w), for weights that expect (h, w, c)",
        rule=ORDER,
        quantities=OUT,
    ),
    _flatten(
        "flatten_column_by_column",
        old="return X.reshape(len(X), -1)",
        new='return X.reshape(len(X), -1, order="F")',
        says="the features are read with the first axis fastest",
        rule=ORDER,
        quantities=OUT,
    ),
    _flatten(
        "flatten_the_batch_too",
        old="return X.reshape(len(X), -1)",
        new="return X.reshape(1, -1)",
        says="the examples are flattened into one row",
        rule="The batch axis stays: one row an example.",
        quantities=OUT,
    ),
    _flatten(
        "flatten_gradient_channels_first",
        old="return dLdY.reshape(self._input_shape)",
        new="N, *S, C = self._input_shape; return np.moveaxis(dLdY.reshape(N, C, *S), 1, -1)",
        says="the gradient is read in the order (c, h, w), while forward wrote (h, w, c)",
        rule="Backward puts every number back where forward took it from.",
        quantities=DX,
    ),
    _flatten(
        "flatten_gradient_column_by_column",
        old="return dLdY.reshape(self._input_shape)",
        new='return dLdY.reshape(self._input_shape, order="F")',
        says="the gradient is read with the first axis fastest",
        rule="Backward puts every number back where forward took it from.",
        quantities=DX,
    ),
)

MUTANTS = (*DROPOUT, *FLATTEN)
