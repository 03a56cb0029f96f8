"""A network's contestants: a training step (forward, loss, backward, update) on one batch, or the forward pass alone.

Before anything is timed all must give the same numbers. The logits, in evaluation mode, are compared in float32, which
is what is timed. A whole training step is compared in float64 and without dropout: loss, gradients, parameters after
the update, running statistics. (In float32 a number that is nearly 0 may fall on either side of a ReLU, and the
gradients then differ although both are right. The timed steps have their dropout, drawn by each library's own
generator.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from benchmarks.contestant import Arrays, Contestant
from benchmarks.course.network import CourseNetwork, Style
from benchmarks.torch_side import MEMORY_FORMATS, brought_back, gradients_of, layouts_for, to_array, to_tensor
from benchmarks.twins import Twins
from benchmarks.variants import VARIANTS, Variant
from scratch_nn import BatchNorm, Conv2D, NeuralNetwork

EXACT = np.float64
TIMED = np.float32

Options = Callable[[], AbstractContextManager]


def step_contestants(twins: Twins, styles: Sequence[Style]) -> list[Contestant]:
    """`styles` are those of course code that take part."""
    return [
        *(our_step(variant, twins) for variant in VARIANTS),
        *(torch_step(name, twins) for name in layouts_for(twins.shape)),
        *(course_step(style, twins) for style in styles),
    ]


def inference_contestants(twins: Twins, styles: Sequence[Style]) -> list[Contestant]:
    X, _ = twins.examples(TIMED)
    course = [(style.name, CourseNetwork(twins.network(TIMED), style)) for style in styles]
    return [
        *(forward_only(variant.name, twins.network(TIMED), X, variant.options) for variant in VARIANTS),
        *(torch_inference(name, twins) for name in layouts_for(twins.shape)),
        *(forward_only(name, network, X) for name, network in course),
    ]


def forward_only(
    name: str, network: NeuralNetwork | CourseNetwork, X: np.ndarray, options: Options = nullcontext
) -> Contestant:
    run = partial(network.forward, X)
    return Contestant(name, run, lambda: {"logits": run()}, options)


# ---- ours


def our_step(variant: Variant, twins: Twins) -> Contestant:
    network, (X, Y) = twins.network(TIMED), twins.targets(TIMED)

    def answer() -> Arrays:
        exact = twins.network(EXACT, dropout=0)
        loss = one_step(exact, *twins.targets(EXACT))
        zero = zero_gradients(exact)
        gradients = {name: gradient for name, gradient in exact.gradients.items() if name not in zero}
        return {"logits": network.forward(X)} | step_answer(loss, gradients, exact.parameters, exact.state)

    return Contestant(variant.name, partial(one_step, network, X, Y), answer, variant.options)


def one_step(network: NeuralNetwork, X: np.ndarray, Y: np.ndarray) -> float:
    out = network.forward(X, training=True)
    loss = network.backward(Y, out)
    network.update()
    return loss


def zero_gradients(network: NeuralNetwork) -> set[str]:
    """A bias in front of a batch norm is subtracted again: its gradient is 0, and what is computed is rounding."""
    pairs = enumerate(pairwise(network.layers))
    return {f"layers.{i}.b" for i, (one, next_) in pairs if isinstance(one, Conv2D) and isinstance(next_, BatchNorm)}


def step_answer(loss: float, gradients: Arrays, parameters: Arrays, state: Arrays) -> dict[str, np.ndarray]:
    """A step's numbers under names for a message; counts of batches are left out."""
    named: Mapping[str, Arrays] = {"gradient": gradients, "updated": parameters, "state": state}
    arrays = {f"{kind} {name}": array for kind, found in named.items() for name, array in found.items()}
    return {"loss": np.float64(loss)} | {name: array for name, array in arrays.items() if array.dtype.kind == "f"}


# ---- PyTorch's


def torch_step(name: str, twins: Twins) -> Contestant:
    module = twins.module(TIMED).to(memory_format=MEMORY_FORMATS[name])
    (X, labels), evaluate = twins.examples(TIMED), torch_inference(name, twins).answer

    def answer() -> Arrays:
        exact = twins.module(EXACT, dropout=0).to(memory_format=MEMORY_FORMATS[name])
        (X, labels), optimizer = twins.examples(EXACT), twins.optimizer(exact.parameters())
        loss = torch_one_step(exact, optimizer, to_tensor(X, name), torch.tensor(labels))
        stored = (gradients_of(exact), dict(exact.named_parameters()))
        gradients, parameters = (brought_back(twins.weights, tensors) for tensors in stored)
        return evaluate() | step_answer(
            loss, gradients, parameters, brought_back(twins.state, dict(exact.named_buffers()))
        )

    optimizer = twins.optimizer(module.parameters())
    run = partial(torch_one_step, module, optimizer, to_tensor(X, name), torch.tensor(labels))
    return Contestant(name, run, answer, counted=False)


def torch_one_step(module: nn.Module, optimizer: Optimizer, x: Tensor, labels: Tensor) -> float:
    optimizer.zero_grad()
    loss = cross_entropy(module(x), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def torch_inference(name: str, twins: Twins) -> Contestant:
    module = twins.module(TIMED).eval().to(memory_format=MEMORY_FORMATS[name])
    x = to_tensor(twins.examples(TIMED)[0], name)

    def run() -> Tensor:
        with torch.inference_mode():
            return module(x)

    return Contestant(name, run, lambda: {"logits": to_array(run())}, counted=False)


# ---- course code


def course_step(style: Style, twins: Twins) -> Contestant:
    network, (X, Y) = CourseNetwork(twins.network(TIMED), style), twins.targets(TIMED)

    def answer() -> Arrays:
        exact = CourseNetwork(twins.network(EXACT, dropout=0), style)
        loss = exact.step(*twins.targets(EXACT))
        arrays = [exact.arrays(kind) for kind in ("gradients", "parameters", "state")]
        return {"logits": network.forward(X)} | step_answer(loss, *arrays)

    return Contestant(style.name, partial(network.step, X, Y), answer)
