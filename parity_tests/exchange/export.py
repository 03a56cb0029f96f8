"""Export: cases, weights, inputs, upstream gradients and PyTorch's traces, as files that any language reads.

The whole directory is written beside its target and renamed, so that nobody ever finds half an export.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from parity_tests.exchange import manifest
from parity_tests.exchange.files import ENDINGS, ExchangeError, write_arrays
from parity_tests.exchange.manifest import KINDS, Part
from parity_tests.exchange.names import folder, safe
from parity_tests.exchange.saved_bench import reads, recorded_checks
from parity_tests.pair import Case, Pair
from parity_tests.pairs import PAIRS
from parity_tests.trace import Trace
from parity_tests.wording import listed
from parity_tests.workbench import Workbench

Progress = Callable[[Iterable[Any]], Iterable[Any]]


def export(
    directory: str | os.PathLike[str],
    pairs: Sequence[Pair] = PAIRS,
    *,
    endings: Sequence[str] = ENDINGS,
    force: bool = False,
    progress: Progress = iter,
) -> Path:
    """Write an export of `pairs` and return its directory. progress: is handed the cases, and hands them on.

    Raises ExchangeError where the directory holds anything that would be lost; with `force`, an export is replaced.
    """
    target = Path(os.path.realpath(directory))
    require_free(target, force)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    beside.mkdir()
    try:
        _write(beside, pairs, tuple(endings), progress)
        _rename(beside, target)
    except OSError as error:  # names the place that was asked for: the folder beside it is gone in a moment
        if error.errno is not None:
            error.filename = os.fspath(error.filename or target).replace(os.fspath(beside), os.fspath(target))
            del error.filename2
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def require_free(target: Path, force: bool) -> None:
    """Raise ExchangeError unless `target` can be written without losing what is not an export's."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / manifest.FILE).is_file():
        raise ExchangeError(f"{target}: is not empty and no export. Name another directory")
    if not force:
        raise ExchangeError(f"{target}: holds an export already. --force replaces it")
    own = manifest.load(target).files
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    if strangers := sorted(found - own):
        raise ExchangeError(f"{target}: also holds {listed(strangers, 1)}, which would be lost. Move it elsewhere")


def _rename(beside: Path, target: Path) -> None:
    """Put the new directory in the place of the old one, which comes back if that fails."""
    old = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    if target.exists():
        target.rename(old)
    try:
        beside.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write(directory: Path, pairs: Sequence[Pair], endings: tuple[str, ...], progress: Progress) -> None:
    _require_different(pairs)
    entries: dict[Pair, list[dict]] = {pair: [] for pair in pairs}
    cases = [(pair, case) for pair in pairs for case in pair.cases]
    for pair, case in progress(cases):
        bench = _reference()  # a fresh one, so that a large trace goes when its case is done
        parts = [_write_part(directory, bench, pair, case, dtype, endings) for dtype in _dtypes(pair, case)]
        entries[pair].append(manifest.case_entry(case, parts))
    described = [manifest.pair_entry(pair, folder(pair, PAIRS), cases) for pair, cases in entries.items()]
    manifest.write(directory, endings, described)


def _reference() -> Workbench:
    from parity_tests.subjects.torch_side import torch_side

    return Workbench(torch_side, torch_side)


def _dtypes(pair: Pair, case: Case) -> list[str]:
    return list(dict.fromkeys(check.dtype for check in recorded_checks(pair, case)))


def _require_different(pairs: Sequence[Pair]) -> None:
    """A disk that does not tell capitals from small letters must not take two cases for one."""
    names = [f"{folder(pair, PAIRS)}/{safe(case.name)}".casefold() for pair in pairs for case in pair.cases]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ExchangeError(f"export: expected names that differ in more than capitals, got {sorted(twice)}")


def _write_part(
    directory: Path, bench: Workbench, pair: Pair, case: Case, dtype: str, endings: tuple[str, ...]
) -> Part:
    """The files of one case in one float type; of the traces, only what some check reads."""
    looking = [check for check in recorded_checks(pair, case) if check.dtype == dtype]

    def asked(trace: Trace) -> Trace:
        return {name: array for name, array in trace.items() if any(reads(check, name) for check in looking)}

    batch, expected = bench.batch(pair, case, dtype), asked(bench.expected(pair, case, dtype))
    name = manifest.stem(folder(pair, PAIRS), case, dtype)
    part = Part(dtype, name, manifest.specs(batch), manifest.specs(expected))
    arrays = {
        "batch": lambda: batch,
        "expected": lambda: expected,
        "truth": lambda: asked(bench.truth(pair, case)),
        "absolute": lambda: asked(bench.absolute(pair, case)),
    }
    for kind in KINDS[dtype]:
        for ending in endings:
            write_arrays(directory / (part.file(kind) + ending), arrays[kind]())
    return part
