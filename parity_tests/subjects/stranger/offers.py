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
from parity_tests.subjects.stranger.affixes import bare, name_of
from parity_tests.subjects.stranger.calls import required
from parity_tests.subjects.stranger.module import FOREIGN
from parity_tests.subjects.stranger.names import (
    ARRAYS,
    CLASSES,
    FORWARDS,
    FUNCTIONS,
    NORM_AXES,
    NORM_FUNCTIONS,
    POOL_FUNCTIONS,
    POOL_MODES,
    is_called,
    plain,
)
from parity_tests.subjects.stranger.passes import method_of
from parity_tests.subjects.stranger.torch_modules import in_arrays

FORWARD, BACKWARD = "forward", "backward"


@dataclass(frozen=True)
class Functions:
    """A forward with a cache, and its backward where there is one."""

    forward: Callable
    backward: Callable | None


def named(module: ModuleType, names: Iterable[str], kind: Callable[[Any], bool]) -> list[Any]:
    """What the module has under these names, in their order, then what has affixes besides; nothing that it only
    imported from a library."""
    wanted, exact, others = [plain(name) for name in names], {}, {}
    for name, thing in every(module, wanted, kind).items():
        found = exact if plain(name) in wanted else others
        found.setdefault(name_of(name, thing), thing)
    return [found[name] for found in (exact, others) for name in wanted if name in found]


def every(module: ModuleType, names: Iterable[str], kind: Callable[[Any], bool]) -> dict[str, Any]:
    """As named, of each name all that differ in case, underscores or affixes; by the names that the module gives them.
    PyTorch's kinds of layers are given as classes of arrays."""
    wanted, found = {plain(name) for name in names}, {}
    for name, thing in vars(module).items():
        root = str(getattr(thing, "__module__", "")).split(".")[0]
        if not name.startswith("_") and kind(thing) and name_of(name, thing) in wanted and root not in FOREIGN:
            found[name] = in_arrays(thing) if inspect.isclass(thing) else thing
    return found


def classes(module: ModuleType, pair: Pair, case: Case | None = None) -> list[type]:
    """The classes that may stand for the pair, in this case where one is given."""
    found = named(module, class_names(pair, case), inspect.isclass)
    return [thing for thing in found if is_plausible(thing, pair)]


def class_names(pair: Pair, case: Case | None = None) -> list[str]:
    """In the order in which they are taken."""
    names = [*_of_the_case(pair, case, POOL_MODES, NORM_AXES), *CLASSES.get(pair.name, ())]
    if pair.name == "BatchNorm" and case is not None:
        others = [name for axes, some in NORM_AXES.items() if axes != len(case.shape) for name in some]
        names = [name for name in names if not is_called(name, others)]
    return names


def _of_the_case(pair: Pair, case: Case | None, modes: dict, axes: dict) -> list[str]:
    """The names that hold for the mode, or for the number of axes, of one case; without a case, all of them."""
    if pair.name == "Pool2D":
        chosen = modes.values() if case is None else [modes[case.get("mode", "max")]]
    elif pair.name == "BatchNorm":
        chosen = axes.values() if case is None else [axes.get(len(case.shape), ())]
    else:
        return []
    return [name for some in chosen for name in some]


def is_plausible(thing: type, pair: Pair) -> bool:
    """`Linear` is two things: an activation needs no sizes, a layer with weights does."""
    if bare(thing.__name__) != plain("Linear") or pair.name not in ("Linear", "FullyConnected"):
        return True
    forward = method_of(thing, FORWARDS)
    takes_weights = forward is not None and any(is_called(p.name, ARRAYS["W"]) for p in required(forward))
    has_sizes = bool(required(thing)) or takes_weights
    return has_sizes == (pair.name == "FullyConnected")


def functions(module: ModuleType, pair: Pair, case: Case | None = None) -> Functions | None:
    """`affine_forward` and `affine_backward`, `conv_forward_naive` and `conv_backward_naive`, ..."""
    everything = {name: thing for name, thing in vars(module).items() if inspect.isroutine(thing)}
    for prefix in prefixes(pair, case):
        starts = f"{prefix}_{FORWARD}"
        endings = [name.removeprefix(starts) for name in everything if name == starts or name.startswith(starts + "_")]
        for ending in sorted(endings, key=lambda e: (e not in ("", "_naive"), e != "", e)):
            backward = everything.get(f"{prefix}_{BACKWARD}{ending}") or everything.get(f"{prefix}_{BACKWARD}")
            return Functions(everything[starts + ending], backward)
    return None


def prefixes(pair: Pair, case: Case | None = None) -> list[str]:
    """What stands before `_forward`, in the order in which it is taken."""
    special = _of_the_case(pair, case, POOL_FUNCTIONS, NORM_FUNCTIONS)
    only_special = pair.name == "BatchNorm" and case is not None and len(case.shape) == 4
    return special if only_special else [*special, *FUNCTIONS.get(pair.name, ())]
