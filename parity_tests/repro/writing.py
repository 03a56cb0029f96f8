"""The tape as statements: names for what is used again, text for what is not.

    layer = berkeley.FullyConnected(5, "linear")
    layer.forward(X)
    layer.parameters["W"], layer.parameters["b"] = W, b
    Y = layer.forward(X)

Arrays become variables, told by their numbers: what is training.X of the batch is X, whoever holds it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.repro.paths import inside, quoted
from parity_tests.repro.tape import BAGS, Call, Put, Tape
from parity_tests.repro.turns import same, turn

WIDEST = 112  # columns of a line that joins two


class CannotWrite(Exception):
    """Something that was handed over has no text."""


class Writer:
    """known: {variable: array} of the batch. data: the variables that are used. names: text by id of what has one."""

    def __init__(self, tape: Tape, module: ModuleType, alias: str, known: Mapping[str, np.ndarray], thing: str) -> None:
        self.tape, self.module, self.alias, self.known, self.thing = tape, module, alias, known, thing
        self.data: dict[str, np.ndarray] = {}
        self.names: dict[int, str] = {}
        self.held: dict[str, Any] = {}
        self.imports: set[str] = set()
        self.exposed = ""  # the variable that is handed over itself, to see what becomes of it
        self._lines: list[tuple[str, str]] = []  # (names that are bound, text)
        self._puts: list[tuple[str, str]] = []
        self._used: set[str] = {"np", "torch", "sys", alias, "twin", "x", "y", "at", "far", "theirs", "pytorch"}

    # ---- statements

    def write(self, owners: Sequence[Any], weights: Sequence[str] = ()) -> None:
        """All steps that have to do with these objects; with functions, where there are no objects."""
        for step in self._relevant(owners):
            if isinstance(step, Put):
                self._put(step)
            elif step.name == "__init__":
                self._make(step.owner)
            else:
                self._call(step, weights)
        self._flush()

    def _relevant(self, owners: Sequence[Any]) -> list[Call | Put]:
        keep, kept = {id(owner) for owner in owners}, []
        for owner in owners:
            keep |= {id(held) for _, held in inside(owner, "") if hasattr(held, "__dict__")}
        for step in reversed(self.tape.steps):
            if id(step.owner) not in keep and not (isinstance(step, Call) and step.owner is None):
                continue
            kept.append(step)
            if isinstance(step, Call):
                keep |= {id(held) for value in step.arguments.values() for _, held in inside(value, "", 1)}
        return kept[::-1]

    def _put(self, put: Put) -> None:
        place = self._owner(put.owner) + put.path
        self._puts.append((place, self.text(put.value, inline=True)))
        if isinstance(put.value, np.ndarray) and self.tape.changed(put.value):
            self.names[id(put.value)] = place

    def _flush(self) -> None:
        """What was put one after the other, in as few lines as are short."""
        group: list[tuple[str, str]] = []
        for place, text in [*self._puts, ("", "")]:
            joined = [*group, (place, text)]
            width = sum(len(p) + len(t) + 4 for p, t in joined)
            if group and (not place or width > WIDEST):
                self._lines.append(("", f"{', '.join(p for p, _ in group)} = {', '.join(t for _, t in group)}"))
                group = []
            group.append((place, text))
        self._puts = []

    def _make(self, owner: Any) -> None:
        if any(step.owner is owner and step.name != "__init__" for step in self.tape.calls) or not self._is_given(
            owner
        ):
            self._owner(owner)

    def _is_given(self, owner: Any) -> bool:
        """It is an argument of some call, and is written there."""
        return any(held is owner for call in self.tape.calls for held in call.arguments.values())

    def _owner(self, owner: Any) -> str:
        """The name of an object; it is made where it has none yet."""
        if id(owner) in self.names:
            return self.names[id(owner)]
        for name, held in self._places():
            if held is owner:
                return name
        text, name = self._made(owner), self._new(self.thing)
        self._flush()
        self._lines.append(("", f"{name} = {text}"))
        self._name(owner, name)
        return name

    def _places(self) -> Iterator[tuple[str, Any]]:
        """Everything that can be reached from what has a name, the latest first."""
        for name, held in reversed(list(self.held.items())):
            yield from inside(held, name)

    def _made(self, owner: Any) -> str:
        made = next((call for call in self.tape.calls if call.owner is owner and call.name == "__init__"), None)
        return f"{self._named(type(owner))}({self._arguments(made) if made else ''})"

    def _call(self, call: Call, weights: Sequence[str]) -> None:
        given = self._arguments(call)
        if call.owner is not None:
            owner = self._owner(call.owner)
            text = f"{owner}({given})" if call.name == "__call__" else f"{owner}.{call.name}({given})"
        else:
            text = f"{self._function(call)}({given})"
        self._flush()
        self._lines.append((self._bind(call, weights), text))

    def _function(self, call: Call) -> str:
        made = [c for c in self.tape.calls if getattr(c.result, "__code__", None) is call.code]
        return self.names[id(made[0].result)] if made else self._named(call.function)

    def _named(self, thing: Any) -> str:
        for name, held in vars(self.module).items():
            if held is thing:
                return f"{self.alias}.{name}"
        raise CannotWrite(f"{thing!r} is not at the top of the module")

    def _arguments(self, call: Call) -> str:
        """By place as far as they are required, then by name; defaults are left out."""
        parts, by_name = [], False
        known = _parameters(call)
        for name, value in call.arguments.items():
            if name.startswith("**"):
                parts += [f"{key}={self.text(held)}" for key, held in value.items()]
            elif name.startswith("*"):
                parts += [self.text(held) for held in value]
            else:
                parameter = known.get(name)
                default = inspect.Parameter.empty if parameter is None else parameter.default
                if default is value or (_is_plain(value) and type(default) is type(value) and default == value):
                    by_name = True
                    continue
                by_name |= parameter is not None and parameter.kind is parameter.KEYWORD_ONLY
                by_name |= default is not inspect.Parameter.empty
                text = self.text(value, name)
                parts.append(f"{name}={text}" if by_name else text)
        return ", ".join(parts)

    def _bind(self, call: Call, weights: Sequence[str]) -> str:
        """Names for what a call gives."""
        result, name = call.result, call.name.lower()
        back = "backward" in name or "grad" in name
        first = "dX" if back else "Y" if "forward" in name or name == "__call__" else "returned"
        if self.thing == "loss":
            first = "gradient" if back else "value"
        if isinstance(result, tuple) and 2 <= len(result) <= 4:
            rest = [f"d{key}" for key in weights] if back else ["gradient" if self.thing == "loss" else "cache"]
            rest = rest if len(rest) == len(result) - 1 else [f"{first}_{i}" for i in range(1, len(result))]
            names = [self._new(name) for name in (first, *rest)]
            for held, each in zip(result, names, strict=True):
                self._name(held, each)
            return ", ".join(names)
        name = self._new(first)
        self._name(result, name)
        return name

    def _name(self, value: Any, name: str) -> None:
        self.held[name] = value
        if not _is_plain(value):
            self.names[id(value)] = name

    def _new(self, name: str) -> str:
        """This name, or with a number behind it."""
        free = next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in self._used)
        self._used.add(free)
        return free

    def lines(self, *later: str) -> list[str]:
        """The statements; what is bound and not used by another, or in one of the texts `later`, is not bound."""
        told = []
        for i, (bound, text) in enumerate(self._lines):
            rest = " ".join((*(text for _, text in self._lines[i + 1 :]), *later))
            is_used = any(re.search(rf"\b{name}\b", rest) for name in bound.split(", ") if name)
            told.append(f"{bound} = {text}" if is_used else text)
        return told

    # ---- values

    def text(self, value: Any, name: str = "array", *, inline: bool = False) -> str:
        """A value as source. inline: where it stands it can be reached by a path, so it needs no name of its own."""
        if id(value) in self.names:
            return self.names[id(value)]
        if isinstance(value, np.ndarray):
            return self._array(value, name, inline)
        if isinstance(value, BAGS):
            return self._bag(value, name)
        if isinstance(value, tuple):
            inner = ", ".join(self.text(held, name) for held in value)
            return f"({inner}{',' * (len(value) == 1)})"
        if isinstance(value, np.generic):
            return quoted(value.item())
        if _is_plain(value):
            return quoted(value)
        if isinstance(value, np.random.Generator):
            return "np.random.default_rng(0)"
        if isinstance(value, type) or inspect.isroutine(value):
            return self._named(value)
        return self._made(value)

    def _array(self, array: np.ndarray, name: str, inline: bool) -> str:
        _, before = self.tape.before.get(id(array), (array, array))
        variable = self.variable(before, name)
        if not array.flags.c_contiguous and array.base is not None and array.flags.writeable:
            return f"np.repeat({variable}[::-1], 2, axis=-1)[::-1, ..., ::2]"  # the same numbers, with gaps between
        if not self.tape.changed(array) or variable == self.exposed:
            return variable
        if inline:
            return f"{variable}.copy()"
        own = self._new(f"own_{variable}")
        self._flush()
        self._lines.append(("", f"{own} = {variable}.copy()"))
        self._name(array, own)
        return own

    def variable(self, array: np.ndarray, name: str) -> str:
        """The variable that holds these numbers; a new one where there is none."""
        for known, held in self.data.items():
            if held.shape == array.shape and held.dtype == array.dtype and same(held, array):
                return known
        alike = (key for key, held in self.known.items() if _same_numbers(held, array))
        name = self._new(next(alike, name))
        self.data[name] = np.array(array)
        return name

    def _bag(self, bag: Any, name: str) -> str:
        _, before = self.tape.before.get(id(bag), (bag, bag))
        if isinstance(bag, SimpleNamespace):
            self.imports.add("types")
            held = ", ".join(f"{key}={self.text(value, key, inline=True)}" for key, value in vars(before).items())
            return self._named_bag(bag, before, name.removesuffix("s"), f"types.SimpleNamespace({held})")
        if isinstance(bag, list):
            text = f"[{', '.join(self.text(value, name, inline=True) for value in before)}]"
        else:
            text = self._merged(before) or self._dict(before)
        uses = sum(
            held is bag for call in self.tape.calls for v in call.arguments.values() for _, held in inside(v, "", 1)
        )
        moved = any(isinstance(step, Put) and step.owner is bag for step in self.tape.steps) or _moved(before, bag)
        written = any(isinstance(held, np.ndarray) and self.tape.changed(held) for _, held in inside(bag, "", 1))
        return self._named_bag(bag, before, name, text) if uses > 1 or moved or written else text

    def _dict(self, items: Mapping[Any, Any]) -> str:
        inner = (f"{quoted(key)}: {self.text(value, str(key), inline=True)}" for key, value in items.items())
        return f"{{{', '.join(inner)}}}"

    def _merged(self, items: Mapping[Any, Any]) -> str:
        """`config | {"lr": 0.1}`, where all else stands in a dict that was returned before; else ''."""
        for name, held in list(self.held.items()):
            for path, inner in inside(held, name, 1):
                if isinstance(inner, dict) and len(inner) > 2 and set(inner) <= set(items):
                    other = {k: v for k, v in items.items() if inner.get(k) is not v}
                    if len(other) < 2:
                        path = self.names.get(id(inner), path)
                        return f"{path} | {self._dict(other)}" if other else f"dict({path})"
        return ""

    def _named_bag(self, bag: Any, before: Any, name: str, text: str) -> str:
        name = self._new(name)
        self._flush()
        self._lines.append(("", f"{name} = {text}"))
        self.held[name] = bag
        self.names |= {id(held): path for path, held in inside(before, name, 1) if not _is_plain(held)}
        return name

    # ---- finding

    def locate(self, value: Any) -> tuple[str, Any] | None:
        """Where a value stands now, and what stands there: the very array, its memory, or its numbers."""
        places = list(self._places())
        for held, copy in self.tape.before.values():
            if id(held) in self.names:
                places.append((self.names[id(held)], held))
        for is_it in (lambda held: held is value, lambda held: _same_memory(held, value), lambda h: _alike(h, value)):
            for name, held in places:
                if is_it(held):
                    return self.names.get(id(held), name), held
        return None


def _moved(before: Any, bag: Any) -> bool:
    """Whether other things stand in a dict, or a list, than stood there before."""
    if isinstance(bag, dict):
        return before.keys() != bag.keys() or any(before[key] is not bag[key] for key in bag)
    return len(before) != len(bag) or any(a is not b for a, b in zip(before, bag, strict=True))


def _parameters(call: Call) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(call.function).parameters)
    except (TypeError, ValueError):
        return {}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _same_numbers(a: np.ndarray, b: np.ndarray) -> bool:
    return a.size == b.size and a.dtype == b.dtype and same(np.sort(a, axis=None), np.sort(b, axis=None))


def _same_memory(held: Any, value: Any) -> bool:
    if not (isinstance(held, np.ndarray) and isinstance(value, np.ndarray) and held.size == value.size > 0):
        return False
    return held.dtype == value.dtype and held.__array_interface__["data"][0] == value.__array_interface__["data"][0]


def _alike(held: Any, value: Any) -> bool:
    if not isinstance(held, (np.ndarray, np.generic, float, list)) or isinstance(held, bool):
        return False
    held, value = np.asarray(held), np.asarray(value)
    return held.dtype == value.dtype and held.size == value.size and turn(held, value) is not None
