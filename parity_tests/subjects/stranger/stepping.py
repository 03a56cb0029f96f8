"""Layers whose backward takes the step itself: backward(dLdY, learning_rate), or at a rate that the layer keeps.

Nobody asks for the step here. Its parameters are put back, and the step divided by its rate is their gradient, unless
the layer keeps that as well. The rate is large, so that what rounding takes from a parameter and its step is small
beside the step; and a power of two, by which dividing rounds nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.names import is_called

RATE = 2.0**20
NOTE = "its backward takes a step itself, which is taken back; divided by its rate it is compared as the gradient"
KEPT = ("learning_rate", "lr")
GIVEN = (*KEPT, "eta", "learn_rate", "step_size")


def rate_of(backward: Callable) -> inspect.Parameter | None:
    """The argument by which it is given a rate; None where it takes none."""
    return next((parameter for parameter in calls.parameters(backward) if is_called(parameter.name, GIVEN)), None)


@contextmanager
def at_a_known_rate(thing: Any) -> Iterator[bool]:
    """Inside, the rate that the layer keeps is RATE; whether it keeps one."""
    held = {name: getattr(thing, name) for name in KEPT if isinstance(getattr(thing, name, None), (int, float))}
    for name in held:
        setattr(thing, name, RATE)
    try:
        yield bool(held)
    finally:
        for name, rate in held.items():
            setattr(thing, name, rate)
