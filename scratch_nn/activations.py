"""Activations: Y = f(X), element by element (softmax: row by row).

Each is a layer, and the `activation=` of FullyConnected and Conv2D. Shapes: X, Y, dLdY and dLdX are all alike.

    Linear      y = x                         dx = dy
    ReLU        y = max(x, 0)                 dx = dy where x > 0, else 0           (so 0 at exactly 0)
    LeakyReLU   y = x or slope x              dx = dy where x > 0, else slope dy    (so slope at exactly 0)
    Sigmoid     y = 1 / (1 + exp(-x))         dx = dy y (1 - y)
    Tanh        y = tanh(x)                   dx = dy (1 - y^2)
    SoftMax     y_i = exp(x_i) / Σ_k exp(x_k) dx_j = y_j (dy_j - Σ_i dy_i y_i)

Where PyTorch decides: relu'(0) = 0, leaky_relu'(0) = slope; NaN passes through every one of them.
"""

from __future__ import annotations

import copy

import numpy as np

from scratch_nn.by_examples import ByExamples
from scratch_nn.errors import complaint, plain_float
from scratch_nn.layer import Layer
from scratch_nn.masks import kept


class Activation(Layer):
    """A layer without parameters whose output has the shape of its input."""


def own_activation(who: str, activation: Activation) -> Activation:
    """A copy for one layer alone, so that two layers given the same object do not share what forward saves."""
    if not isinstance(activation, Layer) or type(activation).create is not Layer.create:
        got = f"the class {activation.__name__}" if isinstance(activation, type) else repr(activation)
        cure = "Pass an object; names as strings are read by NeuralNetwork.from_config only."
        if isinstance(activation, Layer):
            cure = "Put it next in the network: its parameters would never learn here."
        raise TypeError(complaint(who, "activation to be an object such as ReLU()", got, cure))
    return copy.deepcopy(activation)


class Linear(Activation):
    """y = x, the activation of a layer that has none. torch.nn.Identity."""

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        return X

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return dLdY


class ReLU(ByExamples, Activation):
    """y = max(x, 0). torch.nn.ReLU; the gradient at exactly 0 (and at -0.0) is 0."""

    def make_room(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        super().make_room(shape, dtype)
        self._on = np.empty(shape, bool)

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        self.save_some(X, some)
        np.clip(X, 0, np.inf, out=Y)

    def save_some(self, X: np.ndarray, some: slice) -> None:
        self._on[some] = ~(X <= 0)  # True for NaN, which therefore passes, and its gradient with it

    def backward_some(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        kept(dLdY, self._on[some], out=dLdX)


class LeakyReLU(Activation):
    """y = x where x > 0, else slope x. torch.nn.LeakyReLU(negative_slope=slope); the gradient at 0 is `slope`."""

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = plain_float("LeakyReLU", "slope", slope)

    def __repr__(self) -> str:
        return f"LeakyReLU(slope={self.slope})"

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        self._on = X > 0
        return np.where(self._on, X, self.slope * X)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return np.where(self._on, dLdY, self.slope * dLdY)


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)). torch.nn.Sigmoid. Never overflows: exp is only taken of -|x|."""

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        e = np.exp(-np.abs(X))  # in (0, 1]; for x < 0 multiply top and bottom of the formula by exp(x)
        self._Y = np.where(X < 0, e, 1) / (1 + e)
        return self._Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return dLdY * self._Y * (1 - self._Y)


class Tanh(Activation):
    """y = tanh(x). torch.nn.Tanh."""

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        self._Y = np.tanh(X)
        return self._Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return dLdY * (1 - self._Y * self._Y)


class SoftMax(Activation):
    """y_i = exp(x_i - max x) / Σ_k exp(x_k - max x) over the last axis. torch.nn.Softmax(dim=-1).

    The maximum cancels in the quotient and keeps exp from overflowing. Backward is the product with the whole
    Jacobian diag(y) - y yᵀ, not only its diagonal: dx_j = y_j (dy_j - Σ_i dy_i y_i).
    """

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        if not input_shape:
            cure = "Softmax normalises over the last axis, which must not be the batch."
            raise self._wrong_input("(N, ..., C)", input_shape, cure)
        return tuple(input_shape)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        X = np.ascontiguousarray(X)  # NumPy adds a row that lies in one piece in pairs, and loses fewer digits
        with np.errstate(over="ignore", invalid="ignore"):  # 3e38 - (-3e38) and inf - inf: e is 0, and NaN
            e = np.exp(X - X.max(axis=-1, keepdims=True))
        self._Y = e / e.sum(axis=-1, keepdims=True)
        return self._Y

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        dLdY = np.ascontiguousarray(dLdY)
        return self._Y * (dLdY - (dLdY * self._Y).sum(axis=-1, keepdims=True))  # the sum removes i
