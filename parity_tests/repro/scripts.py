"""The script itself: under 25 lines, the data in as few of them as it takes.

docstring · imports · the module under test · data · the stranger's calls · PyTorch's · where they differ · assert
"""

from __future__ import annotations

import itertools
import keyword
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from parity_tests.repro.embed import is_readable, literal, packed

MOST_LINES = 24
SHORT = 400  # characters of data that may share a line with others


@dataclass(frozen=True)
class Place:
    """Where the module under test is: imports are the lines by which it becomes `alias`."""

    alias: str
    imports: tuple[str, ...]


def place(where: str) -> Place:
    """Of a file, a package's folder or a dotted name."""
    path = Path(where)
    if path.suffix != ".py" and "/" not in where and not path.is_dir():
        name = where.rpartition(".")[2]
        alias = name if name not in TAKEN else "under_test"
        return Place(alias, (f"sys.path.insert(0, {str(Path.cwd())!r})", _imported(where, alias)))
    path = path.resolve()
    stem, folder = path.stem, str(path.parent)
    alias = stem if stem.isidentifier() and not keyword.iskeyword(stem) and stem not in TAKEN else "under_test"
    if stem in sys.stdlib_module_names or stem in TAKEN:  # by its name another module would come
        file = path / "__init__.py" if path.is_dir() else path
        spec = f"spec = importlib.util.spec_from_file_location({stem!r}, {str(file)!r})"
        made = f"{alias} = importlib.util.module_from_spec(spec)"
        return Place(alias, (f"sys.path.insert(0, {folder!r})", spec, made, f"spec.loader.exec_module({alias})"))
    if alias != stem and not stem.isidentifier():
        return Place(alias, (f"sys.path.insert(0, {folder!r})", f"{alias} = importlib.import_module({stem!r})"))
    return Place(alias, (f"sys.path.insert(0, {folder!r})", _imported(stem, alias)))


def _imported(name: str, alias: str) -> str:
    return f"import {name}" if name == alias else f"import {name} as {alias}"


MODULES = ("base64", "contextlib", "faulthandler", "importlib.util", "importlib", "io", "os", "random", "resource",
           "subprocess", "sys", "types")  # fmt: skip
TAKEN = {"numpy", "np", "torch", "sys", "types", "io", "base64", "data", "layer", "loss", "optimizer", "schedule",
         "code", "initializer", "twin", "tensors", "steps", "rates", "scale", "X", "Y", "W", "b", "dX", "x",
         "y"}  # fmt: skip


@dataclass
class Script:
    """says: the docstring. data: the variables. body: all that follows. uses: modules besides numpy and torch."""

    says: str
    place: Place
    data: Mapping[str, np.ndarray]
    body: list[str]
    uses: set[str] = field(default_factory=set)
    spare: tuple[str, ...] = ()

    def text(self) -> str:
        """Raises ValueError where it does not fit into so few lines."""
        for together, body in itertools.product((False, True), (self.body, self._without_spare())):
            data = list(self._data(together))
            lines = [f'"""{self.says}"""', *self._imports(data), *self.place.imports, *data, *body]
            if len(lines) <= MOST_LINES:
                return "\n".join(lines) + "\n"
        raise ValueError(f"a script of {len(lines)} lines, allowed {MOST_LINES}")

    def _without_spare(self) -> list[str]:
        return [line for line in self.body if line not in self.spare]

    def _imports(self, data: list[str]) -> list[str]:
        text = " ".join((*self.place.imports, *data, *self.body))
        used = [name for name in MODULES if name in self.uses or f"{name}." in text.replace("np.random.", "")]
        used = [name for name in used if not (name == "importlib" and "importlib.util" in used)]
        return [f"import {', '.join(used)}", "import numpy as np", *(["import torch"] if "torch." in text else [])]

    def _data(self, together: bool) -> Iterator[str]:
        """One line a variable; together: small ones on one line, all others compressed."""
        small = {name: array for name, array in self.data.items() if is_readable(array)}
        large = {name: array for name, array in self.data.items() if name not in small}
        if together:
            shared = {n: a for n, a in small.items() if len(literal(a)) <= SHORT}
            if shared:
                yield f"{', '.join(shared)} = {', '.join(map(literal, shared.values()))}"
            small = {n: a for n, a in small.items() if n not in shared}
        for name, array in small.items():
            yield f"{name} = {literal(array)}"
        if large:
            yield f"data = {packed(large)}"
            entries = ", ".join(f'data["{name}"]' for name in large)
            yield f"{', '.join(large)} = {entries}"
