"""A layer's contestants: one forward pass in training mode and one backward pass, from a random upstream gradient.

    ours      Y = forward(X), then dX = backward(dLdY), which stores the gradients of the parameters; course code too
    PyTorch   y = module(x), then the gradients of x and of the parameters by autograd

All compute Y, dX and every parameter's gradient, with the same weights. A loss is a layer that ends in one number.
Dropout draws its mask in each library's own way: there the answer is what the mask does, not where it falls.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.contestant import OURS, TORCH_NCHW, Arrays, Contestant
from benchmarks.course.layers import CourseLayer
from benchmarks.course.network import Style, course_layer
from benchmarks.torch_side import MEMORY_FORMATS, brought_back, carry_over, layouts_for, to_array, to_tensor
from parity_tests.layout import Weight
from scratch_nn import Dropout, SoftmaxCrossEntropy, one_hot
from scratch_nn.layer import Layer

SEED = 0

Answer = Callable[[Arrays, np.ndarray, np.ndarray], Arrays]


def layer_contestants(
    layer: Layer, module: nn.Module, shape: tuple[int, ...], weights: Sequence[Weight], styles: Sequence[Style]
) -> list[Contestant]:
    """`shape` is X's, with the batch; `weights` is the weight map, `styles` are those of course code that take part."""
    rng = np.random.default_rng(SEED)
    X = rng.standard_normal(shape, dtype=np.float32)
    output_shape = layer.build(shape[1:], rng, dtype=np.float32)
    dLdY = rng.standard_normal((shape[0], *output_shape), dtype=np.float32)
    carry_over(weights, layer.parameters, module)
    told = mask_at_work if isinstance(layer, Dropout) else as_it_is
    course = [(style.name, course_layer(layer, style)) for style in styles]
    return [
        *(numpy_layer(name, one, X, dLdY, told) for name, one in [(OURS, layer), *course]),
        *(torch_layer(name, module, X, dLdY, weights, told) for name in layouts_for(shape)),
    ]


def numpy_layer(name: str, layer: Layer | CourseLayer, X: np.ndarray, dLdY: np.ndarray, told: Answer) -> Contestant:
    def run() -> np.ndarray:
        layer.forward(X, training=True)
        return layer.backward(dLdY)

    def answer() -> Arrays:
        Y = np.array(layer.forward(X, training=True))
        return told({"Y": Y, "dX": layer.backward(dLdY)} | layer.gradients, X, dLdY)

    return Contestant(name, run, answer)


def torch_layer(
    name: str, module: nn.Module, X: np.ndarray, dLdY: np.ndarray, weights: Sequence[Weight], told: Answer
) -> Contestant:
    module = copy.deepcopy(module).train().to(memory_format=MEMORY_FORMATS[name])
    run = partial(torch_pass, module, to_tensor(X, name).requires_grad_(), to_tensor(dLdY, name))

    def answer() -> Arrays:
        y, dx, *gradients = run()
        names = [name for name, _ in module.named_parameters()]
        stored = brought_back(weights, dict(zip(names, gradients, strict=True)))
        return told({"Y": to_array(y), "dX": to_array(dx)} | stored, X, dLdY)

    return Contestant(name, run, answer, counted=False)


def torch_pass(module: nn.Module, x: Tensor, dy: Tensor) -> tuple[Tensor, ...]:
    y = module(x)
    return y, *torch.autograd.grad(y, (x, *module.parameters()), dy)


def as_it_is(found: Arrays, X: np.ndarray, dLdY: np.ndarray) -> Arrays:
    return found


def mask_at_work(found: Arrays, X: np.ndarray, dLdY: np.ndarray) -> Arrays:
    """What every right dropout has in common: what it multiplies by, how often (to a tenth), the same in backward."""
    mask = (found["Y"] / X).round(4)
    again = (found["dX"] / dLdY).round(4)
    kept = np.round(np.mean(mask != 0), 1)
    return {"factors": np.unique(mask), "share kept": kept, "changed in backward": np.abs(again - mask).max()}


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
        return {"loss": np.float32(value), "dLdZ": np.asarray(gradient)}

    return [
        Contestant(OURS, ours, partial(answer, ours)),
        Contestant(TORCH_NCHW, theirs, partial(answer, theirs), counted=False),
    ]
