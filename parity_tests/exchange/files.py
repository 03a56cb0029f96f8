"""Files of named arrays, .safetensors or .npz, and what is said of one that cannot be read.

Both are open formats that most languages have a reader for. safetensors: eight bytes with the length of a JSON header,
the header {name: {dtype, shape, data_offsets}}, the numbers, little-endian, row by row. npz: a zip of .npy files.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors.numpy

from parity_tests.files import atomic_path
from parity_tests.trace import Trace


class ExchangeError(Exception):
    """A file, a folder or a name is not as it should be: which, what was expected, what came, the cure."""


def _read_npz(path: Path) -> Trace:
    found = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    if isinstance(found, np.ndarray):
        raise ValueError("it holds one array without a name, as .npy does; write a zip of them")
    with found:
        return {name: found[name] for name in found.files}


def _write_npz(path: Path, arrays: Trace) -> None:
    with open(path, "wb") as file:
        np.savez(file, **arrays)


READERS: dict[str, Callable[[Path], Trace]] = {
    ".safetensors": lambda path: safetensors.numpy.load(path.read_bytes()),
    ".npz": _read_npz,
}
WRITERS: dict[str, Callable[[Path, Trace], None]] = {
    ".safetensors": lambda path, arrays: path.write_bytes(safetensors.numpy.save(arrays)) and None,
    ".npz": _write_npz,
}
ENDINGS = tuple(READERS)


def read_arrays(path: Path) -> Trace:
    """The arrays of a file, in this machine's byte order. Raises ExchangeError, naming the file, for one that is
    damaged: whatever a reader makes of such bytes, it must not end the run."""
    try:
        arrays = READERS[path.suffix](path)
    except Exception as error:
        what = " ".join(str(error).split()) or "it ends too early"
        raise ExchangeError(f"{path}: cannot be read ({type(error).__name__}: {what[:200]})") from error
    if odd := [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]:
        raise ExchangeError(f"{path}: expected arrays, got a file of another kind called {odd[0]} inside")
    return {name: array.astype(array.dtype.newbyteorder("="), copy=False) for name, array in arrays.items()}


def write_arrays(path: Path, arrays: Trace) -> None:
    """Write the file in the format of its ending, beside its target first, then renamed."""
    with atomic_path(path) as temporary:
        WRITERS[path.suffix](temporary, {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()})
