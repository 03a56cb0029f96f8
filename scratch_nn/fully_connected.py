"""Fully connected layer: Z = X W + b, Y = f(Z).

Letters: N batch, D inputs, M outputs, f the activation.
    forward   X (N, D), W (D, M), b (1, M)  ->  Y (N, M)
    backward  dLdY (N, M)                   ->  dLdX (N, D); stores dW (D, M), db (1, M)

torch.nn.Linear keeps its weight as (M, D); the pair in parity_tests/pairs/fully_connected.py transposes.
"""

from __future__ import annotations

import numpy as np

from scratch_nn.activations import Activation, Linear, own_activation
from scratch_nn.channels import channel_sum
from scratch_nn.errors import positive_int
from scratch_nn.initializers import Initializer, initial_bias, initial_weight, require_initializer, xavier_uniform
from scratch_nn.layer import Layer


class FullyConnected(Layer):
    """Y = f(X W + b). torch.nn.Linear, followed by the activation.

    n_out: M, the number of outputs. D is read off the first input.
    activation: an Activation object; the layer keeps a copy of its own.
    weight_init: an initialiser; the bias starts at zero (with `torch_default`, uniform as PyTorch's).
    Raises ValueError if X is not (N, D); see Layer for the rest.
    """

    def __init__(
        self, n_out: int, *, activation: Activation = Linear(), weight_init: Initializer = xavier_uniform
    ) -> None:
        super().__init__()
        self.n_out = positive_int("FullyConnected", "n_out", n_out)
        self.activation = own_activation("FullyConnected", activation)
        require_initializer("FullyConnected", weight_init)
        self.weight_init = weight_init

    def __repr__(self) -> str:
        return f"FullyConnected({self.n_out}, activation={self.activation!r})"

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        n_in = self._built_shapes["W"][0] if self._built_shapes else None
        if len(input_shape) != 1 or n_in not in (None, *input_shape):
            cure = "Put a Flatten() before it." if len(input_shape) > 1 else "One example a row, its features beside."
            raise self._wrong_input(f"(N, {n_in or 'D'})", input_shape, cure)
        return (self.n_out,)

    def create(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        shape = (*input_shape, self.n_out)
        self.parameters["W"] = initial_weight(self.weight_init, shape, rng)
        self.parameters["b"] = initial_bias(self.weight_init, shape, rng)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        W, b = self._weights("W", "b", dtype=X.dtype)
        self._X, self._W = X, W
        return self.activation.forward(X @ W + b, training=training)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return self._backward_to_Z(dLdY) @ self._W.T  # (N, D): the product removes m

    def backward_parameters(self, dLdY: np.ndarray) -> None:
        self._backward_to_Z(dLdY)

    def _backward_to_Z(self, dLdY: np.ndarray) -> np.ndarray:
        """Store dW and db, return dL/dZ (N, M)."""
        self._enter_backward(dLdY)
        dLdZ = self.activation.backward(dLdY)
        self.gradients["W"] = self._X.T @ dLdZ  # (D, M): the product removes n
        db = channel_sum(dLdZ)  # (M,): the sum removes n
        self.gradients["b"] = db.astype(dLdZ.dtype).reshape(self.parameters["b"].shape)
        return dLdZ
