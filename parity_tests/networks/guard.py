"""A stranger's layer, called within limits: what it raises is kept, and an endless loop is ended.

A layer has so many seconds for all of its calls together; once they are spent it is not called again, so that a layer
that hangs costs its own time limit only. The clock is the process's alarm, which only the main thread of a POSIX system
has; elsewhere, and inside one call of a compiled library, the limit of the whole run must do.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from parity_tests.pair import Arrays

AGAIN = 0.1  # seconds: an alarm that the layer swallowed rings again


class _Alarm(BaseException):
    """No Exception, so that `except Exception` in the layer does not keep it."""


def _ring(signum, frame) -> None:
    raise _Alarm


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError where what is done inside takes longer."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        yield
    except _Alarm:
        raise TimeoutError(f"no answer within {seconds:.3g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Guard:
    """Calls within a budget of seconds."""

    def __init__(self, seconds: float) -> None:
        self._all, self._left, self._ended = seconds, seconds, ""

    def call(self, function: Callable, *arguments: Any, **keywords: Any) -> Any:
        """What the function gives. Raises what it raises; SystemExit as RuntimeError, TimeoutError out of time."""
        if self._ended:
            raise TimeoutError(self._ended)
        started = time.perf_counter()
        try:
            with alarm(max(self._left, AGAIN)), np.errstate(all="ignore"):
                return function(*arguments, **keywords)
        except TimeoutError:
            self._ended = f"no answer within {self._all:.3g} s"
            raise TimeoutError(self._ended) from None
        except SystemExit as leaving:
            raise RuntimeError(f"it called sys.exit({leaving.code!r})") from None
        except ValueError as error:
            if "read-only" in str(error):
                raise ValueError(f"it writes into an array that is not its own ({error})") from error
            raise
        finally:
            self._left -= time.perf_counter() - started


class Guarded:
    """A layer's subject (see candidate.py), each call of it guarded."""

    def __init__(self, subject: Any, seconds: float) -> None:
        self.subject, self.guard = subject, Guard(seconds)

    def load(self, parameters: Arrays, state: Arrays) -> None:
        self.guard.call(self.subject.load, parameters, state)

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        return self.guard.call(self.subject.forward, X, training=training, masks=masks)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        return self.guard.call(self.subject.backward, dLdY)

    def gradients(self) -> dict[str, np.ndarray]:
        return self.guard.call(self.subject.gradients)

    def parameters(self) -> dict[str, np.ndarray]:
        return self.guard.call(self.subject.parameters)

    def state(self) -> dict[str, np.ndarray]:
        return self.guard.call(self.subject.state)
