"""Our side of the networks, once as it comes and once more for each set of options: one entry here is a contestant.

`options` makes a context manager. A contestant is compared, warmed up and timed inside it; entering it is not on the
clock, for a training run enters it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from benchmarks.contestant import EVERY_OPTION, OURS
from benchmarks.kernels import numpy_blas
from scratch_nn import threads, winograd


@dataclass(frozen=True)
class Variant:
    name: str
    options: Callable[[], AbstractContextManager]


@contextmanager
def every_option() -> Iterator[None]:
    """As many threads of ours as BLAS has had, and Winograd's convolution."""
    with threads(int(numpy_blas()["threads"])), winograd():
        yield


VARIANTS = (Variant(OURS, nullcontext), Variant(EVERY_OPTION, every_option))
