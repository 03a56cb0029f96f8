"""What stands around a known name in the name of a class: LinearModule, MyReLU, Layer_Dense, Loss_MSE, SGDOptimizer.

An affix is taken away where a name that it goes with is left: "activation" leaves an activation, "loss" a loss. So a
StepActivation is no schedule, and SoftmaxLoss, which is a name itself, is no softmax.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

from parity_tests.subjects.stranger.names import (
    ACTIVATION_NAMES,
    CLASSES,
    LOSS_FUNCTIONS,
    NORM_AXES,
    OPTIMIZERS_WITH,
    POOL_MODES,
    plain,
)
from parity_tests.subjects.stranger.written import methods_of


def _of(*pairs: str) -> frozenset[str]:
    return frozenset(plain(name) for pair in pairs for name in CLASSES[pair])


def _more(*tables: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset(plain(name) for table in tables for names in table for name in names)


ACTIVATIONS, LOSSES = _of(*ACTIVATION_NAMES), _of(*LOSS_FUNCTIONS)
OPTIMIZERS = _of("SGD", "Adam", "AdamW") | _more(OPTIMIZERS_WITH.values())
LAYERS = _of("FullyConnected", "Conv2D", "Pool2D", "BatchNorm", "Dropout", "Flatten") | _more(
    POOL_MODES.values(), NORM_AXES.values()
)
COMPUTED = LAYERS | ACTIVATIONS | LOSSES  # what has a forward
PREFIXES = {
    "my": COMPUTED | OPTIMIZERS,
    "layer": LAYERS | ACTIVATIONS,
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
}
SUFFIXES = {**PREFIXES, "criterion": LOSSES, "module": COMPUTED, "function": COMPUTED, "fn": COMPUTED}
METHODS = ("__call__", "forward", "forward_pass", "backward", "loss", "step", "update", "update_params",
           "calculate_update")  # fmt: skip


@cache
def bare(name: str) -> str:
    """The known name that is left of a class's name; without one, the name as plain() has it."""
    return _left_of(plain(name), COMPUTED | OPTIMIZERS) or plain(name)


def _left_of(name: str, allowed: frozenset[str]) -> str:
    if name in allowed:
        return name
    for end, known in SUFFIXES.items():
        if name.endswith(end) and (left := _left_of(name.removesuffix(end), allowed & known)):
            return left
    for start, known in PREFIXES.items():
        if name.startswith(start) and (left := _left_of(name.removeprefix(start), allowed & known)):
            return left
    return ""


def name_of(name: str, thing: Any) -> str:
    """What a class or a function of this name goes by. Only a class that does something has affixes."""
    return bare(name) if inspect.isclass(thing) and _does_something(thing) else plain(name)


def _does_something(kind: type) -> bool:
    return not methods_of(kind).keys().isdisjoint(METHODS)
