"""Plain functions of tensors, relu(x): torch.clamp(x, min=0), as functions of arrays; and losses.

Told by looking: an array is refused and a tensor is not. A gradient function of tensors beside it is called with
tensors too; where there is none, the gradient is autograd's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import Any

import numpy as np

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.targets import target_first
from parity_tests.subjects.stranger.torch_modules import InTensors
from parity_tests.subjects.stranger.written import imported_by

ROWS = np.full((2, 3), 0.5)


@cache
def is_of_tensors(function: Callable) -> bool:
    """Whether it takes a tensor and no array. What else it needs is a number, as a slope is."""
    return _takes_tensors(function, ROWS, *[0.5] * (len(calls.required(function)) - 1))


@cache
def is_loss_of_tensors(function: Callable) -> bool:
    """Whether a function of outputs and targets, rows or class numbers, takes two tensors and no arrays."""
    if len(calls.required(function)) != 2:
        return False
    try:
        first = target_first(function)
    except NotOffered:
        return False
    both = ([targets, ROWS] if first else [ROWS, targets] for targets in (ROWS, np.array([2, 0])))
    return any(_takes_tensors(function, *arguments) for arguments in both)


def _takes_tensors(function: Callable, *arguments: Any) -> bool:
    if not _knows_torch(function):
        return False
    torch = sys.modules["torch"]
    with suppress(Exception):
        function(*arguments)
        return False
    with suppress(Exception):
        given = (torch.tensor(a) if isinstance(a, np.ndarray) else a for a in arguments)
        return isinstance(function(*given), torch.Tensor)
    return False


def _knows_torch(function: Callable) -> bool:
    """Whether its file has imported torch, or something of it: others are not called to find out."""
    return "torch" in imported_by(function)


@cache
def of_arrays(function: Callable) -> Callable:
    """The function, of arrays; numbers and words are given to it as they are."""

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> np.ndarray:
        return InTensors().computed(lambda *given: function(*given, **named), arguments)

    return called


@cache
def loss_of_arrays(function: Callable) -> Callable:
    """(loss, gradient by the outputs), which autograd gives, in the place of a loss that is a tensor."""

    @wraps(function)
    def called(*arrays: np.ndarray) -> tuple[float, np.ndarray]:
        found = InTensors()
        value = found.computed(function, arrays)
        (gradient,) = found.gradients((), [found.inputs[1 if target_first(function) else 0]])
        return value.item() if value.ndim == 0 else value, gradient

    return called


@cache
def differentiated(function: Callable) -> tuple[Callable, Callable]:
    """forward(x, ...) -> (y, cache) and backward(dout, cache) -> dx, by autograd."""

    @wraps(function)
    def forward(x: np.ndarray, *arguments: Any, **named: Any) -> tuple[np.ndarray, InTensors]:
        cache = InTensors()
        return cache.computed(lambda given: function(given, *arguments, **named), (x,)), cache

    def backward(dout: np.ndarray, cache: InTensors) -> np.ndarray:
        (dx,) = cache.gradients((dout,), cache.inputs)
        return np.zeros_like(dout) if dx is None else dx

    return forward, backward
