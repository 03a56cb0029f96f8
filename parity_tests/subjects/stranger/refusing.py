"""Refusals: what a class raises at something out of the ordinary means that it does not offer it.

Out of the ordinary are oblong kernels, two strides, padding that differs from side to side, ceil_mode, images given to
a layer for rows, p = 0 (settings.unusual); there any error is a refusal. NotImplementedError is one everywhere. Who has
refused once is not asked again: what came after would be half done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger.settings import unusual

ERRORS = (NotImplementedError, TypeError, ValueError, AssertionError, KeyError, IndexError, AttributeError)


class Refusing:
    """Call it with what may be refused. name: of the class or function."""

    def __init__(self, pair: Pair, case: Case, name: str) -> None:
        self._unusual, self._refused = unusual(pair, case, name), ""

    def __call__(self, act: Callable[[], Any]) -> Any:
        self.check()
        try:
            return act()
        except NotOffered as error:
            self._refused = str(error)
            raise
        except ERRORS as error:
            if not self._unusual and not isinstance(error, NotImplementedError):
                raise
            first = next(iter(str(error).splitlines()), "")
            self._refused = f"{self._unusual or 'what it has not yet'}: {type(error).__name__}: {first}"
            raise NotOffered(self._refused) from error

    def refuse(self, reason: str) -> NoReturn:
        """For good: whatever is asked later is refused with this reason."""
        self._refused = reason
        raise NotOffered(reason)

    def check(self) -> None:
        """Raise again what was refused before."""
        if self._refused:
            raise NotOffered(self._refused)
