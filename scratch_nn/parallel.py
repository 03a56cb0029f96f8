"""Work on a batch in blocks: one block after the other, or within `threads` several at a time.

A block is as many examples as a processor's cache holds: what one operation wrote is still there when the next reads
it.

NumPy lets go of Python's lock while it computes, so two Python threads do compute at once. The BLAS library shares out
each matrix product already; within `threads` it stays with one processor, and each thread of ours takes the products
of its own blocks, and all that happens between them. A block is computed in the same way whichever thread takes it,
and sums over blocks are added up in the blocks' order: not a bit of a result depends on the number of our threads.
(On the number of BLAS's it may. Within `threads` that is one, as under OPENBLAS_NUM_THREADS=1.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from itertools import pairwise
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from scratch_nn.errors import positive_int

R = TypeVar("R")

BLOCK = 1 << 19  # numbers; two megabytes of float32

ALONE = None, 1
_workers: ContextVar[tuple[Executor | None, int]] = ContextVar("workers", default=ALONE)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Within it, layers compute with `count` threads of ours, and BLAS with one for each: `with threads(2): ...`.

    For large batches of images: small arrays are not shared out, and their matrix products then have one processor.
    `threads(1)` gives the same bits as `threads(2)`. Raises ValueError unless `count` is an integer of at least 1.
    """
    count = positive_int("threads", "count", count)
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max(1, count - 1)) as workers:
        token = _workers.set((workers, count))
        try:
            yield
        finally:
            _workers.reset(token)


def blocks(length: int, size: float, block: float) -> list[slice]:
    """Slices of an axis of `length`, about equally long, with at most `block` of the `size` numbers each, or one place.

    One where all are no more than half a block; else an even number, for two threads.
    """
    if size <= block / 2:
        return [slice(0, length)]
    places = max(1, int(block * length // size))
    count = math.ceil(length / places)
    return equal_parts(length, min(length, count + count % 2))


def equal_parts(length: int, count: int) -> list[slice]:
    """`count` slices, about equally long, of an axis of `length`."""
    return [slice(start, end) for start, end in pairwise(length * i // count for i in range(count + 1))]


def in_runs(work: Callable[[Sequence[slice]], Iterable[R]], blocks: Sequence[slice]) -> list[R]:
    """What `work` gives for the blocks, in their order. Each thread calls it once, with a run of them."""
    workers, count = _workers.get()
    count = min(count, len(blocks))
    if count < 2:
        return list(work(blocks))
    runs = [blocks[part] for part in equal_parts(len(blocks), count)]
    here = copy_context()  # np.errstate is part of it
    here.run(_workers.set, ALONE)
    others = [workers.submit(here.copy().run, lambda run: list(work(run)), run) for run in runs[1:]]
    first = list(work(runs[0]))
    return first + [result for other in others for result in other.result()]


def in_blocks(work: Callable[[slice], R], blocks: Sequence[slice]) -> list[R]:
    """What `work` gives for each of the blocks."""
    return in_runs(lambda run: map(work, run), blocks)


def blocks_of(A: np.ndarray) -> list[slice]:
    """Slices of the examples of A, (N, ...), a BLOCK of numbers each."""
    return blocks(len(A), A.size, BLOCK)


def by_examples(work: Callable[[slice], R], A: np.ndarray) -> list[R]:
    """What `work` gives for the examples of A, (N, ...), a BLOCK of numbers after the other."""
    return in_blocks(work, blocks_of(A))
