"""Our side of the networks, once as it comes and once more for each set of options: one entry here is a contestant.

`options` makes a context manager. A contestant is compared, warmed up and timed inside it; entering it is not on the
clock, for a training run enters it once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from benchmarks.contestant import OURS


@dataclass(frozen=True)
class Variant:
    name: str
    options: Callable[[], AbstractContextManager]


VARIANTS = (Variant(OURS, nullcontext),)
