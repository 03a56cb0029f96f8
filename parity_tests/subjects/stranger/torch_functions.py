"""Plain functions of tensors, relu(x): torch.clamp(x, min=0), as functions of arrays.

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

from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.torch_modules import InTensors

SHAPE = (2, 3)


@cache
def is_of_tensors(function: Callable) -> bool:
    """Whether it takes a tensor and no array. What else it needs is a number, as a slope is."""
    if (torch := sys.modules.get("torch")) is None:
        return False
    others = [0.5] * (len(calls.required(function)) - 1)
    with suppress(Exception):
        function(np.ones(SHAPE), *others)
        return False
    with suppress(Exception):
        return isinstance(function(torch.ones(SHAPE), *others), torch.Tensor)
    return False


@cache
def of_arrays(function: Callable) -> Callable:
    """The function, of arrays; numbers and words are given to it as they are."""

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> np.ndarray:
        return InTensors().computed(lambda *given: function(*given, **named), arguments)

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
