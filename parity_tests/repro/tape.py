"""The tape: each call that went from the harness into a stranger's code, and what the harness put there in between.

    Call   layer = Conv2D(4, 3)     Y = layer.forward(X)     out, cache = affine_forward(x, w, b)
    Put    layer.parameters["W"] = W     layer.training = False

A profile function sees every call whose caller is a file of parity_tests and whose own file is neither that nor a
library's. What was put is what differs in an object between the end of one call and the beginning of the next.
"""

from __future__ import annotations

import inspect
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.repro.paths import inside

HARNESS = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "torch", "scipy", "parity_tests")
CALLED = ("__init__", "__call__")  # of names with two underscores
BAGS = (dict, list, SimpleNamespace)  # arguments that may be changed between two calls


@dataclass(eq=False)
class Call:
    """function: None where it could not be found by its code. owner: None for a function. ended: it came back."""

    name: str
    owner: Any
    function: Callable | None
    arguments: dict[str, Any]
    code: CodeType
    result: Any = None
    ended: bool = False


@dataclass(eq=False)
class Put:
    """owner, path ('.parameters["W"]'), value."""

    owner: Any
    path: str
    value: Any


@dataclass
class Tape:
    """Use it as a context. before: each array, and each bag, with a copy of it as it was first handed over, by its id.

    on_call: told before each call, when the call is already on the tape.
    """

    on_call: Callable[[], object] = lambda: None
    steps: list[Call | Put] = field(default_factory=list)
    before: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    _watched: dict[int, tuple[Any, dict[str, tuple[Any, Any]]]] = field(default_factory=dict)
    _open: FrameType | None = None

    def __enter__(self) -> Tape:
        sys.setprofile(self._event)
        return self

    def __exit__(self, *error: Any) -> None:
        sys.setprofile(None)
        self._note_puts()

    @property
    def calls(self) -> list[Call]:
        return [step for step in self.steps if isinstance(step, Call)]

    def changed(self, array: np.ndarray) -> bool:
        """Whether an array that was handed over has been written into."""
        _, copy = self.before.get(id(array), (array, array))
        return not np.array_equal(array, copy, equal_nan=array.dtype.kind == "f")

    def _event(self, frame: FrameType, event: str, result: Any) -> None:
        if event == "call" and self._open is None and _is_harness(frame.f_back) and _is_strangers(frame):
            self._begin(frame)
        elif event == "return" and frame is self._open:
            self._open, call = None, self.steps[-1]  # within a call nothing else is noted
            call.result, call.ended = result, True
            self._watch_bags(result, *call.arguments.values())
            self._look()

    def _begin(self, frame: FrameType) -> None:
        code, known = frame.f_code, frame.f_locals
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        flags = ((inspect.CO_VARARGS, "*"), (inspect.CO_VARKEYWORDS, "**"))
        more = [(star, code.co_varnames[len(names) + i]) for i, (flag, star) in enumerate(_set(code, flags))]
        arguments = {name: known[name] for name in names} | {star + name: known[name] for star, name in more}
        owner, name, function = _method(frame, arguments)
        if owner is not None:
            arguments = dict(list(arguments.items())[1:])
        if function is None and owner is not None:
            return  # a property, or something Python itself calls
        if owner is not None and not self._is_known(owner):
            self._watched[id(owner)] = (owner, {})
        self._note_puts()
        self._keep(arguments)
        self._open = frame
        self.steps.append(Call(name, owner, function, arguments, code))
        self.on_call()

    def _note_puts(self) -> None:
        """Of several ways to the same place, the shortest."""
        found: dict[tuple[int, str], Put] = {}
        for thing, old in self._watched.values():
            for path, (value, copy) in _state(thing).items():
                if path not in old or not _same(value, *old[path], copy):
                    place = (id(value), re.split(r"(?=[.\[])", path)[-1])
                    if place not in found or len(path) < len(found[place].path):
                        found[place] = Put(thing, path, value)
        for put in found.values():
            self._keep(put.value)
        self.steps += found.values()
        self._look()

    def _look(self) -> None:
        self._watched = {key: (thing, _state(thing)) for key, (thing, _) in self._watched.items()}

    def _keep(self, value: Any) -> None:
        for _, held in inside(value, ""):
            if isinstance(held, (np.ndarray, dict, list)):
                self.before.setdefault(id(held), (held, held.copy()))
            elif isinstance(held, SimpleNamespace):
                self.before.setdefault(id(held), (held, SimpleNamespace(**vars(held))))

    def watch(self, thing: Any) -> None:
        """From now on, what is put into it is noted."""
        self._watched[id(thing)] = (thing, _state(thing))

    def _watch_bags(self, *values: Any) -> None:
        for value in values:
            for _, held in inside(value, "", 1):
                if isinstance(held, BAGS):
                    self._watched.setdefault(id(held), (held, {}))

    def _is_known(self, owner: Any) -> bool:
        return any(held is owner for thing, _ in self._watched.values() for _, held in inside(thing, ""))


