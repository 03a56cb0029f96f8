"""What a module offers for a pair: classes and functions by their names.

    offers(module, pair, case) -> the classes, then the functions with a cache, that may stand for the pair there

Some stand for some cases only: MaxPool2D for one mode of pooling, BatchNorm1D for rows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from parity_tests.pair import Case, Pair
from parity_tests.subjects.stranger.calls import required
from parity_tests.subjects.stranger.names import (
    CLASSES,
    FUNCTIONS,
    NORM_AXES,
    NORM_FUNCTIONS,
    POOL_FUNCTIONS,
    POOL_MODES,
    is_called,
    plain,
)

FOREIGN = {"torch", "numpy", "scipy", "sklearn", "builtins", "typing", "collections", "dataclasses", "abc", "enum"}
FORWARD, BACKWARD = "forward", "backward"


@dataclass(frozen=True)
class Functions:
    """A forward with a cache, and its backward where there is one."""

    forward: Callable
    backward: Callable | None


def named(module: ModuleType, names: Iterable[str], kind: Callable[[Any], bool]) -> list[Any]:
    """What the module has under these names, in their order; nothing that it only imported from a library."""
    wanted, found = [plain(name) for name in names], {}
    for name, thing in vars(module).items():
        root = str(getattr(thing, "__module__", "")).split(".")[0]
        if not name.startswith("_") and kind(thing) and plain(name) in wanted and root not in FOREIGN:
            found.setdefault(plain(name), thing)
    return [found[name] for name in wanted if name in found]


def classes(module: ModuleType, pair: Pair, case: Case | None = None) -> list[type]:
    """The classes that may stand for the pair, in this case where one is given."""
    names = [*_of_the_case(pair, case, POOL_MODES, NORM_AXES), *CLASSES.get(pair.name, ())]
    if pair.name == "BatchNorm" and case is not None:
        others = [name for axes, some in NORM_AXES.items() if axes != len(case.shape) for name in some]
        names = [name for name in names if not is_called(name, others)]
    found = named(module, names, inspect.isclass)
    return [thing for thing in found if _plausible(thing, pair)]


def _of_the_case(pair: Pair, case: Case | None, modes: dict, axes: dict) -> list[str]:
    """The names that hold for the mode, or for the number of axes, of one case; without a case, all of them."""
    if pair.name == "Pool2D":
        chosen = modes.values() if case is None else [modes[case.get("mode", "max")]]
    elif pair.name == "BatchNorm":
        chosen = axes.values() if case is None else [axes.get(len(case.shape), ())]
    else:
        return []
    return [name for some in chosen for name in some]


def _plausible(thing: type, pair: Pair) -> bool:
    """`Linear` is two things: an activation needs no sizes, a layer with weights does."""
    if not is_called(thing.__name__, ["Linear"]) or pair.name not in ("Linear", "FullyConnected"):
        return True
    takes_weights = len(required(getattr(thing, FORWARD, None))) > 2  # self, inputs, weight
    has_sizes = bool(required(thing)) or takes_weights
    return has_sizes == (pair.name == "FullyConnected")


def functions(module: ModuleType, pair: Pair, case: Case | None = None) -> Functions | None:
    """`affine_forward` and `affine_backward`, `conv_forward_naive` and `conv_backward_naive`, ..."""
    special = _of_the_case(pair, case, POOL_FUNCTIONS, NORM_FUNCTIONS)
    general = (
        () if pair.name == "BatchNorm" and case is not None and len(case.shape) == 4 else FUNCTIONS.get(pair.name, ())
    )
    everything = {name: thing for name, thing in vars(module).items() if inspect.isroutine(thing)}
    for prefix in (*special, *general):
        starts = f"{prefix}_{FORWARD}"
        endings = [name.removeprefix(starts) for name in everything if name == starts or name.startswith(starts + "_")]
        for ending in sorted(endings, key=lambda e: (e not in ("", "_naive"), e != "", e)):
            backward = everything.get(f"{prefix}_{BACKWARD}{ending}") or everything.get(f"{prefix}_{BACKWARD}")
            return Functions(everything[starts + ending], backward)
    return None
