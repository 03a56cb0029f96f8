"""A mutant: one line of scratch_nn, made wrong on purpose.

    name, pair     what it is called, and the pair whose checks must notice it
    file, old, new in scratch_nn/<file>, the text `old`, which stands there once, becomes `new`
    says, rule     what is wrong, as a part of a sentence; what PyTorch does, as a sentence
    quantities     what goes wrong in float64, in order of computation; none where only float32, a refusal or the
                   handling of the caller's arrays is spoiled

No file is edited: `library` reads the sources of the whole package, changes the one line in memory and runs them as a
second package beside the real one. The two share no module, no class and no function.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

PACKAGE = "scratch_nn"
_one_at_a_time = threading.RLock()


@dataclass(frozen=True)
class Mutant:
    """One line changed. Two more fields, empty for most:

    convention: who means it that way, where the value is valid elsewhere ("Keras and TensorFlow").
    equivalent: the proof, in a sentence, that no input can tell it from the right line.
    """

    name: str
    pair: str
    file: str
    old: str
    new: str
    says: str
    rule: str
    quantities: tuple[str, ...]
    convention: str = ""
    equivalent: str = ""


@cache
def sources() -> Path:
    """The folder that the package's own files lie in; the package is not imported."""
    return Path(find_spec(PACKAGE).origin).parent


def _mutated(mutant: Mutant, text: str) -> str:
    found = text.count(mutant.old)
    if found != 1 or "\n" in mutant.old:
        cure = "Take more of the line, so that no other line has it."
        raise ValueError(f"mutant {mutant.name}: expected {mutant.old!r} once in {mutant.file}, got {found}. {cure}")
    return text.replace(mutant.old, mutant.new)


def _lines(mutant: Mutant) -> tuple[int, str, str]:
    """The number of the line, the line, and what becomes of it."""
    text = (sources() / mutant.file).read_text(encoding="utf-8")
    changed, before = _mutated(mutant, text), text[: text.index(mutant.old)]
    number = before.count("\n")
    return number + 1, text.splitlines()[number].strip(), changed.splitlines()[number].strip()


def place(mutant: Mutant) -> str:
    """ "scratch_nn/activations.py:60", where our right line stands."""
    return f"{PACKAGE}/{mutant.file}:{_lines(mutant)[0]}"


def line(mutant: Mutant) -> str:
    """Our right line."""
    return _lines(mutant)[1]


def mutated_line(mutant: Mutant) -> str:
    """The wrong line that stands in its place."""
    return _lines(mutant)[2]


@cache
def _code(path: Path, mutant: Mutant | None) -> CodeType:
    """Compiled under the file's own name, so that a traceback points into it."""
    text = path.read_text(encoding="utf-8")
    return compile(_mutated(mutant, text) if mutant else text, str(path), "exec", dont_inherit=True)


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: Path, mutant: Mutant) -> None:
        super().__init__(name, str(path))
        self._path, self._mutant = path, mutant if path.name == mutant.file else None

    def get_code(self, fullname: str) -> CodeType:
        return _code(self._path, self._mutant)


class _Finder(MetaPathFinder):
    """Finds the modules of the package, and gives them the loader that changes a line."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not _belongs(fullname):
            return None
        file = sources() / (f"{fullname.partition('.')[2]}.py" if "." in fullname else "__init__.py")
        return spec_from_file_location(fullname, file, loader=_Loader(fullname, file, self._mutant))


def _belongs(module: str) -> bool:
    return module == PACKAGE or module.startswith(PACKAGE + ".")


@contextmanager
def _beside_the_real_one(finder: MetaPathFinder) -> Iterator[None]:
    """Inside, the package is not imported yet, and the finder finds it; afterwards everything is as it was."""
    with _one_at_a_time:
        real = {name: sys.modules.pop(name) for name in [*sys.modules] if _belongs(name)}
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            for name in filter(_belongs, [*sys.modules]):
                del sys.modules[name]
            sys.modules.update(real)


@cache
def library(mutant: Mutant) -> ModuleType:
    """scratch_nn with that line changed, a module of its own. Raises ValueError where the line is not there."""
    sources()  # found before the real package is put aside
    with _beside_the_real_one(_Finder(mutant)):
        return import_module(PACKAGE)
