"""How far our pairs are from PyTorch, as bounds: rounding differs from machine to machine, its order does not.

    float64   the worst error, rounded up to a power of ten, with some room
    float32   our worst error as a multiple of PyTorch's own, rounded up to a half

Measured with one thread: several would split the float32 sums, each machine in its own way.

A bound that stands in a page stays as long as a run keeps it and it says something: within a factor 1,000 of the
measured error. So a page does not change with the processor, and a layer that gets worse is told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from threadpoolctl import threadpool_limits

from parity_tests.checks import Check, checks
from parity_tests.pair import Pair
from parity_tests.pairs import selected
from parity_tests.run import Summary, run_all, summarise
from parity_tests.workbench import Workbench

HEAD = ("| pair | cases | float64: worst error | float32: times PyTorch's own error |", "|---|---|---|---|")
ROW = "| {name} | {cases} | {error} | {multiple} |"
READ = re.compile(r"^\| (?P<name>\w+) \| \d+ \| at most (?P<error>\S+) \| at most (?P<multiple>\S+) \|$", re.M)
ROOM, HALVES, SAYS_SOMETHING = 3, (0.5, 1.0, 1.5, 2.0), 1000


def table(names: Sequence[str], bench: Workbench, shown: str = "") -> str:
    """A row a pair; `shown` is the table that stands in the page. Raises ValueError where a pair does not agree."""
    stated = {found["name"]: (float(found["error"]), float(found["multiple"])) for found in READ.finditer(shown)}
    with threadpool_limits(1):
        summaries = summarise(run_all(measuring(selected(names, None)), bench))
    if wrong := [failure for summary in summaries for failure in summary.failures]:
        raise ValueError(f"a lesson cannot show the agreement of what does not agree: {wrong[0]}")
    return "\n".join([*HEAD, *(_row(summary, *stated.get(summary.pair.name, (0, 0))) for summary in summaries)])


def measuring(pairs: Iterable[Pair]) -> list[Check]:
    """The checks that compare recorded arrays with PyTorch's; the others measure nothing. Of whole networks in float64
    only: in float32 rounding grows from layer to layer and from step to step, on each machine in its own way."""
    return [check for pair in pairs for check in checks(pair) if check.patterns and _is_asked(pair, check)]


def _is_asked(pair: Pair, check: Check) -> bool:
    return pair.family != "network" or check.dtype == "float64"


def _row(summary: Summary, error: float, multiple: float) -> str:
    worst, times = summary.error, summary.multiple
    error = error if _still_says(worst, error) else error_bound(worst)
    multiple = multiple if times <= multiple <= max(1.0, 4 * times) else multiple_bound(times)
    told = "float64 only" if math.isnan(times) else f"at most {multiple:g}" if times else "0, exactly"
    if summary.pair.family == "network":
        told = f"at most {HALVES[-1]:g}"  # as all that is judged
    return ROW.format(
        name=summary.pair.name,
        cases=len(summary.pair.cases),
        error=f"at most {error:.0e}" if error else "0, exactly",
        multiple=told,
    )


def _still_says(worst: float, bound: float) -> bool:
    return 0 < worst <= bound <= SAYS_SOMETHING * worst


def error_bound(worst: float) -> float:
    """The next power of ten above three times the error; 0 stays 0."""
    return 10.0 ** math.ceil(math.log10(ROOM * worst)) if worst else 0.0


def multiple_bound(times: float) -> float:
    """The next half with a quarter of room; 2 is what is allowed."""
    return next((half for half in HALVES if times * 1.25 <= half), HALVES[-1])
