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
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from functools import partial
from itertools import pairwise
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from scratch_nn.errors import positive_int

R = TypeVar("R")
Outcome = tuple[R | None, BaseException | None]  # the result, or what was raised in its place

BLOCK = 1 << 20  # numbers; four megabytes of float32


def _outcome(work: Callable[[], R]) -> Outcome:
    try:
        return work(), None
    except BaseException as error:  # the one who waits for the result raises it
        return None, error


class _Worker(Thread):
    """A thread that does what it is given, in turn. (That of concurrent.futures does as much, and a training step with
    two dozen hand-overs took 0.5 ms longer.)"""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._given: SimpleQueue = SimpleQueue()
        self.start()

    def run(self) -> None:
        for work, done in iter(self._given.get, None):
            done.put(_outcome(work))
            del work, done  # and the arrays that they hold

    def give(self, work: Callable[[], R]) -> Callable[[], Outcome]:
        """A function that waits until `work` has ended, and tells how."""
        done: SimpleQueue = SimpleQueue()
        self._given.put((work, done))
        return done.get

    def end(self) -> None:
        self._given.put(None)
        self.join()


_workers: ContextVar[Sequence[_Worker]] = ContextVar("workers", default=())


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Within it, layers compute with `count` threads of ours, and BLAS with one for each: `with threads(2): ...`.

    For large batches of images: small arrays are not shared out, and their matrix products then have one processor.
    `threads(1)` gives the same bits as `threads(2)`. Raises ValueError unless `count` is an integer of at least 1.
    """
    count = positive_int("threads", "count", count)
    with threadpool_limits(1, user_api="blas"):
        workers = [_Worker() for _ in range(count - 1)]
        token = _workers.set(workers)
        try:
            yield
        finally:
            _workers.reset(token)
            for worker in workers:
                worker.end()


def within_threads() -> bool:
    """Whether work is shared out here, and so not by BLAS."""
    return bool(_workers.get())


def blocks(length: int, size: float, block: float) -> list[slice]:
    """Slices of an axis of `length`, about equally long, with at most `block` of the `size` numbers each, or one place.

    One where all are no more than half a block. Else an even number, so that two threads have as many each; an odd one
    only where each place is a block of its own.
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
    """What `work` gives for the blocks, in their order. Each thread calls it once, with a run of them.

    Where one raises, so does this, but not before all have ended: until then they write to the caller's arrays.
    """
    workers = _workers.get()[: len(blocks) - 1]
    if not workers:
        return list(work(blocks))
    first, *others = (blocks[part] for part in equal_parts(len(blocks), len(workers) + 1))
    here = copy_context()  # np.errstate is part of it
    here.run(_workers.set, ())
    waits = [
        worker.give(partial(_results, here.copy(), work, run)) for worker, run in zip(workers, others, strict=True)
    ]
    outcomes = [_outcome(partial(_results, here, work, first)), *(wait() for wait in waits)]
    for _, error in outcomes:
        if error is not None:
            raise error
    return [one for results, _ in outcomes for one in results]


def _results(context: Context, work: Callable[[Sequence[slice]], Iterable[R]], run: Sequence[slice]) -> list[R]:
    return context.run(lambda: list(work(run)))


def in_blocks(work: Callable[[slice], R], blocks: Sequence[slice]) -> list[R]:
    """What `work` gives for each of the blocks."""
    return in_runs(lambda run: map(work, run), blocks)


def blocks_of(A: np.ndarray) -> list[slice]:
    """Slices of the examples of A, (N, ...), a BLOCK of numbers each."""
    return blocks(len(A), A.size, BLOCK)


def by_examples(work: Callable[[slice], R], A: np.ndarray) -> list[R]:
    """What `work` gives for the examples of A, (N, ...), a BLOCK of numbers after the other."""
    return in_blocks(work, blocks_of(A))
