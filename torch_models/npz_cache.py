"""<data root>/<name>.npz: the four arrays of a data set in one file, read whole and checked before anyone uses them.

Nothing that could run is ever read: an array of Python objects would have to be unpickled, and is refused.
"""

import os
import time
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

import numpy as np
from numpy.lib.format import read_array

from torch_models.files import atomic_path, is_temporary_of
from torch_models.published import ARRAY_NAMES, Arrays, DatasetError, Published, find_fault

HOUR = 3600  # seconds


def read_cache(path: Path, published: Published) -> Arrays:
    """The arrays of a .npz file; a DatasetError if it is cut short, no .npz file, or holds something else."""
    with path.open("rb") as file:  # a file that may not be opened is the operating system's own, clear error
        try:
            arrays = read_arrays(file)
        except MemoryError:
            raise
        except Exception as error:  # damage comes out as one of ten exceptions: of zipfile, zlib, numpy, tokenize
            raise damaged(path, f"cut short, damaged or no .npz file ({type(error).__name__}: {error})") from error
    fault = find_fault(arrays, published)
    if fault:
        raise damaged(path, fault)
    return arrays


def read_arrays(file: BinaryIO) -> Arrays:
    """Those of the four that are there.

    np.load would be shorter, and blind to a damaged header that asks for too few bytes: the checksum is compared at the
    end of a member, and such a member is not read to its end.
    """
    with ZipFile(file) as archive:
        there = [name for name in ARRAY_NAMES if f"{name}.npy" in archive.namelist()]
        return {name: read_array(BytesIO(archive.read(f"{name}.npy")), allow_pickle=False) for name in there}


def damaged(path: Path, fault: str) -> DatasetError:
    return DatasetError(f"{path}: {fault}. Delete this file and run again: it is then made anew.")


def write_cache(path: Path, arrays: Arrays) -> None:
    """Write the file whole or not at all, and remove what a kill once left half-written.

    Where it cannot be written, a warning: the data are at hand all the same.
    """
    try:
        with atomic_path(path) as temporary:
            np.savez(temporary, **arrays)
        remove_leftovers(Path(os.path.realpath(path)))
    except OSError as error:
        warnings.warn(f"{path} could not be written ({error}); the next run starts from the archives", stacklevel=2)


def remove_leftovers(path: Path) -> None:
    """Half-written files beside `path`, if nobody has written to them for an hour: younger ones may be another's."""
    for leftover in path.parent.iterdir():
        with suppress(OSError):
            if is_temporary_of(leftover, path.name) and time.time() - leftover.stat().st_mtime > HOUR:
                leftover.unlink()
