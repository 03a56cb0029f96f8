"""The networks of a stranger's module, checked in a process of its own.

The child says which layer it is about to call. Where it dies, or says nothing for too long (inside a compiled library
no alarm is heard), that layer is to blame: a new child judges the others without it.
"""

from __future__ import annotations

import contextlib
import math
import signal
from dataclasses import dataclass, field

from parity_tests.compare import Comparison
from parity_tests.module_process import ModuleProcess
from parity_tests.networks import child
from parity_tests.networks.check import SECONDS
from parity_tests.networks.judge import Measured
from parity_tests.networks.report import WHOLE, NetworkReport, Row
from parity_tests.sandbox_child import MEBIBYTES

OPENING = 60.0  # seconds for building a network, and for its run as a whole
SLACK = 5.0  # seconds that a layer may take beyond its limit before its process is ended
MOST_DEATHS = 3


@dataclass
class Found:
    """reports: of the networks that could be opened; closed: why the others could not, by name, and why what looks like
    a network is none."""

    reports: list[NetworkReport] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)


def check_module(
    place: str,
    *,
    input_shape: tuple[int, ...] | None = None,
    seed: int = 0,
    seconds: float = SECONDS,
    mebibytes: int = MEBIBYTES,
) -> Found:
    """Check every network that is found in a file or a dotted module. Raises CannotLoad."""
    setup = child.Setup(place, input_shape, seed, seconds, mebibytes)
    process, said = _started(setup)
    found = Found(closed=dict(said[2]))
    for name in said[1]:
        lost: dict[str, Measured] = {}
        while True:
            with contextlib.suppress(OSError):  # it may have died; then there is no answer
                process.connection.send((name, lost))
            answer, layer = _followed(process, seconds)
            if answer[0] != "lost":
                break
            process.stop()
            process, _ = _started(setup)
            lost[layer] = Measured("training.output", Comparison(False, math.inf, message=answer[2]), answer[1])
            if layer in ("", "network") or len(lost) == MOST_DEATHS:
                answer = ("report", _given_up(name, layer, lost))
                break
        if answer[0] == "report":
            found.reports.append(answer[1])
        else:
            found.closed[name] = answer[1]
    process.stop()
    return found


def _answer(process: ModuleProcess, seconds: float) -> tuple:
    """The next message; ("lost", kind, why) where there is none."""
    if (said := process.answer(seconds)) is not None:
        return said
    if not process.lost:
        return "lost", "time limit", f"no answer within {seconds:g} s"
    code = process.exit_code(1)
    killed = code is not None and code < 0
    how = f"the process was killed by {signal.Signals(-code).name}" if killed else f"the process ended with {code}"
    return "lost", "crash", how


def _started(setup: child.Setup) -> tuple[ModuleProcess, tuple]:
    process = ModuleProcess(child.serve, setup)
    return process, process.opened()


def _followed(process: ModuleProcess, seconds: float) -> tuple[tuple, str]:
    """The last answer about a network, and the layer that was being called before it ("" while it was opened)."""
    layer = ""
    while True:
        said = _answer(process, OPENING if layer in ("", "network") else seconds + SLACK)
        if said[0] != "layer":
            return said, layer
        layer = said[1]


def _given_up(name: str, layer: str, lost: dict[str, Measured]) -> NetworkReport:
    """Nothing but what ended the process."""
    where = "as it is opened" if layer == "" else WHOLE
    rows = [Row(other, "layer", (measured,)) for other, measured in lost.items() if other not in ("", "network")]
    last = [Row("network", where, (lost[layer],))] if layer in ("", "network") else []
    return NetworkReport(name, (*rows, *last))
