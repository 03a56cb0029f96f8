"""Loading what is to be checked: a file path, or a dotted module name."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

from parity_tests.raised import HARNESS, named

FOREIGN = {"torch", "numpy", "scipy", "sklearn", "builtins", "typing", "collections", "dataclasses", "abc", "enum"}
STANDARD = Path(os.__file__).parent
INSTALLED = {"site-packages", "dist-packages"}


class CannotLoad(Exception):
    """What was named cannot be loaded: one sentence with the cure."""


class NoModule(CannotLoad):
    """Nothing of that name is there to be loaded: the name is wrong, not the code."""


def load(place: str) -> ModuleType:
    """The module of "path/to/layers.py", of a package's folder, or of "package.module".

    A file's own folder can be imported from, as when Python runs it. One that is called as a library is, numpy.py, is
    loaded under another name: what is in a library is nobody's own. Raises CannotLoad, naming what went wrong where,
    and NoModule where there is no such file or module.
    """
    path = Path(place)
    if path.suffix == ".py" or "/" in place or path.is_dir():
        return _from_file(path)
    try:
        if str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(error.name + ".")):
            cure = "Give a path that ends in .py, or a module that Python can import here."
            raise NoModule(f"expected a file or a module, got {place!r}, which is neither. {cure}") from error
        raise CannotLoad(_said(place, error)) from error
    except BaseException as error:
        raise CannotLoad(_said(place, error)) from error


def _from_file(path: Path) -> ModuleType:
    file = path / "__init__.py" if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        inside = next(iter(sorted(path.glob("*.py"))), path / "layers.py")
        cure = f"Name a file in it, such as {inside}, or add an __init__.py that imports what is to be checked."
        raise NoModule(
            f"expected a Python file or a package's folder, got {path}, a folder without __init__.py. {cure}"
        )
    if not file.is_file():
        raise NoModule(f"expected a Python file, got {path}, which does not exist. Is the path right?")
    name = file.parent.name if path.is_dir() else file.stem
    name = f"{name}_" if name in FOREIGN else name
    folder = str((file.parent.parent if path.is_dir() else file.parent).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    places = {"submodule_search_locations": [str(file.parent)]} if path.is_dir() else {}
    spec = importlib.util.spec_from_file_location(name, file, **places)
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # as `import` does, so that its own modules and dataclasses find it
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise CannotLoad(_said(str(path), error)) from error
    finally:
        if before is not None and before is not module:
            sys.modules[name] = before
    return module


def _said(place: str, error: BaseException) -> str:
    """Where in the stranger's code an import went wrong, and why: the libraries that it calls are not to blame."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{place} cannot be loaded: line {error.lineno}: {type(error).__name__}: {error.msg}."
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
    frames = [frame for frame in frames if not frame[0].startswith("<frozen")]
    own = [frame for frame in frames if not _is_of_a_library(Path(frame[0]).resolve())]
    file, line = (own or frames)[-1]
    return f"{place} cannot be loaded: {file}:{line}: {named(error)}{_cure(error, Path(file).parent)}"


def _is_of_a_library(file: Path) -> bool:
    return HARNESS in file.parents or STANDARD in file.parents or not INSTALLED.isdisjoint(file.parts)


def _cure(error: BaseException, folder: Path) -> str:
    """For a file that is there, but not where the code is run."""
    if not isinstance(error, FileNotFoundError):
        return ""
    name = str(error.filename or str(error).removesuffix(" not found."))  # as NumPy says it
    with contextlib.suppress(OSError, ValueError):
        if (folder / name).is_file():
            return f" (it lies beside the module: open Path(__file__).parent / {name!r})"
    return ""
