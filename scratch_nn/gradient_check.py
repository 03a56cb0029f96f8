"""Gradient checking: what backward says against what forward does.

Letters: x an array and x_i one entry of it; f a function of x with one number as its value; h a small step;
G a random upstream gradient, of Y's shape.
    central difference    df/dx_i ≈ (f(x + h e_i) - f(x - h e_i)) / 2h         wrong by about h² and by rounding / h
    for a layer           f = Σ G * Y, so that df/dY = G: backward(G) must give df/dX, and df/dθ in `gradients`
    relative error        max |analytic - numerical| / max(|analytic|, |numerical|), each maximum over the whole array

G is random because sums hide mistakes: under a G of ones a softmax or a batch norm that hands back zeros passes.
Float64 only: in float32, rounding / h drowns the derivative. Keep X away from kinks (0 for ReLU, ties for max pooling)
by more than h: there the difference is the mean of two slopes. torch.autograd.gradcheck is the same idea.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from scratch_nn.errors import complaint, require_array, require_generator, require_kind
from scratch_nn.layer import Layer

Arrays = dict[str, np.ndarray]


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """df/dx by central differences, entry by entry; f is called 2 x.size times, x is left as it is."""
    _require_float64("numerical_gradient", "x", x)
    gradient, moved = np.empty_like(x), x.copy()
    for i in np.ndindex(x.shape):
        values = []
        for step in (h, -h):
            moved[i] = x[i] + step
            values.append(f(moved))
            if np.ndim(values[-1]):
                got, cure = f"shape {np.shape(values[-1])}", "Sum it, each number times one of its own: see G above."
                raise ValueError(complaint("numerical_gradient", "f(x) to be one number", got, cure))
        moved[i] = x[i]
        gradient[i] = (values[0] - values[1]) / (2 * h)
    return gradient


def gradient_check(
    layer: Layer,
    X: np.ndarray,
    *,
    rng: np.random.Generator,
    training: bool = False,
    h: float = 1e-5,
    tolerance: float = 1e-7,
) -> dict[str, float]:
    """{"X": relative error of dLdX, "W": that of gradients["W"], ...} of a layer at X.

    The layer itself is not touched: copies of it work, each with the same random numbers, so a Dropout with its own
    generator keeps one mask. A layer not yet built is built from `rng`, which also seeds a generator of G's own: X may
    have been drawn from the same seed, and batch norm hands back zeros where G is X.
    Raises AssertionError if an error is above `tolerance` (it names layer, quantity and the worst entry), if an input
    is modified, or if a second backward gives another answer. Refuses with TypeError or ValueError what would prove
    nothing: float32, a gradient that is zero everywhere, an output that is not finite, random numbers that cannot be
    drawn again.
    """
    require_kind("gradient_check", "layer", layer, Layer, "For example FullyConnected(3).")
    require_generator("gradient_check", rng)
    layer = copy.deepcopy(layer)
    _require_float64(layer.name, "X", X)
    if not layer.parameters:
        layer.build(X.shape[1:], rng)
    layer.forward(X.copy())  # an input that does not fit raises here
    for key, array in layer.parameters.items():
        _require_float64(layer.name, f"parameters[{key!r}]", array)
    G = np.random.default_rng(rng.integers(1 << 62)).standard_normal(_replayed(layer, X, training).shape)
    analytic = _analytic(layer, X, G, training)

    def loss_of(quantity: str) -> Callable[[np.ndarray], float]:
        def f(x: np.ndarray) -> float:
            moved = copy.deepcopy(layer)
            if quantity != "X":
                moved.parameters[quantity] = x
            inputs = X if quantity != "X" else x
            return float((G * moved.forward(inputs.copy(), training=training)).sum())

        return f

    at = {"X": X} | layer.parameters
    return {
        name: compare_gradients(layer.name, name, analytic[name], numerical_gradient(loss_of(name), x, h), tolerance)
        for name, x in at.items()
    }


def compare_gradients(who: str, name: str, analytic: np.ndarray, numerical: np.ndarray, tolerance: float) -> float:
    """The relative error. Raises AssertionError above `tolerance`, ValueError if there is nothing to compare with."""
    if np.shape(analytic) != numerical.shape:
        raise AssertionError(
            f"{who}: the gradient of {name} has shape {np.shape(analytic)}, expected {numerical.shape}."
        )
    if not np.isfinite(numerical).all():
        cure = "Something overflows in forward, or 0 is divided by 0: take another input, or mend it."
        raise ValueError(complaint(who, f"a finite output near {name}", "NaN or infinity from forward", cure))
    scale = np.abs(numerical).max(initial=0)
    if not scale > 1e-7:
        cure = "Every gradient of zeros would pass. Take another input."
        raise ValueError(complaint(who, f"a gradient of {name} that is not zero", f"at most {scale:.1e}", cure))
    difference = np.abs(analytic - numerical)
    error = float(difference.max() / max(scale, np.abs(analytic).max()))
    if not error <= tolerance:  # NaN is not below it either
        i = np.unravel_index(np.argmax(difference), difference.shape)
        entry = f"at {tuple(map(int, i))}: backward gives {analytic[i]:.9g}, the difference quotient {numerical[i]:.9g}"
        raise AssertionError(
            f"{who}: gradient of {name}, relative error {error:.1e}, allowed {tolerance:g}; worst {entry}"
        )
    return error


def _analytic(layer: Layer, X: np.ndarray, G: np.ndarray, training: bool) -> Arrays:
    """What backward says. Raises AssertionError if it modifies what it is given or says another thing next time."""
    layer, X_given, G_given = copy.deepcopy(layer), X.copy(), G.copy()
    layer.forward(X_given, training=training)
    answers = [{"X": np.array(layer.backward(G_given))} | copy.deepcopy(layer.gradients) for _ in range(2)]
    if not np.array_equal(X, X_given, equal_nan=True) or not np.array_equal(G, G_given):
        raise AssertionError(f"{layer.name}: the caller's X or dLdY was modified in place. Work on a new array.")
    if answers[0].keys() != {"X", *layer.parameters}:
        raise AssertionError(f"{layer.name}: gradients of {[*layer.gradients]} for parameters {[*layer.parameters]}.")
    if not all(np.array_equal(answers[0][key], answers[1][key], equal_nan=True) for key in answers[0]):
        raise AssertionError(f"{layer.name}: a second backward gave another answer. Overwrite gradients, do not add.")
    return answers[0]


def _replayed(layer: Layer, X: np.ndarray, training: bool) -> np.ndarray:
    """Y, the same from two copies of the layer, or a ValueError."""
    first, second = (copy.deepcopy(layer).forward(X.copy(), training=training) for _ in range(2))
    if not np.array_equal(first, second, equal_nan=True):
        cure = "Give the layer a np.random.Generator of its own, which a copy takes along."
        raise ValueError(complaint(layer.name, "random numbers that a copy draws again", "another output", cure))
    return first


def _require_float64(who: str, name: str, array: np.ndarray) -> None:
    require_array(who, name, array)
    if array.dtype != np.float64:
        cure = f"Use {name}.astype(np.float64): in float32, rounding drowns the differences."
        raise TypeError(complaint(who, f"{name} of type float64", str(array.dtype), cure))
