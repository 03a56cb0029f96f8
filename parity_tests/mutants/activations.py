"""Faults in the activations: kinks, overflow, and derivatives taken of the wrong thing."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, BOTH = ("output",), ("input_gradient",), ("output", "input_gradient")
FILE = "activations.py"

_linear = partial(Mutant, pair="Linear", file=FILE, old="return X", rule="y is x, bit for bit.")
_relu = partial(Mutant, pair="ReLU", file=FILE)
_leaky = partial(Mutant, pair="LeakyReLU", file=FILE)

RELU_AT_0 = "PyTorch's relu'(0) is 0, at -0.0 as well."
NAN = "NaN passes through an activation, and its gradient with it."
MASK = "dx is dy where x > 0, else 0."
LEAKY = "dx is dy where x > 0, else slope dy; so it is slope dy at exactly 0."

LINEAR = (
    _linear(
        "linear_promotes_to_float64",
        new="return X.astype(np.float64)",
        says="a float32 input becomes a float64 output",
        quantities=(),
    ),
    _linear(
        "linear_rounds_to_float32",
        new="return X.astype(np.float32)",
        says="the output is rounded to float32",
        quantities=OUT,
    ),
    _linear(
        "linear_hides_nan",
        new="return np.nan_to_num(X)",
        says="NaN becomes 0",
        quantities=OUT,
    ),
)

CLIP, KEPT = "np.clip(X, 0, np.inf, out=Y)", "kept(dLdY, self._on[some], out=dLdX)"

RELU = (
    _relu(
        "relu_gradient_one_at_zero",
        old="~(X <= 0)",
        new="~(X < 0)",
        says="the gradient at exactly 0 is 1",
        rule=RELU_AT_0,
        quantities=DX,
        convention="torch.clamp(x, min=0) and TensorFlow's maximum(x, 0), where 1 is the subgradient",
    ),
    _relu(
        "relu_gradient_half_at_zero",
        old=CLIP,
        new=(
            "self.backward = lambda dY: np.where(X == 0, dY / 2, kept(dY, self._on)); "  # X is at hand in forward only
            + CLIP
        ),
        says="the gradient at exactly 0 is a half",
        rule=RELU_AT_0,
        quantities=DX,
        convention="maximum(x, 0) of JAX and of torch.maximum, where 1/2 is the subgradient",
    ),
    _relu(
        "relu_gradient_nan_dropped",
        old="~(X <= 0)",
        new="(X > 0)",
        says="the gradient at NaN is 0",
        rule=NAN,
        quantities=DX,
    ),
    _relu(
        "relu_gradient_masked_by_upstream",
        old=KEPT,
        new="kept(dLdY, dLdY > 0, out=dLdX)",
        says="the gradient is masked where the upstream gradient is negative, not where the input is",
        rule=MASK,
        quantities=DX,
    ),
    _relu(
        "relu_gradient_not_masked",
        old=KEPT,
        new="dLdX[...] = dLdY",
        says="the mask is missing in backward: the gradient passes where the input is negative",
        rule=MASK,
        quantities=DX,
    ),
    _relu(
        "relu_cut_at_6",
        old=CLIP,
        new="np.clip(X, 0, 6, out=Y)",
        says="the output is cut off at 6, as ReLU6 does",
        rule="y is max(x, 0), however large x is.",
        quantities=OUT,
    ),
    _relu(
        "relu_nan_becomes_zero",
        old=CLIP,
        new="Y[...] = np.where(X > 0, X, 0)",
        says="NaN becomes 0",
        rule=NAN,
        quantities=OUT,
    ),
    _relu(
        "relu_as_maximum",
        old=CLIP,
        new="np.maximum(X, 0, out=Y)",
        says="the output is taken by np.maximum",
        rule="y is max(x, 0).",
        quantities=(),
        equivalent="np.maximum(x, 0) and np.clip(x, 0, inf) are both max(x, 0) for every number, and NaN for NaN.",
    ),
)

LEAKY_RELU = (
    _leaky(
        "leaky_relu_gradient_one_at_zero",
        old="self._on = X > 0",
        new="self._on = X >= 0",
        says="the gradient at exactly 0 is 1",
        rule=LEAKY,
        quantities=DX,
        convention="JAX and ONNX, which take the slope where x < 0 only",
    ),
    _leaky(
        "leaky_relu_gradient_zero_below_zero",
        old="np.where(self._on, dLdY, self.slope * dLdY)",
        new="np.where(self._on, dLdY, 0 * dLdY)",
        says="the slope is missing in backward, which is that of a plain ReLU",
        rule=LEAKY,
        quantities=DX,
    ),
    _leaky(
        "leaky_relu_gradient_turned_round",
        old="np.where(self._on, dLdY, self.slope * dLdY)",
        new="np.where(self._on, self.slope * dLdY, dLdY)",
        says="the gradient is scaled by the slope where x is positive, instead of where it is not",
        rule=LEAKY,
        quantities=DX,
    ),
    _leaky(
        "leaky_relu_as_maximum",
        old="np.where(self._on, X, self.slope * X)",
        new="np.maximum(X, self.slope * X)",
        says="the output is max(x, slope x), another function once the slope is above 1",
        rule="y is x where x > 0, else slope x, whatever the slope.",
        quantities=OUT,
    ),
    _leaky(
        "leaky_relu_slope_of_0.3",
        old="slope: float = 0.01",
        new="slope: float = 0.3",
        says="the slope is 0.3 where none is given",
        rule="PyTorch's negative_slope is 0.01 where none is given.",
        quantities=BOTH,
        convention="Keras, whose slope is 0.3",
    ),
)

MUTANTS = (*LINEAR, *RELU, *LEAKY_RELU)
