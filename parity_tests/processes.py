"""A child process that answers: forked from a server that has loaded PyTorch, and none of a stranger's code.

So a new one is there at once, also where the last one was lost. On a busy machine a child that is ready to run but has
not had its seconds of a processor may be given more time than one that hangs.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

PRELOADED = ["parity_tests.sandbox_child", "parity_tests.subjects.torch_side", "parity_tests.pairs", "sklearn.datasets"]


class Process:
    """serve(connection, *given) runs in the child. patience: how many time limits it may wait for a processor.

    lost: whether the connection has broken, which it does when the child ends.
    """

    def __init__(self, serve: Callable[..., None], *given: Any, patience: int = 1) -> None:
        context = _context()
        self.patience, self.lost = patience, False
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_apart, args=(serve, theirs, *given), daemon=True)
        self.process.start()
        theirs.close()

    def answer(self, seconds: float) -> Any:
        """The next message; None if there is none in time, or if the child is dead."""
        until, patience = processor_seconds(self.process.pid) + 0.8 * seconds, self.patience
        try:
            while not wait([self.connection, self.process.sentinel], seconds):
                patience -= 1
                if not patience or not is_starved(self.process.pid, until):
                    return None
            if self.connection.poll():
                return self.connection.recv()
        except (EOFError, OSError):
            pass
        self.lost = True  # what its code has started may hold the connection open
        return None

    def exit_code(self, seconds: float) -> int | None:
        """What it ended with, minus the signal that killed it; None if it still lives after so many seconds."""
        self.process.join(seconds)
        return self.process.exitcode

    def stop(self) -> None:
        end(self.process)
        self.process.join()
        self.connection.close()


def _apart(serve: Callable[..., None], *given: Any) -> None:
    """In the child: a group of its own, which ends with it; Ctrl-C is for the parent, which then ends its children.

    So its code may start processes by multiprocessing, too, in the way that is usual where it runs.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    multiprocessing.current_process().daemon = False
    multiprocessing.set_start_method(None, force=True)
    try:
        serve(*given)
    finally:
        for started in multiprocessing.active_children():
            started.kill()  # Python would wait for it


def end(process: multiprocessing.process.BaseProcess) -> None:
    """Kill a child, and whatever its code has started that did not leave its group."""
    with contextlib.suppress(OSError, AttributeError):  # it has no group yet, or none is left; a system without groups
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def end_all() -> None:
    """Every child of this process."""
    for process in multiprocessing.active_children():
        end(process)


def processor_seconds(pid: int) -> float:
    """What a process has had of a processor so far; 0 where the system does not tell."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def is_starved(pid: int, until: float) -> bool:
    """Ready to run, and has not yet had so many seconds: it waits for a processor, not for ever."""
    fields = _stat(pid)
    return bool(fields) and fields[0] == "R" and processor_seconds(pid) < until


def _stat(pid: int) -> list[str]:
    """Linux tells in /proc: the state first, user and system time in places 11 and 12 behind the command's name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _context() -> multiprocessing.context.BaseContext:
    """Where there is no fork, each child loads PyTorch anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with hearing(signal.SIGINT, signal.SIG_IGN):  # of Ctrl-C the server would tell in many lines
        import_module("multiprocessing.forkserver").ensure_running()
    return context


@contextlib.contextmanager
def hearing(number: int, handler: Any) -> Iterator[None]:
    """`handler` hears this signal inside; only the main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
