"""Convolution (PyTorch's: a cross-correlation, the kernel is not flipped) over images, with an activation.

Letters: N images, H x W pixels, C channels in, M channels out; kernel (kh, kw); OH x OW output pixels; stride s.
    z[n, y, x, m] = b[m] + Σ_i Σ_j Σ_c  Xpad[n, y s + i, x s + j, c] W[i, j, c, m],    Y = f(Z)

    forward   X (N, H, W, C), W (kh, kw, C, M), b (1, M)  ->  Y (N, OH, OW, M)
    backward  dLdY (N, OH, OW, M)                         ->  dLdX (N, H, W, C); stores dW, db

Written out as columns, one row a window, it is a fully connected layer: Z = columns W + b, and its backward is that
layer's, with col2im adding up what a pixel gave to several windows. correlation.py takes these products a few images
at a time. torch.nn.Conv2d keeps images as (N, C, H, W) and its weight as (M, C, kh, kw); the pair in
parity_tests/pairs/conv.py transposes.
"""

from __future__ import annotations

import numpy as np

from scratch_nn.activations import Activation, Linear, own_activation
from scratch_nn.channels import channel_sum
from scratch_nn.correlation import correlate, gradients, weight_gradient
from scratch_nn.errors import positive_int
from scratch_nn.initializers import Initializer, initial_bias, initial_weight, require_initializer, xavier_uniform
from scratch_nn.layer import Layer
from scratch_nn.windows import Windows, int_pair, resolve_pads


class Conv2D(Layer):
    """Y = f(X * W + b). torch.nn.Conv2d, followed by the activation.

    n_out: M, the channels out; C is read off the first input.
    kernel_shape, stride: int or (height, width).
    pad: "same" (stride 1 only), "valid", int, (height, width), or ((top, bottom), (left, right)).
    activation: an Activation object; the layer keeps a copy of its own.
    weight_init: an initialiser for (kh, kw, C, M); the bias starts at zero (with `torch_default`, as PyTorch's).
    Raises ValueError if X is not (N, H, W, C), or is smaller than the kernel; see Layer for the rest.
    """

    def __init__(
        self,
        n_out: int,
        kernel_shape: int | tuple[int, int],
        *,
        stride: int | tuple[int, int] = 1,
        pad: str | int | tuple = "same",
        activation: Activation = Linear(),
        weight_init: Initializer = xavier_uniform,
    ) -> None:
        super().__init__()
        self.n_out = positive_int("Conv2D", "n_out", n_out)
        kernel = int_pair("Conv2D", "kernel_shape", kernel_shape, 1)
        stride = int_pair("Conv2D", "stride", stride, 1)
        self.windows = Windows(kernel, stride, resolve_pads("Conv2D", pad, kernel, stride))
        self.activation = own_activation("Conv2D", activation)
        require_initializer("Conv2D", weight_init)
        self.weight_init = weight_init

    def __repr__(self) -> str:
        w = self.windows
        return f"Conv2D({self.n_out}, {w.kernel}, stride={w.stride}, pad={w.pads}, activation={self.activation!r})"

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        n_in = self._built_shapes["W"][2] if self._built_shapes else None
        expected = f"(N, H, W, {n_in or 'C'})"
        if len(input_shape) != 3:
            raise self._wrong_input(expected, input_shape, "Images need four axes; one channel is X[..., None].")
        if n_in not in (None, input_shape[2]):
            first = n_in == input_shape[0]
            cure = "Channels first? Use X.transpose(0, 2, 3, 1)." if first else "Another number of channels."
            raise self._wrong_input(expected, input_shape, cure)
        counts = self.windows.counts(*input_shape[:2])
        if min(counts) < 1:
            cure = f"The padded image is smaller than the {self.windows.kernel} kernel: pad more, or shrink it."
            raise self._wrong_input(expected, input_shape, cure)
        return (*counts, self.n_out)

    def create(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        shape = (*self.windows.kernel, input_shape[2], self.n_out)
        self.parameters["W"] = initial_weight(self.weight_init, shape, rng)
        self.parameters["b"] = initial_bias(self.weight_init, shape, rng)

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        W, b = self._weights("W", "b", dtype=X.dtype)
        self._X, self._W = X, W.reshape(-1, self.n_out)  # (kh kw C, M)
        Z = correlate(X, self._W, self.windows, b)  # columns W + b, (N, OH, OW, M)
        return self.activation.forward(Z, training=training)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        dLdZ = self._backward_to_Z(dLdY)
        dW, dLdX = gradients(self._X, dLdZ, self._W, self.windows)  # columnsᵀ dLdZ, and col2im(dLdZ Wᵀ)
        self._store(dW, dLdZ)
        return dLdX

    def backward_parameters(self, dLdY: np.ndarray) -> None:
        dLdZ = self._backward_to_Z(dLdY)
        self._store(weight_gradient(self._X, dLdZ, self.windows), dLdZ)

    def _backward_to_Z(self, dLdY: np.ndarray) -> np.ndarray:
        """dL/dZ (N, OH, OW, M)."""
        self._enter_backward(dLdY)
        return self.activation.backward(dLdY)

    def _store(self, dW: np.ndarray, dLdZ: np.ndarray) -> None:
        W, b = self.parameters["W"], self.parameters["b"]
        db = channel_sum(dLdZ)  # the sum removes n, y and x
        self.gradients["W"], self.gradients["b"] = dW.reshape(W.shape), db.astype(dLdZ.dtype).reshape(b.shape)
