"""A stranger's torch.nn.Module, torch.autograd.Function or torch.optim.Optimizer, as a class of arrays like any other.

    in_arrays(kind) -> the class itself, or one whose objects take, keep and return arrays in the place of tensors

A module's parameters and buffers stand in dicts, by their names; backward is autograd's, and so differentiates what the
module's forward computes. A Function has a backward of its own, and autograd calls it. An optimiser holds objects with
.data and .grad. (PyTorch's own classes are not asked for: what a file only imported is not its code. A subclass is.)

Random numbers of a dropout come from numpy.random while forward runs, so that chance.py steers them as it does others.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

import numpy as np

from parity_tests.subjects.stranger.targets import target_first

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@cache
def in_arrays(kind: type) -> type:
    """Of one class always the same one. PyTorch is loaded already where a module has used it."""
    if (torch := sys.modules.get("torch")) is None:
        return kind
    wrappers = {torch.nn.Module: OfModule, torch.autograd.Function: OfFunction, torch.optim.Optimizer: OfOptimizer}
    for base, wrapper in wrappers.items():
        if issubclass(kind, base):
            return type(kind.__name__, (wrapper,), wrapper.written(kind) | {"kind": kind, "__wrapped__": kind})
    return kind


class InTensors:
    """forward(*arrays) -> array, and backward by autograd. A subclass says how tensors are computed."""

    kind: ClassVar[type]

    def computed(self, compute: Callable[..., Tensor], arrays: tuple[np.ndarray, ...]) -> Any:
        self.inputs = [_tensor(array) for array in arrays]
        self._dtype = float_type(arrays)
        with drawn_by_numpy(), made_in(self._dtype):
            found = compute(*map(_to_work_on, self.inputs))
        self._output = found[0] if isinstance(found, tuple) else found
        return self._output.detach().numpy().copy()

    def gradients(self, upstream: tuple[Any, ...], of: list[Tensor]) -> list[np.ndarray | None]:
        """By the tensors named; None where nothing depends on one."""
        import torch

        given = torch.from_numpy(upstream[0].copy()) if upstream and np.ndim(upstream[0]) else None
        with made_in(self._dtype):
            found = torch.autograd.grad(self._output, of, given, retain_graph=True, allow_unused=True)
        return [None if gradient is None else gradient.numpy().copy() for gradient in found]


class OfModule(InTensors):
    """Around a torch.nn.Module. params, grads, buffers: arrays by the module's names, of a part's the last word of it.

    A loss takes two arguments, and gets the gradient by the one that is no target.
    """

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        def forward(self: OfModule, *arrays: np.ndarray, **options: Any) -> Any:
            return self._run(arrays, options)

        forward.__signature__ = inspect.signature(kind.forward)
        return {"forward": forward, "__signature__": inspect.signature(kind)}

    def __init__(self, *settings: Any, **named: Any) -> None:
        self._module = self.kind(*settings, **named)
        self.params = _arrays(self._module.named_parameters())
        self.buffers = _arrays(self._module.named_buffers())
        self.grads: dict[str, np.ndarray] = {}

    def train(self) -> None:
        self._module.train()

    def eval(self) -> None:
        self._module.eval()

    def _run(self, arrays: tuple[np.ndarray, ...], options: dict[str, Any]) -> Any:
        import torch

        self._module.to(float_type(arrays))
        with torch.no_grad():
            for held, tensors in self._held():
                for name, tensor in tensors.items():
                    tensor.copy_(torch.from_numpy(np.array(held[name])))
        found = self.computed(lambda *tensors: self._module(*tensors, **options), arrays)
        self.buffers.update(_arrays(self._module.named_buffers()))
        return found

    def _held(self) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Tensor]]]:
        yield self.params, _named(self._module.named_parameters())
        yield self.buffers, _named(self._module.named_buffers())

    def backward(self, *upstream: Any) -> np.ndarray | None:
        inputs, parameters = self.inputs, _named(self._module.named_parameters())
        x = inputs[1] if len(inputs) > 1 and target_first(self.forward) else inputs[0]
        dx, *found = self.gradients(upstream, [x, *parameters.values()])
        self.grads = {name: g for name, g in zip(parameters, found, strict=True) if g is not None}
        return np.zeros(tuple(x.shape)) if dx is None else dx


class OfFunction(InTensors):
    """Around a torch.autograd.Function, whose forward(ctx, x, ...) and backward(ctx, ...) are static."""

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        def forward(self: OfFunction, *arguments: Any) -> Any:
            return self.computed(lambda *tensors: kind.apply(*tensors), arguments)

        forward.__signature__ = inspect.signature(kind.forward)  # ctx stands where self does
        return {"forward": forward, "__signature__": inspect.Signature()}

    def backward(self, *upstream: Any) -> Any:
        floats = [tensor for tensor in self.inputs if getattr(tensor, "requires_grad", False)]
        found = self.gradients(upstream, floats)
        return found[0] if len(found) == 1 else tuple(found)


class OfOptimizer:
    """Around a torch.optim.Optimizer."""

    kind: ClassVar[type]

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        return {"__signature__": inspect.signature(kind)}

    def __init__(self, params: Iterable[Any], *settings: Any, **named: Any) -> None:
        import torch

        self._boxes = list(params)
        self._tensors = [torch.nn.Parameter(torch.from_numpy(box.data.copy())) for box in self._boxes]
        self._optimizer = self.kind(self._tensors, *settings, **named)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return self._optimizer.param_groups

    def step(self) -> None:
        import torch

        for box, tensor in zip(self._boxes, self._tensors, strict=True):
            tensor.grad = torch.from_numpy(box.grad.copy())
        self._optimizer.step()
        for box, tensor in zip(self._boxes, self._tensors, strict=True):
            box.data = tensor.detach().numpy().copy()


def _tensor(array: Any) -> Any:
    """A copy, floats with a gradient. What is no array stays as it is."""
    import torch

    if not isinstance(array, np.ndarray):
        return array
    tensor = torch.from_numpy(array.copy())
    return tensor.requires_grad_() if array.dtype.kind == "f" else tensor


def _to_work_on(tensor: Any) -> Any:
    """What autograd lets a layer work on in place: not the tensor itself whose gradient is asked for."""
    return tensor.clone() if getattr(tensor, "requires_grad", False) else tensor


def _named(tensors: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """By the last word of each name, "weight" of "linear.weight", where there is one of it."""
    found = list(tensors)
    last = [name.rpartition(".")[2] for name, _ in found]
    return {word if last.count(word) == 1 else name: tensor for word, (name, tensor) in zip(last, found, strict=True)}


def _arrays(tensors: Iterator[tuple[str, Tensor]]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy().copy() for name, tensor in _named(tensors).items()}


def float_type(arrays: Iterable[Any]) -> torch.dtype:
    import torch

    return torch.float64 if any(getattr(a, "dtype", None) == np.float64 for a in arrays) else torch.float32


@contextmanager
def made_in(dtype: torch.dtype) -> Iterator[None]:
    """What is made within it, as torch.zeros(3), has this type: that float32 is PyTorch's own is nobody's mistake."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def drawn_by_numpy() -> Iterator[None]:
    """torch.rand, rand_like, bernoulli and dropout, and the methods of a tensor, draw from numpy.random."""
    import torch
    from torch.nn import functional

    def like(tensor: Tensor, **_: Any) -> Tensor:
        return torch.from_numpy(np.asarray(np.random.random(tuple(tensor.shape)))).to(tensor.dtype)  # noqa: NPY002

    def rand(*size: Any, dtype: Any = None, **_: Any) -> Tensor:
        return like(torch.empty(*size, dtype=dtype))

    def bernoulli(probability: Tensor, **_: Any) -> Tensor:
        return (like(probability) < probability).to(probability.dtype)

    def bernoulli_(tensor: Tensor, p: Any = 0.5, **_: Any) -> Tensor:
        return tensor.copy_(like(tensor) < p)

    def uniform_(tensor: Tensor, low: float = 0, high: float = 1, **_: Any) -> Tensor:
        return tensor.copy_(low + (high - low) * like(tensor))

    def dropout(x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        kept = (like(x) >= p).to(x.dtype)
        return (x * kept / (1 - p) if p < 1 else x * 0 * kept) if training else x

    instead = [(torch, rand), (torch, bernoulli), (torch.Tensor, bernoulli_), (torch.Tensor, uniform_)]
    with ExitStack() as stack:
        for owner, function in (*instead, (functional, dropout)):
            stack.enter_context(patch.object(owner, function.__name__, function))
        stack.enter_context(patch.object(torch, "rand_like", like))
        yield
