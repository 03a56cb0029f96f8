"""What a stranger's optimiser is given in the place of its own parameters, layers or model.

A stand-in has some attributes and no others. An optimiser that asks for another is not offered: what it asks for may be
there, and right, in the code that it was written for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.pair import NotOffered


class StandIn(SimpleNamespace):
    """what, has: how it is told what it stands for, and what it has."""

    what, has = "", ""


class Parameter(StandIn):
    """An array and its gradient, each by two names."""

    what, has = "a parameter", "data, value, grad and grads"

    @property
    def value(self) -> np.ndarray:
        return self.data

    @value.setter
    def value(self, array: np.ndarray) -> None:
        self.data = array

    @property
    def grads(self) -> Any:
        return self.grad

    @grads.setter
    def grads(self, array: Any) -> None:
        self.grad = array


class Layer(StandIn):
    what, has = "a layer", "W, b, dLdW, dLdb, dW and db"


class Model(StandIn):
    what, has = "the model", "layers"

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)


@contextmanager
def as_far_as_they_go() -> Iterator[None]:
    """Around calls of code that is given stand-ins."""
    try:
        yield
    except AttributeError as error:
        asked_of = error.obj
        if not isinstance(asked_of, StandIn):
            raise
        asked = f"it asks {asked_of.what} for `{error.name}`, which here has {asked_of.has}"
        raise NotOffered(f"{asked}: write an adapter") from error
