"""Exports of a few cases and our own traces for them, made once; the tests spoil copies."""

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import scratch_nn
from parity_tests.exchange import export, write_traces
from parity_tests.pairs import PAIRS
from parity_tests.subjects.scratch import ScratchSide

SIDE = ScratchSide(scratch_nn)
FIRST = [replace(pair, cases=pair.cases[:1]) for pair in PAIRS]
ATTACKED = {  # of every family; Dropout has masks, BatchNorm integers, many quantities stand in one check of SGD
    name: next(pair for pair in FIRST if pair.name == name)
    for name in ("FullyConnected", "BatchNorm", "Dropout", "SoftmaxCrossEntropy", "SGD", "Step", "xavier_uniform")
}


def exchanged(folder: Path, pairs) -> tuple[Path, Path]:
    """An export of the pairs, and our own traces for it."""
    write_traces(SIDE, export(folder / "export", pairs, endings=(".safetensors",)), folder / "traces")
    return folder / "export", folder / "traces"


@cache
def _temporary() -> tempfile.TemporaryDirectory:
    """Gone when the interpreter ends."""
    return tempfile.TemporaryDirectory()


@cache
def everything() -> tuple[Path, Path]:
    """The first case of every pair."""
    return exchanged(Path(_temporary().name) / "everything", FIRST)


@cache
def small(name: str) -> tuple[Path, Path]:
    """The first case of one pair."""
    return exchanged(Path(_temporary().name) / name, [ATTACKED[name]])


def copied(name: str, folder: Path) -> tuple[Path, Path]:
    """The same, with traces that may be spoiled."""
    directory, traces = small(name)
    return directory, shutil.copytree(traces, folder / "traces")


def only(traces: Path, dtype: str = "float64") -> Path:
    return next(traces.glob(f"*/*.{dtype}.safetensors"))
