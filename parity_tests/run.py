"""Running checks: every one to its end, whatever happens in another, and what came out of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from parity_tests.checks.check import Check, failed
from parity_tests.compare import Comparison
from parity_tests.pair import NoArray, NotOffered, NotThere, Pair
from parity_tests.raised import told
from parity_tests.wording import cut
from parity_tests.workbench import Workbench

MANNERS = ("leaves_inputs", "side_effects")  # what code does beside computing
NOT_THERE = "not there"


@dataclass(frozen=True, eq=False)
class Result:
    """A check and what it found. An exception, an invalid check included, is a failure that names its type.

    offered: False where the candidate does not have what was asked for; then `found.message` says why, and the check
    counts neither as passed nor as failed.
    kind: "numbers", or what else went wrong ("exception", "time limit", ...); "not there" where nothing has the name.
    noted: why it is told as a note, and does not count as a failure (see judge.py).
    """

    check: Check
    found: Comparison
    offered: bool = True
    kind: str = "numbers"
    noted: str = ""

    @property
    def failed(self) -> bool:
        """Offered, wrong, and not merely noted."""
        return self.offered and not self.found.ok and not self.noted


def run(check: Check, bench: Workbench, module: str = "") -> Result:
    """Run one check; nothing that a layer raises gets through. module: the candidate's, whose lines are then named."""
    try:
        with np.errstate(all="ignore"):  # NaN and infinity are compared, not announced
            return Result(check, check.outcome(bench), kind="manners" if check.name in MANNERS else "numbers")
    except NotThere as reason:
        return Result(check, failed(cut(str(reason))), offered=False, kind=NOT_THERE)
    except NotOffered as reason:
        return Result(check, failed(cut(str(reason))), offered=False)
    except NoArray as error:
        return Result(check, failed(f"{check.id}: {error}"))
    except Exception as error:
        message = told(error, module).replace(f"{check.id}: ", "", 1)  # an invalid check names itself
        return Result(check, failed(f"{check.id}: {message}"), kind="exception")


def run_all(found: Iterable[Check], bench: Workbench) -> Iterator[Result]:
    """Every check, in order."""
    for check in found:
        yield run(check, bench)


@dataclass
class Summary:
    """One line of the table: a pair, its counts, its worst figures, and what failed.

    names: of the cases and refusals that were run.
    error: worst float64 difference from PyTorch, as a fraction of the tensor's scale (NaN: none was measured).
    multiple: our worst float32 error, in multiples of PyTorch's own.
    not_offered: {why: [ids of the checks that could not be asked]}; they are not among `checks`.
    refused: something is there that does not offer it, or not all of it.
    unchecked: what else is there under a name of the pair, and was not asked, for something else stands for the pair;
        and arguments that no case asks for, "Conv2D(dilation=)".
    noted: how many checks differ in what may be no mistake.
    notes: what was noticed of code that passes, a convention that it was told its settings in, say.
    """

    pair: Pair
    checks: int = 0
    error: float = float("nan")
    multiple: float = float("nan")
    failures: list[str] = field(default_factory=list)
    noted: int = 0
    not_offered: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    refused: bool = False
    unchecked: tuple[str, ...] = ()

    @property
    def cases(self) -> int:
        return sum(case.name in self.names for case in self.pair.cases)

    def add(self, result: Result) -> None:
        if not result.offered:
            self.not_offered.setdefault(result.found.message, []).append(result.check.id)
            self.refused |= result.kind != NOT_THERE
            return
        self.checks += 1
        self.names.add(result.check.case)
        if result.found.ok and result.found.message and result.found.message not in self.notes:
            self.notes.append(result.found.message)
        if result.failed:
            self.failures.append(result.found.message)
        self.noted += bool(result.noted)
        if result.check.dtype == "float64":
            self.error = float(np.fmax(self.error, result.found.error))
        self.multiple = float(np.fmax(self.multiple, result.found.multiple))


def summarise(results: Iterable[Result]) -> list[Summary]:
    """One summary a pair, in the order in which they ran."""
    summaries: dict[Pair, Summary] = {}
    for result in results:
        summaries.setdefault(result.check.pair, Summary(result.check.pair)).add(result)
    return list(summaries.values())
