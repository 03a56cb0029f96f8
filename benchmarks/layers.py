"""A layer's contestants: one forward pass in training mode and one backward pass, from a random upstream gradient.

    ours      Y = forward(X), then dX = backward(dLdY), which stores the gradients of the parameters
    PyTorch   y = module(x), then the gradients of x and of the parameters by autograd

Both compute dX and every parameter's gradient, with the same weights. A loss is a layer that ends in one number.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.contestant import OURS, TORCH_NCHW, Arrays, Contestant
from benchmarks.torch_side import MEMORY_FORMATS, carry_over, layouts_for, to_array, to_tensor
from scratch_nn import SoftmaxCrossEntropy, one_hot
from scratch_nn.layer import Layer

SEED = 0


def layer_contestants(
    layer: Layer, module: nn.Module, shape: tuple[int, ...], pair: str | None = None
) -> list[Contestant]:
    """`shape` is X's, with the batch. `pair` names the weight map of a layer that has parameters."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal(shape, dtype=np.float32)
    output_shape = layer.build(shape[1:], rng, dtype=np.float32)
    dLdY = rng.standard_normal((shape[0], *output_shape), dtype=np.float32)
    if pair is not None:
        carry_over(pair, layer.parameters, module)
    ours = partial(our_pass, layer, X, dLdY)
    contestants = [Contestant(OURS, ours, lambda: dict(zip(("Y", "dX"), ours(), strict=True)))]
    return contestants + [torch_layer(name, module, X, dLdY) for name in layouts_for(X)]


def our_pass(layer: Layer, X: np.ndarray, dLdY: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    Y = layer.forward(X, training=True)
    return Y, layer.backward(dLdY)


def torch_layer(name: str, module: nn.Module, X: np.ndarray, dLdY: np.ndarray) -> Contestant:
    module = copy.deepcopy(module).train().to(memory_format=MEMORY_FORMATS[name])
    run = partial(torch_pass, module, to_tensor(X, name).requires_grad_(), to_tensor(dLdY, name))

    def answer() -> Arrays:
        y, dx, *_ = run()
        return {"Y": to_array(y), "dX": to_array(dx)}

    return Contestant(name, run, answer)


def torch_pass(module: nn.Module, x: Tensor, dy: Tensor) -> tuple[Tensor, ...]:
    y = module(x)
    return y, *torch.autograd.grad(y, (x, *module.parameters()), dy)


def cross_entropy_contestants(n_examples: int, n_classes: int) -> list[Contestant]:
    """Softmax and cross-entropy in one, value and gradient: targets one-hot here, class numbers in PyTorch."""
    rng = np.random.default_rng(SEED)
    Z = rng.standard_normal((n_examples, n_classes), dtype=np.float32)
    labels = rng.integers(n_classes, size=n_examples)
    Y, loss = one_hot(labels, n_classes).astype(np.float32), SoftmaxCrossEntropy()
    z, y = torch.tensor(Z).requires_grad_(), torch.tensor(labels)

    def ours() -> tuple[float, np.ndarray]:
        return loss.forward(Y, Z), loss.backward(Y, Z)

    def theirs() -> tuple[float, Tensor]:
        value = cross_entropy(z, y)
        return value.item(), *torch.autograd.grad(value, z)

    def answer(run: Callable[[], tuple]) -> Arrays:
        value, gradient = run()
        return {"loss": np.array(value), "dLdZ": np.asarray(gradient)}

    return [Contestant(name, run, partial(answer, run)) for name, run in ((OURS, ours), (TORCH_NCHW, theirs))]
