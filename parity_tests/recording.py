"""Recording: what came out of a subject, and where nothing came out, why not.

One call that raises does not take the others with it: the outputs of a layer that has no backward yet are compared all
the same. A gap is a pattern of quantities and the exception that was raised in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from parity_tests.trace import Trace, below


@dataclass
class Recording:
    """trace: the arrays that came out. gaps: [(pattern, exception)], the innermost first."""

    trace: Trace = field(default_factory=dict)
    gaps: list[tuple[str, Exception]] = field(default_factory=list)

    @contextmanager
    def attempt(self, *patterns: str) -> Iterator[None]:
        """What is raised inside becomes the reason why quantities of these patterns are missing."""
        try:
            yield
        except Exception as error:
            self.gaps += [(pattern, error) for pattern in patterns]

    def take(self, prefix: str, arrays: Mapping[str, np.ndarray | Exception]) -> None:
        """The arrays below a prefix; an exception in the place of one is the reason why it is missing."""
        self.gaps += [(f"{prefix}.{name}", a) for name, a in arrays.items() if isinstance(a, Exception)]
        self.trace |= below(prefix, {name: a for name, a in arrays.items() if not isinstance(a, Exception)})

    def reason(self, quantity: str) -> Exception | None:
        """Why a quantity is missing; None where nothing was raised."""
        return next((error for pattern, error in self.gaps if fnmatchcase(quantity, pattern)), None)

    def require(self, quantity: str) -> np.ndarray:
        """The array; raises what was raised in its place. KeyError where it was never attempted."""
        if quantity not in self.trace and (reason := self.reason(quantity)) is not None:
            raise reason
        return self.trace[quantity]

    @property
    def refusal(self) -> Exception | None:
        """What was raised in the place of everything; None where anything was recorded, or reasons differ."""
        pattern, error = self.gaps[0] if self.gaps and not self.trace else ("", None)
        return error if pattern == "*" else None

    def anything(self) -> Trace:
        """What there is; raises the first exception where there is nothing at all, which would prove nothing."""
        return self.trace or self.whole()

    def whole(self) -> Trace:
        """The trace; raises the first exception where there was one."""
        if self.gaps:
            raise self.gaps[0][1]
        return self.trace