def _set(code: CodeType, flags: tuple[tuple[int, str], ...]) -> list[tuple[int, str]]:
    return [flag for flag in flags if code.co_flags & flag[0]]


def _state(thing: Any) -> dict[str, tuple[Any, Any]]:
    """What stands in it: {path: (value, a copy of it)}; of containers only what is in them."""
    found = {}
    for path, held in inside(thing, ""):
        is_plain = held is None or isinstance(held, (np.ndarray, np.generic, int, float, str))
        if path and is_plain:
            found[path] = (held, held.copy() if isinstance(held, np.ndarray) else held)
    return found


def _same(value: Any, old: Any, old_copy: Any, copy: Any) -> bool:
    if isinstance(copy, np.ndarray) or isinstance(old_copy, np.ndarray):
        alike = isinstance(copy, np.ndarray) and isinstance(old_copy, np.ndarray) and copy.dtype == old_copy.dtype
        return alike and np.array_equal(copy, old_copy, equal_nan=copy.dtype.kind == "f")
    return value is old or (type(copy) is type(old_copy) and copy == old_copy)


def _method(frame: FrameType, arguments: dict[str, Any]) -> tuple[Any, str, Callable | None]:
    """(owner, name, function) of a frame; a function of a module has no owner."""
    code, first = frame.f_code, next(iter(arguments.values()), None)
    for name, function in _functions(type(first)):
        if getattr(function, "__code__", None) is code:
            hidden = name.startswith("__") and name not in CALLED
            return first, name, None if hidden else function
    if any(code is getattr(getattr(held, "fget", None), "__code__", None) for held in _held(type(first))):
        return first, code.co_name, None
    function = next((f for f in frame.f_globals.values() if getattr(f, "__code__", None) is code), None)
    return None, code.co_name, function


def _functions(cls: type) -> Iterator[tuple[str, Any]]:
    for base in cls.__mro__:
        yield from vars(base).items()


def _held(cls: type) -> Iterator[Any]:
    return (held for _, held in _functions(cls))


def _is_harness(frame: FrameType | None) -> bool:
    return frame is not None and _is_harness_file(frame.f_code.co_filename)


@cache
def _is_harness_file(name: str) -> bool:
    return HARNESS in Path(name).resolve().parents


def _is_strangers(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    if name.startswith("<"):  # a dataclass's constructor, or Python's own import
        root = str(frame.f_globals.get("__name__", "")).split(".")[0]
        return not name.startswith("<frozen") and root not in (*LIBRARIES, *sys.stdlib_module_names)
    return _is_strangers_file(name)


@cache
def _is_strangers_file(name: str) -> bool:
    path, standard = Path(name).resolve(), Path(sysconfig.get_paths()["stdlib"]).resolve()
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    folders = {Path(sys.modules[library].__file__).resolve().parent for library in LIBRARIES if library in sys.modules}
    return not (folders & set(path.parents)) and (bool(installed) or standard not in path.parents)
