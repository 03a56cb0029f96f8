"""Where in the checked code: which of its functions was running when no answer came, when the process died, or when
something was raised.

The child writes its stack into a file, by Python's faulthandler: when the other side asks by a signal, when the process
crashes, and before the code ends it by os._exit. Where the system has no such signal, nothing is known.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb

FRAME = re.compile(r'File "(.+)", line (\d+) in (\S+)')  # the innermost first
ASKED = getattr(signal, "SIGUSR1", None)
PATIENCE = 0.5  # seconds to write a stack
PROJECT = Path(__file__).resolve().parent.parent
LIBRARIES = [Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "purelib", "platlib")]
OURS = [PROJECT / "parity_tests", PROJECT / "scratch_nn", *LIBRARIES]


class Whereabouts:
    """Of one child: `path` is what the child writes to."""

    def __init__(self) -> None:
        handle, self.path = tempfile.mkstemp(prefix="parity_stack_")
        os.close(handle)

    def ask(self, pid: int | None) -> None:
        """Have a child that still runs write down where it is."""
        if ASKED is None or pid is None:
            return
        os.kill(pid, ASKED)
        until = time.monotonic() + PATIENCE
        while not Path(self.path).stat().st_size and time.monotonic() < until:
            time.sleep(0.01)

    def told(self, module: str) -> str:
        """ "in backward, line 40 of layers.py", outside any function "at line 3 of layers.py": the innermost frame of
        the module's code; '' where none is known."""
        return _innermost(FRAME.findall(Path(self.path).read_text(errors="replace")), module)

    def forget(self) -> None:
        Path(self.path).unlink(missing_ok=True)


def raised_at(error: BaseException, module: str) -> str:
    """The same of something that was raised."""
    return _innermost(_frames(error), module)


def raised_outside(error: BaseException) -> str:
    """The same, where no module is named: the innermost frame that is neither ours nor a library's."""
    frames = _frames(error) if error.__cause__ is None else [*_frames(error), *_frames(error.__cause__)]
    return next((_in_words(*frame) for frame in frames if not _is_ours(frame[0])), "")


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    """(file, line, function), the innermost first."""
    frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return [(code.co_filename, line, code.co_name) for code, line in reversed(frames)]


def _innermost(frames: Iterable[tuple[str, int | str, str]], module: str) -> str:
    """The first of (file, line, function) that is the module's, in words."""
    return next((_in_words(*frame) for frame in frames if is_of(frame[0], module)), "")


def _in_words(file: str, line: int | str, function: str) -> str:
    place = f"line {line} of {Path(file).name}"
    return f"at {place}" if function == "<module>" else f"in {function}, {place}"


def absolute(module: str) -> str:
    """The module's name, also where its code has changed the working directory."""
    return os.path.abspath(module) if by_path(module) else module


def by_path(module: str) -> bool:
    """Whether it is named by a path, and not by a dotted name."""
    return module.endswith(".py") or os.sep in module


@lru_cache(maxsize=1024)
def is_of(file: str, module: str) -> bool:
    """Whether a file is the module, or one in its folder; of a dotted name, by its parts."""
    if by_path(module):
        place = Path(module).resolve()
        return Path(file).resolve() == place or place in Path(file).resolve().parents
    return "/".join(module.split(".")) in Path(file).with_suffix("").as_posix()


@lru_cache(maxsize=1024)
def _is_ours(file: str) -> bool:
    """Whether a file is this project's, Python's or an installed library's; or none at all ("<frozen ...>")."""
    return file.startswith("<") or any(place in Path(file).resolve().parents for place in OURS)


def written_to(path: str) -> None:
    """In the child: from now on its stack is written there: when asked, and when the process ends early."""
    file = open(path, "w")  # noqa: SIM115
    faulthandler.enable(file, all_threads=False)
    if ASKED is not None:
        faulthandler.register(ASKED, file, all_threads=False)
    leave, here = os._exit, os.getpid()

    def leave_told(code: int) -> None:
        if os.getpid() == here:  # what it has forked ends so, too
            faulthandler.dump_traceback(file, all_threads=False)
        leave(code)

    os._exit = leave_told
