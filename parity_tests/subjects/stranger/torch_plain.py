"""Plain classes of tensors, that are no torch.nn.Module and no torch.optim.Optimizer, as classes of arrays.

A class whose file has imported torch and not numpy computes with tensors. Its tensors stand as arrays in attributes of
the same names, are put into the object before a call, and read from it afterwards. A backward of its own is called
with tensors; where there is none, the gradients are autograd's.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np

from parity_tests.subjects.stranger.names import EMPTYING
from parity_tests.subjects.stranger.passes import method_of
from parity_tests.subjects.stranger.torch_modules import InTensors, OfOptimizer, to_tensor
from parity_tests.subjects.stranger.torch_surroundings import float_type, made_in
from parity_tests.subjects.stranger.written import imported_by, methods_of

RUN_BY = ("forward", "__call__")


def is_of_tensors(kind: type) -> bool:
    """By what its file has imported: nothing is run."""
    function = next(filter(inspect.isfunction, methods_of(kind).values()), None)
    imported = imported_by(function)
    return "torch" in imported and "numpy" not in imported


def wrapper_of(kind: type) -> type | None:
    """What its objects are wrapped in; None where it is neither a layer nor an optimiser."""
    if not methods_of(kind).keys().isdisjoint(RUN_BY):
        return OfPlain
    return OfPlainOptimizer if callable(getattr(kind, "step", None)) else None


class OfPlain(InTensors):
    """Around a layer. grads: by autograd, by the names of its tensors."""

    kind: ClassVar[type]

    @classmethod
    def written(cls, kind: type) -> dict[str, Any]:
        run = next(getattr(kind, name) for name in RUN_BY if name in methods_of(kind))

        def forward(self: OfPlain, *arrays: np.ndarray, **options: Any) -> Any:
            return self._run(run, arrays, options)

        forward.__signature__ = inspect.signature(run)
        found = {"forward": forward, "__signature__": inspect.signature(kind)}
        return found | ({"zero_grad": cls._zero_grad} if method_of(kind, EMPTYING) else {})

    def __init__(self, *settings: Any, **named: Any) -> None:
        self._thing = self.kind(*settings, **named)
        self._by_autograd = not callable(getattr(self._thing, "backward", None))
        self._read()

    def _run(self, run: Any, arrays: tuple[np.ndarray, ...], options: dict[str, Any]) -> Any:
        self._dtype = float_type(arrays)
        self._write()
        found = self.computed(lambda *tensors: run(self._thing, *tensors, **options), arrays)
        self._read()
        return found

    def backward(self, *upstream: Any) -> Any:
        import torch

        if self._by_autograd:
            dx, *found = self.gradients(upstream, [self.inputs[0], *self._weights.values()])
            self.grads = {name: g for name, g in zip(self._weights, found, strict=True) if g is not None}
            return dx
        self._write()
        with made_in(self._dtype), torch.no_grad():
            found = self._thing.backward(*map(to_tensor, upstream))
        self._read()
        return tuple(map(_array, found)) if isinstance(found, tuple) else _array(found)

    def _zero_grad(self) -> None:
        self._write()
        method_of(self._thing, EMPTYING)()
        self._read()

    def _write(self) -> None:
        """Our attributes into the object: tensors of the type that is worked in, and whether it trains."""
        self._weights = {}
        for name, held in vars(self._thing).items():
            if _is_tensor(held):
                tensor = to_tensor(np.asarray(getattr(self, name)))
                tensor = tensor.to(self._dtype) if tensor.is_floating_point() else tensor
                self._weights[name] = tensor.detach().requires_grad_(self._by_autograd and tensor.is_floating_point())
                setattr(self._thing, name, self._weights[name])
            elif isinstance(held, bool):
                setattr(self._thing, name, getattr(self, name))

    def _read(self) -> None:
        for name, held in vars(self._thing).items():
            if _is_tensor(held) or isinstance(held, (bool, int, float)):
                setattr(self, name, _array(held))


class OfPlainOptimizer(OfOptimizer):
    """Around an optimiser that holds tensors with .grad; its own attributes are the object's, as its rate is."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_optimizer" not in vars(self):
            raise AttributeError(name)
        return getattr(self._optimizer, name)

    def __setattr__(self, name: str, value: Any) -> None:
        inner = vars(self).get("_optimizer")
        object.__setattr__(self if inner is None or name not in vars(inner) else inner, name, value)


def _is_tensor(held: Any) -> bool:
    import torch

    return isinstance(held, torch.Tensor)


def _array(held: Any) -> Any:
    return held.detach().numpy().copy() if _is_tensor(held) else held
