"""A stranger's code runs in a process of its own, under a limit of time and of memory.

    this process                                      a child
    one thread for each child: takes a pair,   --->   loads the module once; runs the checks of a case, one after the
    sends it case by case, waits               <---   other; sends each result, and the traces of a case that fails

A child that gives no answer in time is killed; one that dies, by a segmentation fault or by os._exit, is replaced. Both
are failures of the check that was running, and the run goes on.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from parity_tests import sandbox_child
from parity_tests.checks.check import DTYPES, Check, failed
from parity_tests.checks.strangers import stranger_checks
from parity_tests.compare import Comparison
from parity_tests.module_process import ModuleProcess
from parity_tests.pair import Pair
from parity_tests.processes import end_all
from parity_tests.run import Result
from parity_tests.trace import Trace

SECONDS, JOBS = 10.0, min(4, os.cpu_count() or 1)  # as `check` has them, unless told
MOST_PATIENCE = 8  # time limits that a child may wait for a processor
MOST_DEATHS = 3  # of children in one pair; then the rest of the pair is not asked


@dataclass(frozen=True)
class Limits:
    """seconds: that one check may take. jobs: children at a time."""

    seconds: float = SECONDS
    jobs: int = 2


@dataclass
class Judged:
    """What came of one pair: a result for each check, and the float64 traces of the cases in which one failed.

    unchecked: what the module has under the pair's names besides what was asked. standing: by case, the name of what
    was asked, where it is not one thing throughout. unknown: what looks like a layer there and has the name of no pair.
    """

    pair: Pair
    results: list[Result] = field(default_factory=list)
    traces: dict[str, Trace] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()
    standing: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


class Child(ModuleProcess):
    """One process that answers for a module. Raises CannotLoad."""

    def __init__(self, setup: sandbox_child.Setup) -> None:
        super().__init__(sandbox_child.serve, setup, patience=MOST_PATIENCE)
        _, self.unchecked, self.standing, self.unknown = self.opened()  # the first two by pair

    def ask(self, pair: Pair, case: str, dtypes: tuple[str, ...]) -> None:
        with contextlib.suppress(OSError):
            self.connection.send((pair.name, case, dtypes))


def judge_all(
    setup: sandbox_child.Setup,
    pairs: Sequence[Pair],
    limits: Limits,
    *,
    case: str | None = None,
    dtypes: tuple[str, ...] = DTYPES,
    on_result: Callable[[int], object] = lambda n: None,
) -> list[Judged]:
    """Ask everything of every pair; in the order of `pairs`. Raises CannotLoad."""
    first, left = Child(setup), iter(enumerate(pairs))  # if it cannot be loaded, it is said here
    found: dict[int, Judged] = {}

    def work(asker: Asker, errors: Sequence[BaseException]) -> None:
        for i, pair in left:  # one iterator for all threads: each pair is taken by one of them
            if errors:
                break
            found[i] = asker.judge(pair, case)

    children = (first, *[None] * (limits.jobs - 1))
    _at_once(work, [Asker(setup, limits, child, dtypes, on_result) for child in children])
    return [_with_what_is_there(found[i], first) for i in range(len(pairs))]


def _with_what_is_there(judged: Judged, child: Child) -> Judged:
    name = judged.pair.name
    told = {"unchecked": child.unchecked.get(name, ()), "standing": child.standing.get(name, {})}
    return replace(judged, **told, unknown=child.unknown)


def _at_once(work: Callable[[Asker, Sequence[BaseException]], None], askers: Sequence[Asker]) -> None:
    """work(asker, errors) of each asker, in a thread of its own. Raises the first of the errors, when all are through.

    Ctrl-C ends the children: then there are no more answers to wait for.
    """
    errors: list[BaseException] = []
    through: queue.SimpleQueue[None] = queue.SimpleQueue()

    def run(asker: Asker) -> None:
        try:
            with contextlib.closing(asker):
                work(asker, errors)
        except BaseException as error:
            errors.append(error)
        finally:
            through.put(None)

    threads = [threading.Thread(target=run, args=(asker,)) for asker in askers]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            through.get()  # join() is no way to wait: one that Ctrl-C breaks off calls its thread ended (before 3.13)
    except BaseException as error:
        errors.append(error)
        while any(thread.is_alive() for thread in threads):
            end_all()
            time.sleep(0.1)
        raise
    if errors:
        raise errors[0]


class Asker:
    """Asks one child at a time, and takes a new one where one is lost."""

    def __init__(self, setup, limits: Limits, child: Child | None, dtypes: tuple[str, ...], on_result) -> None:
        self.setup, self.limits, self.child, self.dtypes, self.on_result = setup, limits, child, dtypes, on_result

    def judge(self, pair: Pair, only: str | None) -> Judged:
        judged, deaths, reason = Judged(pair), 0, ""
        for name, asked in _by_case(stranger_checks(pair, only, self.dtypes)):
            if reason:
                judged.results += [Result(check, failed(reason), offered=False) for check in asked]
                self.on_result(len(asked))
                continue
            lost = self._case(judged, pair, name, asked)
            deaths += bool(lost)
            if lost == "time limit" or deaths == MOST_DEATHS:
                reason = f"not asked: {pair.name} was given up after its {lost} in the case {name}"
        return judged

    def _case(self, judged: Judged, pair: Pair, name: str, asked: list[Check]) -> str:
        """Ask all checks of a case; '' or the kind of failure by which the child was lost."""
        self.child = self.child or Child(self.setup)
        self.child.ask(pair, name, self.dtypes)
        for i, check in enumerate(asked):
            said = self.child.answer(self.limits.seconds)
            if said is None:
                lost = self._lose(judged, check)
                rest = asked[i + 1 :]
                why = f"not asked: the {lost} came before it"
                judged.results += [Result(other, failed(why), offered=False) for other in rest]
                self.on_result(1 + len(rest))
                return lost
            ok, error, multiple, message, offered, kind = said
            judged.results.append(Result(check, Comparison(ok, error, multiple, message), offered, kind))
            self.on_result(1)
        if (trace := self.child.answer(self.limits.seconds)) is not None and trace:
            judged.traces[name] = trace
        return ""

    def _lose(self, judged: Judged, check: Check) -> str:
        """Note why there was no answer, and take leave of the child."""
        death = self.child.death()
        kind = "time limit" if not death else "crash" if "killed" in death else "exit"
        where = self.child.where() or f"while it was asked for {check.name}"
        slow = f"gave no answer within {self.limits.seconds:g} s {where}: an endless loop, or far too slow?"
        said = f"{death} {where}" if death else slow
        judged.results.append(Result(check, failed(f"{check.id}: the code {said}"), kind=kind))
        self.child.stop()
        self.child = None
        return kind

    def close(self) -> None:
        if self.child is not None:
            self.child.stop()


def _by_case(found: Sequence[Check]) -> Iterator[tuple[str, list[Check]]]:
    by_case: dict[str, list[Check]] = {}
    for check in found:
        by_case.setdefault(check.case, []).append(check)
    yield from by_case.items()
