"""Layers that are told more after they are made: set_input_shape(shape), and initialize(optimizer) or build(input_dim).

An optimiser that a layer is given, to take steps with in its backward, takes them at the rate of stepping.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import ARGUMENTS, is_called
from parity_tests.subjects.stranger.stepping import RATE
from parity_tests.subjects.stranger.written import names_in

MAKERS = ("initialize", "initialise", "build", "init_weights", "init_params", "initialize_parameters",
          "initialize_weights", "init_parameters", "connect_to")  # fmt: skip
NOBODY = "its parameters are made by {}, which nobody calls here: write an adapter"
SHAPES, OPTIMIZERS = ("input_shape", "in_shape", "shape"), ("optimizer", "optimiser", "optim", "opt")


class Descent:
    """The plainest optimiser, for one parameter at a time."""

    def update(self, w: np.ndarray, gradient: np.ndarray, *_: Any) -> np.ndarray:
        return w - RATE * gradient


def tell_shape(thing: Any, shape: tuple[int, ...]) -> None:
    """shape: of one example, in its own order of axes."""
    if callable(method := getattr(thing, "set_input_shape", None)):
        method(shape)


def make_parameters(thing: Any, shape: tuple[int, ...], n_in: int) -> bool:
    """By its method for that, if it asks for nothing that is not known here; whether it was given an optimiser.

    Raises NotOffered where the method cannot do it with that alone."""
    for name in makers_of(type(thing)):
        values = {argument: _value(argument, shape, n_in) for argument in needed_by(type(thing), name)}
        if None in values.values():
            continue
        try:
            getattr(thing, name)(**values)
        except Exception as error:
            raise NotOffered(NOBODY.format(made_by(type(thing)))) from error
        return any(isinstance(value, Descent) for value in values.values())
    return False


def made_by(kind: type) -> str:
    """The method that makes the parameters of a class, "initialize(optimizer)"; "" where it makes them itself."""
    return next((f"{name}({', '.join(needed_by(kind, name))})" for name in makers_of(kind)), "")


def makers_of(kind: type) -> list[str]:
    """Its methods for that, which no method of its own calls."""
    return [name for name in MAKERS if callable(getattr(kind, name, None)) and name not in names_in(kind)]


def needed_by(kind: type, name: str) -> list[str]:
    return [parameter.name for parameter in calls.required(getattr(kind, name))][1:]


def _value(argument: str, shape: tuple[int, ...], n_in: int) -> Any:
    if argument in SHAPES:
        return shape
    if argument in OPTIMIZERS:
        return Descent()
    return n_in if is_called(argument, ARGUMENTS["n_in"]) else None
