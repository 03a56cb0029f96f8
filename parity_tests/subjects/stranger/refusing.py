"""Refusals: what a class raises at something out of the ordinary means that it does not offer it.

Out of the ordinary are oblong kernels, two strides, padding that differs from side to side, images given to a layer for
rows, p = 0 (settings.unusual); there any error is a refusal, but for one: who takes a pair of equal numbers, and
stumbles over two that differ, has mixed up height and width. At ceil_mode or an activation (settings.named) any error
of the constructor is one; later, only what the class itself raises, by a `raise` or an `assert`: what it stumbles over
is wrong. So at images of which the windows leave some over: a layer may be for those alone that they fit, and cut them
by reshape. A Flatten may be for arrays of some number of axes, where it runs. NotImplementedError is a refusal
everywhere. Who has refused once is not asked again: what came after would be half done.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from typing import Any, NoReturn

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger.module import FOREIGN
from parity_tests.subjects.stranger.settings import OF_WINDOWS, left_over, named, unusual

EVALUATION = "backward after a forward in evaluation"
CUT_IN_WINDOWS = "cannot reshape array"  # NumPy's words
ERRORS = (NotImplementedError, TypeError, ValueError, AssertionError, KeyError, IndexError, AttributeError)


class Refusing:
    """Call it with what may be refused. name: of the class or function. takes_pairs: whether it does where this case
    has two numbers that differ, and nothing else out of the ordinary. runs_elsewhere: whether it runs for arrays of
    another number of axes."""

    def __init__(
        self,
        pair: Pair,
        case: Case,
        name: str,
        takes_pairs: Callable[[], bool] = lambda: False,
        runs_elsewhere: Callable[[], bool] = lambda: False,
    ) -> None:
        self._unusual, self._named, self._refused = unusual(pair, case, name), named(case), ""
        self._pair, self._case, self._takes_pairs, self._runs_elsewhere = pair, case, takes_pairs, runs_elsewhere

    def __call__(self, act: Callable[[], Any], *, shape: tuple[int, ...] = (), making: bool = False) -> Any:
        """shape: of what it is given, in our layout. making: it is the constructor that is called."""
        self.check()
        try:
            return act()
        except NotOffered as error:
            self._refused = str(error)
            raise
        except Exception as error:
            what = self._what_it_may_refuse(error, shape, making)
            if not what:
                raise
            self._refused = told(what, error)
            raise NotOffered(self._refused) from error

    def in_backward(self, act: Callable[[], Any], *, shape: tuple[int, ...], training: bool) -> Any:
        """The same of a backward: a window of its own form may be refused as late as here, and what comes after a
        forward in evaluation. Whoever refuses it may be asked for a forward again."""
        self.check()
        try:
            return act()
        except NotOffered:
            raise
        except Exception as error:
            what = self._what_it_may_refuse(error, shape, False) if self._pair.name in OF_WINDOWS else ""
            what = what or (EVALUATION if not training and is_raised(error) else "")
            if not what:
                raise
            raise NotOffered(told(what, error)) from error

    def _what_it_may_refuse(self, error: Exception, shape: tuple[int, ...], making: bool) -> str:
        """What is out of the ordinary, where this error may be for its sake."""
        if not isinstance(error, ERRORS) and not is_raised(error):
            return ""
        itself = making or is_raised(error)
        if (self._unusual and (itself or not self._takes_pairs())) or (self._named and itself):
            return " and ".join(filter(None, (self._named, self._unusual)))
        over = left_over(self._pair, self._case, shape) if len(shape) == 4 else ""
        if over and (is_raised(error) or CUT_IN_WINDOWS in str(error)):
            return over
        if self._pair.name == "Flatten" and self._runs_elsewhere():
            return f"arrays of {len(self._case.shape)} axes"
        return "what it has not yet" if isinstance(error, NotImplementedError) else ""

    def refuse(self, reason: str) -> NoReturn:
        """For good: whatever is asked later is refused with this reason."""
        self._refused = reason
        raise NotOffered(reason)

    def check(self) -> None:
        """Raise again what was refused before."""
        if self._refused:
            raise NotOffered(self._refused)


def told(what: str, error: Exception) -> str:
    return f"{what}: {type(error).__name__}: {next(iter(str(error).splitlines()), '')}"


def is_raised(error: BaseException) -> bool:
    """By a `raise` or an `assert` in the code that was called, and not by Python or a library."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    root = str(trace.tb_frame.f_globals.get("__name__", "")).split(".")[0]
    last = trace.tb_frame.f_code.co_code[trace.tb_lasti]
    return root not in FOREIGN and dis.opname[last] == "RAISE_VARARGS"
