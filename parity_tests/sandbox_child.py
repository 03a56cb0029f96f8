"""The child's half of sandbox.py: it loads the stranger's module, and answers case by case.

What the stranger prints goes nowhere, and what it reads is empty; how much memory it takes is limited.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests import inputs, numpy_functions, whereabouts
from parity_tests.checks.check import Check, failed
from parity_tests.checks.strangers import stranger_checks
from parity_tests.pair import Pair
from parity_tests.pairs import BY_NAME, PAIRS
from parity_tests.raised import told
from parity_tests.run import Result, run
from parity_tests.subjects.stranger.module import CannotLoad
from parity_tests.subjects.stranger.options import Options
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench

MEBIBYTES = 4096  # of memory, unless told
FOR_EVERYBODY = "for everybody else too. Call your own by other names."


@dataclass(frozen=True)
class Setup:
    """place: of the module, a path or a dotted name. mebibytes: of memory that it may take. every_trace: send those
    of cases in which nothing failed too, for a page that shows them."""

    place: str
    options: Options = field(default_factory=Options)
    mebibytes: int = MEBIBYTES
    every_trace: bool = False


def serve(connection: Connection, setup: Setup, stack: str) -> None:
    """Answer until the other side hangs up. stack: the file for whereabouts.py."""
    quieten()
    whereabouts.written_to(stack)
    from parity_tests.subjects.stranger.unchecked import standing, unchecked
    from parity_tests.subjects.stranger.unknown import unknown

    asked = replace(setup, place=whereabouts.absolute(setup.place))
    try:
        bench = bench_of(setup)
    except CannotLoad as error:
        connection.send(("cannot load", error))
        return
    library = bench.subject.library
    connection.send(("ready", _of_pairs(unchecked, library), _of_pairs(standing, library), unknown(library)))
    with contextlib.suppress(EOFError):
        while True:
            name, case, dtypes = connection.recv()
            _answer(connection, bench, asked, BY_NAME[name], case, dtypes)


def _of_pairs(told: Callable[[ModuleType, Pair], Any], library: ModuleType) -> dict[str, Any]:
    """{pair: what is told of it}, where there is anything to tell."""
    found = {}
    for pair in PAIRS:
        with contextlib.suppress(Exception):  # of a class that is not to be looked at; it shows where it is asked
            found[pair.name] = told(library, pair)
    return {name: said for name, said in found.items() if said}


def bench_of(setup: Setup) -> Workbench:
    """Raises CannotLoad."""
    import torch

    from parity_tests.subjects.stranger import side_of
    from parity_tests.subjects.torch_side import torch_side

    torch.set_num_threads(1)  # the arrays are small, and each child has a processor
    inputs.digit_images()  # what a data set takes to load is not the stranger's time or memory
    limit_memory(setup.mebibytes)
    numpy_functions.originals()
    side = side_of(setup.place, setup.options)
    if names := numpy_functions.put_back():
        raise CannotLoad(f"{setup.place} cannot be loaded: it replaces {names}, {FOR_EVERYBODY}")
    return Workbench(side, torch_side)


def _answer(
    connection: Connection, bench: Workbench, asked: Setup, pair: Pair, case: str, dtypes: tuple[str, ...]
) -> None:
    """Each result, then the float64 trace if it is wanted or one of them failed, else an empty one."""
    wanted = asked.every_trace
    for check in stranger_checks(pair, case, dtypes):
        result = _guarded(check, bench, asked.place)
        if names := numpy_functions.put_back():
            said = f"{check.id}: it replaced {names}, {FOR_EVERYBODY}"
            result = Result(check, failed(said), kind="manners")
        wanted |= result.offered and not result.found.ok
        found = result.found
        connection.send((found.ok, found.error, found.multiple, found.message, result.offered, result.kind))
    connection.send(_trace(bench, pair, case) if wanted else {})


def _guarded(check: Check, bench: Workbench, module: str) -> Result:
    """As run(), and whatever else can be raised: sys.exit, an end of memory, an interruption of its own."""
    try:
        return run(check, bench, module)
    except BaseException as error:
        kind = "exit" if isinstance(error, SystemExit) else "exception"
        return Result(check, failed(f"{check.id}: {told(error, module)}"), kind=kind)


def _trace(bench: Workbench, pair: Pair, case: str) -> Trace:
    """What was recorded, as plain arrays of numbers."""
    try:
        trace = bench.actual(pair, pair.case(case), "float64")
    except BaseException:
        return {}
    return {name: np.array(array) for name, array in trace.items() if array.dtype.kind in "fib"}


def quieten() -> None:
    """Standard input, output and error lead nowhere, also for code that is not Python's."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115


def limit_memory(mebibytes: int) -> None:
    """So much more than is taken now. Where the system has no such limit, there is none."""
    try:
        import resource
    except ImportError:
        return
    gc.collect()
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + (mebibytes << 20),) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
