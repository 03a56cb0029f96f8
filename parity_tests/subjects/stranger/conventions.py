"""Conventions that a signature shows: an argument that means another thing than PyTorch's. It is told so, and noted.

    momentum=0.9    a batch norm's default of 0.5 or more weighs the *old* statistics (Keras, CS231n); PyTorch's 0.1
                    weighs the new, so 1 - momentum is given
    stride=1        a pool's default is a number; PyTorch's is the size of the window, which is given
    p, rate         the probability of dropping; of keeping where it is called keep_prob, or where an option says so

Only names and defaults are read, no numbers that were computed. A note is no failure: it says what was translated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from parity_tests.pair import Pair
from parity_tests.subjects.stranger.calls import accepts
from parity_tests.subjects.stranger.options import Options

WEIGHS_THE_OLD = 0.5  # of a batch norm's default momentum: at least
OLD = "its momentum is taken to weigh the old statistics, so 1 - momentum is given; PyTorch's weighs the new"
STRIDE = "its stride is {} unless told; PyTorch's is the size of the window, which is given"
KEEPS = "its p is the probability of keeping, so 1 - p is given; PyTorch's is that of dropping"
COLUMNS = "its examples are columns, (features, N): what is said of shapes is said in rows, (N, features)"
TAKEN = "its images are taken for NCHW, and what is said of their shapes is said in NHWC"
PADS = "it has no argument for padding: it pads by itself, so that an image keeps its size"
KEEP = "its {} is the probability of keeping, so 1 - p is given; PyTorch's p is that of dropping"


@dataclass(frozen=True)
class Conventions:
    """momentum_keeps: momentum weighs the old. stride_given: the window's size is given where a case names none.
    p_keeps: p is the probability of keeping. notes: a sentence for each that differs from PyTorch's."""

    momentum_keeps: bool = False
    stride_given: bool = False
    p_keeps: bool = False
    notes: tuple[str, ...] = ()

    def noting(self, note: str) -> Conventions:
        """With one note more; '' is none."""
        return replace(self, notes=(*self.notes, note)) if note else self


NONE = Conventions()


def of_signature(function: Callable, pair: Pair, options: Options) -> Conventions:
    """Of a constructor, or of a function that takes its settings by themselves."""
    if pair.name == "BatchNorm":
        momentum = accepts(function, "momentum")
        keeps = momentum is not None and _is_number(momentum.default) and momentum.default >= WEIGHS_THE_OLD
        return Conventions(momentum_keeps=keeps, notes=(OLD,) if keeps else ())
    if pair.name == "Pool2D":
        stride = accepts(function, "stride")
        given = stride is not None and (_is_number(stride.default) or isinstance(stride.default, tuple))
        return Conventions(stride_given=given, notes=(STRIDE.format(stride.default),) if given else ())
    if pair.name == "Dropout":
        keep = accepts(function, "keep")
        if keep is not None:
            return Conventions(notes=(KEEP.format(keep.name),))
        keeps = options.dropout_p == "keep"
        return Conventions(p_keeps=keeps, notes=(KEEPS,) if keeps else ())
    return NONE


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
