"""What looks like a layer and has a name that is not known: a reader must not take it for checked.

A class of the module's own that can be called or has a forward or a backward, and is no base of others there nor the
class of an object that stands there, as a network does; and a function foo_forward beside a foo_backward.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from parity_tests.subjects.stranger.affixes import COMPUTED, OPTIMIZERS, name_of
from parity_tests.subjects.stranger.names import (
    BACKWARDS,
    CLASSES,
    FORWARDS,
    FUNCTIONS,
    NORM_FUNCTIONS,
    POOL_FUNCTIONS,
    plain,
)
from parity_tests.subjects.stranger.written import methods_of

LIKE_A_LAYER = ("__call__", *FORWARDS, *BACKWARDS)
OF_CLASSES = COMPUTED | OPTIMIZERS | {plain(name) for names in CLASSES.values() for name in names}
OF_FUNCTIONS = {
    plain(name) for names in (FUNCTIONS, POOL_FUNCTIONS, NORM_FUNCTIONS) for some in names.values() for name in some
}
A_FORWARD = re.compile(r"(\w+?)_forward(_\w+)?")


def unknown(module: ModuleType) -> tuple[str, ...]:
    """By the names that the module gives them, in its order."""
    own = {name: thing for name, thing in vars(module).items() if not name.startswith("_") and is_of(module, thing)}
    return tuple(name for name in own if name in {*_classes(own, module), *_functions(own)})


def is_of(module: ModuleType, thing: Any) -> bool:
    return f"{getattr(thing, '__module__', '')}.".startswith(f"{module.__name__}.")


def _classes(own: dict[str, Any], module: ModuleType) -> Iterator[str]:
    classes = {name: thing for name, thing in own.items() if inspect.isclass(thing)}
    bases = {base for kind in classes.values() for base in kind.__mro__[1:]}
    in_use = {type(thing) for thing in vars(module).values()}
    for name, kind in classes.items():
        is_like_a_layer = not methods_of(kind).keys().isdisjoint(LIKE_A_LAYER)
        if is_like_a_layer and kind not in bases | in_use and name_of(name, kind) not in OF_CLASSES:
            yield name


def _functions(own: dict[str, Any]) -> Iterator[str]:
    for name, function in own.items():
        found = A_FORWARD.fullmatch(name)
        if found is None or not inspect.isfunction(function) or plain(found[1]) in OF_FUNCTIONS:
            continue
        if f"{found[1]}_backward{found[2] or ''}" in own or f"{found[1]}_backward" in own:
            yield name
