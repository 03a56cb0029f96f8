"""How a script ends: one sentence on stderr for whatever went wrong, and an exit code, which is

    0     done
    1     it went wrong on the way: a loss that is no number, a full disk, too little memory, another process gone
    2     the command, or a file or folder that it names, was wrong
    130   interrupted (Ctrl-C)
    143   ended from outside (SIGTERM: of torchrun when another process has ended, of a batch system, of a container)

A mistake in the code is none of these, and keeps its traceback.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any

import at_ctrl_c  # noqa: F401
import torch

import torch_models as tm
from parity_tests.endings import Terminated, close_output, terminable
from torch_models.files import expanded
from torch_models.processes import OthersGone, StartError, started_by_torchrun
from torch_models.run_folder import CHECKPOINT, RunFolderError


class CommandError(ValueError):
    """What was asked for cannot be done: one sentence with the cure."""


WRONG_COMMAND = (CommandError, RunFolderError, StartError, tm.DatasetError)
COMPILERS = ("torch._inductor", "torch._dynamo")  # whose errors are torch.compile's; not imported, it takes seconds
OUTPUT = "standard output"  # in the place of a file's name
NO_MEMORY = (MemoryError, torch.OutOfMemoryError)
WRONG_PLACE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP),
    *(errno.EACCES, errno.EPERM, errno.EROFS),
}


def exit_code(name: str, work: Callable[[argparse.Namespace], int | None], options: argparse.Namespace) -> int:
    """What `work` returns, 0 for None; or the code of what it raised, after the sentence."""
    open_streams()
    try:
        with terminable():
            return work(options) or 0
    except WRONG_COMMAND as error:
        return complain(name, str(error), code=2)
    except tm.TrainingDiverged as error:
        return complain(name, str(error), code=1)
    except OthersGone as error:
        return complain(name, str(error), resuming(options), code=1)
    except NO_MEMORY:
        return complain(name, f"not enough memory: {less_memory(options)}", code=1)
    except RuntimeError as error:
        if not type(error).__module__.startswith(COMPILERS):
            raise
        return complain(name, f"--compile does not work here ({str(error).splitlines()[0]}): leave it out", code=1)
    except BrokenPipeError:
        close_output()
        return complain(name, "stopped, as nobody reads what it prints", resuming(options), code=1)
    except OSError as error:
        return complain_of_system(name, error, options)
    except KeyboardInterrupt:
        return complain(name, "interrupted", resuming(options), code=130)
    except Terminated:
        return complain(name, "ended from outside (SIGTERM)", resuming(options), code=143)


def resuming(options: argparse.Namespace) -> str:
    """What --resume would do, of a script that has it; a comparison keeps its checkpoints one folder further down."""
    if not hasattr(options, "resume"):
        return ""
    out = expanded(options.out)
    if any(next(out.glob(place), None) for place in (CHECKPOINT, f"*/{CHECKPOINT}")):
        return "--resume goes on from the last checkpoint"
    return "there is no checkpoint yet, so --resume begins anew"


def open_streams() -> None:
    """What cannot be encoded is printed as an escape (\\xfc), and a stderr that is closed takes everything."""
    if sys.stderr is None:  # by 2>&-; the progress bars need one
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(*words: object, **how: Any) -> None:
    """Print at once: in order with the progress bars, also in a pipe. An error names the output."""
    try:
        print(*words, flush=True, **how)
    except OSError as error:
        error.filename = OUTPUT
        raise


def complain_of_system(name: str, error: OSError, options: argparse.Namespace) -> int:
    """A file or folder that cannot be used, or a disk that is full: which, and why."""
    where = options.out if error.filename is None else error.filename
    if where == OUTPUT:
        close_output()
    reason = "it is no folder" if error.errno == errno.EEXIST else error.strerror or error
    if error.errno in WRONG_PLACE:
        cure = "is it the right place, and may you read and write there?"
        return complain(name, f"cannot use {where} ({reason}): {cure}", code=2)
    return complain(name, f"{where}: {reason}. Files that were whole are still whole", resuming(options), code=1)


def less_memory(options: argparse.Namespace) -> str:
    """The cure, by options that the command has."""
    smaller = [f"--{name.replace('_', '-')}" for name in ("batch_size", "limit") if hasattr(options, name)]
    return f"a smaller {' or '.join(smaller)} needs less" if smaller else "close other programs"


def complain(name: str, *parts: str, code: int) -> int:
    """One sentence; of several processes each says which one it is."""
    try:
        rank, count, _ = started_by_torchrun()
    except StartError:
        rank, count = 0, 1
    who, beside_a_bar = (name, "") if count == 1 else (f"{name}, rank {rank}", "\n")
    sentence = "; ".join(filter(None, parts))
    end = "" if sentence.endswith((".", "?")) else "."
    print(f"{beside_a_bar}{who}: {sentence}{end}", file=sys.stderr, flush=True)
    return code
