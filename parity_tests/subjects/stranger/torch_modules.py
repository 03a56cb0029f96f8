"""A stranger's torch.nn.Module, torch.autograd.Function or torch.optim.Optimizer, as a class of arrays like any other.

    in_arrays(kind) -> the class itself, or one whose objects take, keep and return arrays in the place of tensors

A module's parameters and its other tensors stand in dicts, by their names; backward is autograd's, and so
differentiates what the module's forward computes. A Function has a backward of its own, and autograd calls it. An
optimiser holds objects with .data and .grad. (PyTorch's own classes are not asked for: what a file only imported is not
its code. A subclass is.)

Random numbers of a dropout come from numpy.random while forward runs, so that chance.py steers them as it does others.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from parity_tests.subjects.stranger.targets import target_first
from parity_tests.subjects.stranger.torch_surroundings import drawn_by_numpy, float_type, made_in

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
            return _wrapped(kind, wrapper)
    return _of_plain(kind)


def _of_plain(kind: type) -> type:
    from parity_tests.subjects.stranger.torch_plain import is_of_tensors, wrapper_of

    wrapper = wrapper_of(kind) if is_of_tensors(kind) else None
    return kind if wrapper is None else _wrapped(kind, wrapper)


def _wrapped(kind: type, wrapper: type) -> type:
    return type(kind.__name__, (wrapper,), wrapper.written(kind) | {"kind": kind, "__wrapped__": kind})


class InTensors:
    """One call, of arrays, that is computed with tensors; and its gradients by autograd."""

    def computed(self, compute: Callable[..., Tensor], arrays: tuple[np.ndarray, ...]) -> Any:
        self.inputs = [to_tensor(array) for array in arrays]
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

    kind: ClassVar[type]

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        def forward(self: OfModule, *arrays: np.ndarray, **options: Any) -> Any:
            return self._run(arrays, options)

        forward.__signature__ = inspect.signature(kind.forward)
        return {"forward": forward, "__signature__": inspect.signature(kind)}

    def __init__(self, *settings: Any, **named: Any) -> None:
        self._module = self.kind(*settings, **named)
        self._places = places(self._module)
        self._learned = {name: place for name, place in self._places.items() if place.is_parameter}
        self._others = {name: place for name, place in self._places.items() if not place.is_parameter}
        self.params, self.buffers = _arrays(self._learned), _arrays(self._others)
        self.grads: dict[str, np.ndarray] = {}

    def train(self) -> None:
        self._module.train()

    def eval(self) -> None:
        self._module.eval()

    def _run(self, arrays: tuple[np.ndarray, ...], options: dict[str, Any]) -> Any:
        dtype, held = float_type(arrays), self.params | self.buffers
        self._module.to(dtype)
        for name, place in self._places.items():
            place.put(held[name], dtype)
        found = self.computed(lambda *tensors: self._module(*tensors, **options), arrays)
        self.buffers.update(_arrays(self._others))
        return found

    def backward(self, *upstream: Any) -> np.ndarray | None:
        x = self.inputs[1 if len(self.inputs) > 1 and target_first(self.forward) else 0]
        dx, *found = self.gradients(upstream, [x, *(place.tensor for place in self._learned.values())])
        learned = zip(self._learned.items(), found, strict=True)
        self.grads = {name: zeros_like(place.tensor) if g is None else g for (name, place), g in learned}
        return np.zeros(tuple(x.shape)) if dx is None else dx


def zeros_like(tensor: Tensor) -> np.ndarray:
    """The gradient by a parameter that the output does not depend on, as where it was detached."""
    return np.zeros_like(tensor.detach().numpy())


class OfFunction(InTensors):
    """Around a torch.autograd.Function, whose forward(ctx, x, ...) and backward(ctx, ...) are static."""

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        def forward(self: OfFunction, *arguments: Any) -> Any:
            return self.computed(kind.apply, arguments)

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


def to_tensor(array: Any) -> Any:
    """A copy, floats with a gradient. What is no array stays as it is."""
    import torch

    if not isinstance(array, np.ndarray):
        return array
    tensor = torch.from_numpy(array.copy())
    return tensor.requires_grad_() if array.dtype.kind == "f" else tensor


def _to_work_on(tensor: Any) -> Any:
    """What autograd lets a layer work on in place: not the tensor itself whose gradient is asked for."""
    return tensor.clone() if getattr(tensor, "requires_grad", False) else tensor


@dataclass(frozen=True)
class Place:
    """Where a part of a module keeps a tensor: as a parameter, as a buffer, or as an attribute like any other.

    is_parameter: it had a gradient from the beginning.
    """

    part: Any
    name: str
    is_parameter: bool

    @property
    def tensor(self) -> Tensor:
        return getattr(self.part, self.name)

    @property
    def array(self) -> np.ndarray:
        return self.tensor.detach().numpy().copy()

    def put(self, array: np.ndarray, dtype: torch.dtype) -> None:
        """A copy; floats in this type."""
        import torch

        tensor = torch.from_numpy(np.array(array))
        tensor = tensor.to(dtype) if tensor.is_floating_point() else tensor
        if self.name in self.part._parameters:
            self.tensor.data = tensor
        else:
            setattr(self.part, self.name, tensor.requires_grad_(self.is_parameter))


def places(module: Any) -> dict[str, Place]:
    """Of all tensors in a module and its parts; by the last word of a name, "weight" of "linear.weight", where there is
    one of it."""
    import torch

    found: dict[str, Place] = {}
    for prefix, part in module.named_modules():
        for name, held in (part._parameters | part._buffers | vars(part)).items():
            if isinstance(held, torch.Tensor):
                found[f"{prefix}.{name}"] = Place(part, name, held.requires_grad)
    words = [place.name for place in found.values()]
    return {place.name if words.count(place.name) == 1 else name: place for name, place in found.items()}


def _arrays(found: Mapping[str, Place]) -> dict[str, np.ndarray]:
    return {name: place.array for name, place in found.items()}
