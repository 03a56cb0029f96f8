"""How a command ends that is stopped on its way: one sentence on stderr, the children ended, and an exit code, which is

    130   interrupted (Ctrl-C)
    141   nobody reads what it prints (`| head`). Not 1, which says that something does not agree
    143   ended from outside (SIGTERM)

as a shell has them: 128 and the signal. Files that were asked for are written before anything is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from parity_tests.processes import end_all, hearing


class Terminated(BaseException):
    """SIGTERM came. No Exception, as KeyboardInterrupt is none."""


def exit_code(name: str, work: Callable[[], int]) -> int:
    """What `work` returns, once all that it printed is out."""
    try:
        with terminable():
            code = work()
            sys.stdout.flush()
            return code
    except KeyboardInterrupt:
        return _stopped(name, "interrupted", 130)
    except Terminated:
        return _stopped(name, "ended from outside (SIGTERM)", 143)
    except BrokenPipeError:
        close_output()
        return _stopped(name, "stopped, as nobody reads what it prints", 141)


def _stopped(name: str, why: str, code: int) -> int:
    end_all()
    print(f"{name}: {why}.", file=sys.stderr, flush=True)
    return code


def terminable() -> AbstractContextManager[None]:
    """SIGTERM raises inside, so that half-written files are removed and the last sentence is said."""
    return hearing(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


def close_output() -> None:
    """What is not printed yet goes nowhere; or Python would complain once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
