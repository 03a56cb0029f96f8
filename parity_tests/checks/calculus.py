"""The mathematics of a layer by itself: its backward against its own forward.

finite_difference    every element of dLdX and of each parameter's gradient against central differences of
                     Σ dLdY Y, step 1e-6: error of order 1e-9
adjoint              of a linear layer, ⟨A x, u⟩ = ⟨x, Aᵀ u⟩ to rounding, with no step at all
autograd_gradcheck   the layer wrapped as a torch.autograd.Function, judged by torch.autograd.gradcheck
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.checks.check import PASSED, failed
from parity_tests.checks.manners import loaded
from parity_tests.compare import ABOUT_ZERO, Comparison, InvalidCheck, compare
from parity_tests.pair import Case, Pair
from parity_tests.trace import group
from parity_tests.workbench import Workbench

STEP = 1e-6
FINITE_DIFFERENCE = 1e-6  # of the tensor's scale: truncation of order STEP², rounding of order 1e-16 / STEP, and room


def finite_difference(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, forward = loaded(bench, pair, case, dtype)
    X, dLdY, weights = batch["training.X"], batch["training.dLdY"], group(batch, "parameter")
    state = group(batch, "state")

    def objective(name: str, value: np.ndarray) -> float:
        subject.load(weights | {name: value} if name else weights, state)
        return float((forward(X if name else value) * dLdY).sum())

    forward(X)
    gradients = {"": subject.backward(dLdY).copy()} | {n: g.copy() for n, g in subject.gradients().items()}
    for name, gradient in gradients.items():
        numerical = central_differences(lambda value, n=name: objective(n, value), weights[name] if name else X)
        scale = np.abs(numerical).max()
        if scale < ABOUT_ZERO and not case.vanishing:
            raise InvalidCheck(f"finite differences of {name or 'X'} are all about zero: they prove nothing")
        error = np.abs(gradient - numerical)
        if not error.max() <= FINITE_DIFFERENCE * max(scale, 1e-3):
            place = tuple(map(int, np.unravel_index(np.argmax(error), error.shape)))
            quantity = f"gradient.{name}" if name else "input_gradient"
            return failed(f"{quantity} is {gradient[place]:.6g} at {place}, central differences {numerical[place]:.6g}")
    return PASSED


def central_differences(objective: Callable[[np.ndarray], float], point: np.ndarray) -> np.ndarray:
    slopes, moved = np.empty(point.size), point.copy()
    flat = moved.reshape(-1)
    for i, value in enumerate(point.reshape(-1)):
        flat[i] = value + STEP
        above = objective(moved)
        flat[i] = value - STEP
        slopes[i] = (above - objective(moved)) / (2 * STEP)
        flat[i] = value
    return slopes.reshape(point.shape)


def adjoint(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, forward = loaded(bench, pair, case, dtype)
    X, dLdY = batch["training.X"], batch["training.dLdY"]
    Y = forward(X).copy()
    product = float(((Y - forward(np.zeros_like(X))) * dLdY).sum())  # the bias cancels
    forward(X)
    transposed = float((X * subject.backward(dLdY)).sum())
    found = compare(np.array([transposed]), np.array([product]))
    return found if found.ok else failed(f"<A x, u> = {product:.15g} but <x, A' u> = {transposed:.15g}")


def autograd_gradcheck(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    from parity_tests.subjects.autograd import gradcheck

    subject, batch, _ = loaded(bench, pair, case, dtype)
    return failed(message) if (message := gradcheck(subject, batch)) else PASSED
