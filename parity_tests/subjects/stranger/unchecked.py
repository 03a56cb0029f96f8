"""What a module has under a name of a pair and is not checked.

Of two classes or functions for one operation the first is taken. The second may be wrong all the same. Told by names,
of layers, schedules and initialisers; of losses and optimisers, which is taken depends on what they take.

Of what is taken, an argument that PyTorch has too and our layers have not, as a convolution's dilation, keeps its
default: no case asks for another value.

Where either of two names the other in its code, as a class Sigmoid a plain function sigmoid, or a Linear a
LinearFunction, the second is no other one: what the first calls is checked with it, and so is what is left to it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from parity_tests.pair import Case, Pair
from parity_tests.subjects.stranger import offers, plain_functions
from parity_tests.subjects.stranger.calls import parameters
from parity_tests.subjects.stranger.names import CLASSES
from parity_tests.subjects.stranger.written import names_in

UNASKED = {
    "FullyConnected": ("bias", "use_bias"),
    "Conv2D": ("dilation", "dilation_rate", "groups", "bias", "use_bias", "padding_mode"),
    "Pool2D": ("dilation", "return_indices"),
    "BatchNorm": ("affine", "track_running_stats"),
}
KINDS = {"layer": inspect.isclass, "schedule": inspect.isclass, "initializer": inspect.isroutine}


def unchecked(module: ModuleType, pair: Pair) -> tuple[str, ...]:
    """By the names that the module gives them, two names of one thing are one thing; then "Conv2D(dilation=)"."""
    if pair.family not in KINDS:
        return ()
    taken = [thing for things in _by_way(module, pair).values() for thing in things]
    seen, found = {id(thing) for thing in (*taken, *_helpers(module, pair, taken))}, []
    for name, thing in _all(module, pair).items() if seen else ():
        if id(thing) not in seen:
            seen.add(id(thing))
            found.append(name)
    return (*found, *dict.fromkeys(name for thing in taken for name in _unasked(thing, pair)))


def _unasked(thing: Any, pair: Pair) -> list[str]:
    """The arguments of a class or function that may be left out, and always are. A bias may be the array itself."""
    left_out = [
        p.name for p in parameters(thing) if p.default is not p.empty and (p.name != "bias" or p.default is True)
    ]
    return [f"{thing.__name__}({name}=)" for name in left_out if name in UNASKED.get(pair.name, ())]


def standing(module: ModuleType, pair: Pair) -> dict[str, str]:
    """By case, the name of what stands for the pair there: MaxPool2d or AvgPool2d. {} where it is one thing."""
    if pair.family != "layer":
        return {}
    names = {way: next((thing.__name__ for thing in things), "") for way, things in _by_way(module, pair).items()}
    return {case.name: names[_way(case)] for case in pair.cases} if len(set(names.values()) - {""}) > 1 else {}


def _way(case: Case) -> tuple[str, int]:
    """All that it depends on what is taken."""
    return case.get("mode", "max"), len(case.shape)


def _by_way(module: ModuleType, pair: Pair) -> dict[tuple[str, int], list[Any]]:
    ways = {_way(case): case for case in pair.cases}
    return {way: list(_taken(module, pair, case)) for way, case in ways.items()}


def _taken(module: ModuleType, pair: Pair, case: Case) -> Iterator[Any]:
    """What stands for the pair in a case, as the module wrote it."""
    yield from map(inspect.unwrap, filter(None, _dressed(module, pair, case)))


def _dressed(module: ModuleType, pair: Pair, case: Case) -> Iterator[Any]:
    if pair.family != "layer":
        yield from offers.named(module, CLASSES[pair.name], KINDS[pair.family])[:1]
    elif kinds := offers.classes(module, pair, case):
        yield kinds[0]
    elif (functions := offers.functions(module, pair, case)) is not None:
        yield functions.forward
        yield functions.backward
    elif (plain := plain_functions.functions(module, pair)) is not None:
        yield plain.forward
        yield plain.gradient


def _all(module: ModuleType, pair: Pair) -> dict[str, Any]:
    """What has a name of the pair."""
    kinds = offers.every(module, offers.class_names(pair), KINDS[pair.family])
    if pair.family != "layer":
        return {name: inspect.unwrap(kind) for name, kind in kinds.items()}
    found = {name: kind for name, kind in kinds.items() if offers.is_plausible(kind, pair)}
    starts = [f"{prefix}_{way}" for prefix in offers.prefixes(pair) for way in (offers.FORWARD, offers.BACKWARD)]
    for name, thing in vars(module).items():
        if inspect.isroutine(thing) and any(name == start or name.startswith(start + "_") for start in starts):
            found[name] = thing
    return {name: inspect.unwrap(thing) for name, thing in (found | plain_functions.every(module, pair)).items()}


def _helpers(module: ModuleType, pair: Pair, taken: list[Any]) -> Iterator[Any]:
    """The classes and plain functions that what is taken names, or that name it."""
    theirs = {thing.__name__ for thing in taken if thing is not None}
    used = {name for thing in taken for name in names_in(thing)}
    classes = offers.every(module, offers.class_names(pair), inspect.isclass)
    for name, dressed in (classes | plain_functions.every(module, pair)).items():
        thing = inspect.unwrap(dressed)
        if name in used or theirs & set(names_in(thing)):
            yield thing
