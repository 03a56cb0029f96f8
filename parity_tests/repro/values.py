"""Values as source text, and where a value is found again.

What has a name goes by it; what is needed once is written where it stands. Arrays become variables, told by their
numbers: what is training.X of the batch is X, whoever holds it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.repro.embed import plain
from parity_tests.repro.paths import inside, quoted
from parity_tests.repro.tape import BAGS, Call, Put, Tape
from parity_tests.repro.turns import same, turn

WIDEST = 112  # columns of a line that joins two


class CannotWrite(Exception):
    """Something that was handed over has no text."""


class Values:
    """known: {variable: array} of the batch. data: the variables that are used. names: text by id of what has one;
    held: the other way round. thing: what an object of the stranger's is called."""

    def __init__(self, tape: Tape, module: ModuleType, alias: str, known: Mapping[str, np.ndarray], thing: str) -> None:
        self.tape, self.module, self.alias, self.known, self.thing = tape, module, alias, known, thing
        self.data: dict[str, np.ndarray] = {}
        self.names: dict[int, str] = {}
        self.held: dict[str, Any] = {}
        self.roots: dict[int, str] = {}  # objects that were there before the tape, and where
        self.imports: set[str] = set()
        self.exposed = ""  # the variable that is handed over itself, to see what becomes of it
        self._lines: list[tuple[str, str]] = []  # (names that are bound, text)
        self._puts: list[tuple[str, str]] = []
        self._used: set[str] = {"np", "torch", "sys", alias, "twin", "x", "y", "at", "far", "yours", "pytorch"}

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
            return self.named(value)
        return self.made(value)

    def _array(self, array: np.ndarray, name: str, inline: bool) -> str:
        _, before = self.tape.before.get(id(array), (array, array))
        if (simple := plain(before)) and not self.tape.changed(array):
            return simple
        variable = self.variable(before, name)
        if not array.flags.c_contiguous and array.base is not None and array.flags.writeable:
            return f"np.repeat({variable}[::-1], 2, axis=-1)[::-1, ..., ::2]"  # the same numbers, with gaps between
        if not self.tape.changed(array) or variable == self.exposed:
            return variable
        if inline:
            return f"{variable}.copy()"
        own = self.new(f"own_{variable}")
        self.say(f"{own} = {variable}.copy()")
        self.name(array, own)
        return own

    def variable(self, array: np.ndarray, name: str) -> str:
        """The variable that holds these numbers; a new one where there is none."""
        for known, held in self.data.items():
            if held.shape == array.shape and held.dtype == array.dtype and same(held, array):
                return known
        alike = (key for key, held in self.known.items() if _same_numbers(held, array))
        name = self.new(next(alike, name))
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
        name = self.new(name)
        self.say(f"{name} = {text}")
        self.held[name] = bag
        self.names |= {id(held): path for path, held in inside(before, name, 1) if not _is_plain(held)}
        return name

    def made(self, owner: Any) -> str:
        if id(owner) in self.roots:
            return self.roots[id(owner)]
        made = next((call for call in self.tape.calls if call.owner is owner and call.name == "__init__"), None)
        return f"{self.named(type(owner))}({self.arguments(made) if made else ''})"

    def arguments(self, call: Call) -> str:
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

    def named(self, thing: Any) -> str:
        for name, held in vars(self.module).items():
            if held is thing:
                return f"{self.alias}.{name}"
        raise CannotWrite(f"{thing!r} is not at the top of the module")

    def name(self, value: Any, name: str) -> None:
        self.held[name] = value
        if not _is_plain(value):
            self.names[id(value)] = name

    def new(self, name: str) -> str:
        """This name, or with a number behind it."""
        free = next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in self._used)
        self._used.add(free)
        return free

    def say(self, text: str, bound: str = "") -> None:
        """One more statement; bound: the names that it gives to what comes of it."""
        self.flush()
        self._lines.append((bound, text))

    def instead(self, lines: Iterable[str]) -> None:
        """These statements in the place of all that were written."""
        self._lines = [("", line) for line in lines]

    def flush(self) -> None:
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

    def places(self) -> Iterator[tuple[str, Any]]:
        """Everything that can be reached from what has a name, the latest first."""
        for name, held in reversed(list(self.held.items())):
            yield from inside(held, name)

    def locate(self, value: Any) -> tuple[str, Any] | None:
        """Where a value stands now, and what stands there: the very array, its memory, or its numbers."""
        places = list(self.places())
        places += [(self.names[id(held)], held) for held, _ in self.tape.before.values() if id(held) in self.names]
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
    """In whatever order, but for class numbers, of which many are alike."""
    if a.size != b.size or a.dtype != b.dtype or a.dtype.kind != "f":
        return a.dtype == b.dtype and same(a, b)
    return same(np.sort(a, axis=None), np.sort(b, axis=None))


def _same_memory(held: Any, value: Any) -> bool:
    if not (isinstance(held, np.ndarray) and isinstance(value, np.ndarray) and held.size == value.size > 0):
        return False
    return held.dtype == value.dtype and held.__array_interface__["data"][0] == value.__array_interface__["data"][0]


def _alike(held: Any, value: Any) -> bool:
    if not isinstance(held, (np.ndarray, np.generic, float, list)) or isinstance(held, bool):
        return False
    held, value = np.asarray(held), np.asarray(value)
    return held.dtype == value.dtype and held.size == value.size and turn(held, value) is not None
