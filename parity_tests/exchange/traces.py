"""Traces of the other side: found by the names of the manifest, read, and written by a side that speaks Python.

    TRACES/Conv2D/same_3x3.float64.safetensors          or .npz

A name that nobody asked for is a mistake, not a thing to pass over: what is spelled wrongly would never be judged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from parity_tests.exchange import manifest
from parity_tests.exchange.files import ENDINGS, ExchangeError, read_arrays, write_arrays
from parity_tests.exchange.manifest import Manifest, Part
from parity_tests.families import FAMILIES
from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.pairs import PAIRS
from parity_tests.recording import Recording
from parity_tests.trace import Trace
from parity_tests.wording import suggestion
from parity_tests.workbench import Side


class Traces:
    """A directory of traces. Raises ExchangeError unless each folder and file in it is one that the export asks for."""

    def __init__(self, directory: Path, asked: Manifest) -> None:
        if not directory.is_dir():
            raise ExchangeError(f"{directory}: expected a directory of traces, PAIR/CASE.float64.safetensors in it")
        self.directory, self._paths = directory, {}
        stems = {part.trace for part in asked.parts.values()}
        require_folders(directory, stems)
        for path in self._files(list(asked.folders.values())):
            stem = path.relative_to(directory).with_suffix("").as_posix()
            if path.suffix not in ENDINGS or stem not in stems:
                here = [
                    f"{known.split('/')[1]}{ENDINGS[0]}" for known in stems if known.startswith(path.parent.name + "/")
                ]
                raise ExchangeError(f"{path}: not a trace that is asked for. {suggestion(path.name, sorted(here))}")
            if stem in self._paths:
                raise ExchangeError(f"{path}: the same trace is there as {self._paths[stem].name}. Keep one of them")
            self._paths[stem] = path

    def _files(self, folders: list[str]) -> Iterator[Path]:
        """What stands in the folders of pairs. Hidden files, and what lies beside the folders, is not looked at."""
        for folder in sorted(path for path in self.directory.iterdir() if path.is_dir() and path.name[0] != "."):
            if folder.name not in folders:
                raise ExchangeError(f"{folder}: not a pair of this export. {suggestion(folder.name, folders)}")
            yield from sorted(path for path in folder.iterdir() if path.name[0] != ".")

    def path(self, part: Part) -> Path | None:
        return self._paths.get(part.trace)

    def read(self, part: Part) -> tuple[dict, str]:
        """The arrays that are asked for, and '' or what is wrong with the file."""
        path = self._paths[part.trace]
        try:
            arrays = read_arrays(path)
        except ExchangeError as error:
            return {}, str(error)
        known = {name: arrays[name] for name in part.quantities if name in arrays}
        unknown = sorted(set(arrays) - set(known))
        if not unknown:
            return known, ""
        return known, f"{path}: no quantity is called {unknown[0]}. {suggestion(unknown[0], list(part.quantities))}"


def require_folders(directory: Path, stems: set[str]) -> None:
    """Raise ExchangeError where the files of a pair lie in the directory itself, which is one level too deep."""
    here = directory.resolve()
    found = [path.name for path in sorted(here.iterdir()) if f"{here.name}/{path.stem}" in stems]
    if found:
        raise ExchangeError(f"{directory}: is the folder of {here.name}, with {found[0]} in it. Give {here.parent}")


def write_traces(
    side: Side,
    directory: str | os.PathLike[str],
    where: str | os.PathLike[str],
    *,
    ending: str = ENDINGS[0],
) -> None:
    """Record a Python side on the batches of the export in `directory`, and write its traces to `where`.

    What the side does not offer is left out, be it a quantity or a whole case; whatever else it raises passes through.
    """
    exported = manifest.load(Path(directory))
    Path(where).mkdir(parents=True, exist_ok=True)
    for pair, case in exported.declared(PAIRS):
        for dtype in manifest.KINDS:
            if part := exported.parts.get((pair.name, case.name, dtype)):
                arrays = _record(side, pair, case, dtype, exported.read(part, "batch"))
                if answer := {name: array for name, array in arrays.items() if name in part.quantities}:
                    write_arrays(Path(where) / (part.trace + ending), answer)


def _record(side: Side, pair: Pair, case: Case, dtype: str, batch: Trace) -> Trace:
    """What the side gives for a batch; nothing where it does not offer the case."""
    recording = Recording()
    with recording.attempt("*"):
        FAMILIES[pair.family].record(side(pair, case, dtype), batch, recording)
    for _, error in recording.gaps:
        if not isinstance(error, NotOffered):
            raise error
    return recording.trace
