"""What only a stranger's own process can tell for the page: the rounding of its layers, the training of its networks.

    this process                                        a child
    asks for one pair, or for one network, waits  --->  loads the module once, measures
                                                  <---  the figures, or why there are none

A child that dies or takes too long is replaced: what it was asked for stays away from the page, which says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import ModuleType

from parity_tests import sandbox_child
from parity_tests.checks.check import DTYPES
from parity_tests.networks.candidate import Candidate
from parity_tests.networks.check import reference_of
from parity_tests.networks.discover import find_networks
from parity_tests.networks.guard import Guard
from parity_tests.networks.lockstep import RATE, STEPS, CannotTrain, course, trained_candidate, trained_twins
from parity_tests.pair import Pair
from parity_tests.pairs import BY_NAME
from parity_tests.processes import Process
from parity_tests.report.html.evidence import Rounding, Training, training
from parity_tests.report.html.gather import EXACT, rounding_of
from parity_tests.workbench import Workbench

PATIENCE = 60.0  # seconds for one pair, or one network
OPENING = 30.0  # of them, for building a network
HOW = "{steps} steps of θ ← θ − {rate} dθ, taken alike for both sides, on one batch of {rows}. Loss: {loss}."
NO_LOSS = (
    "the mean squared error from drawn numbers, PyTorch's on both sides, for the network has none that PyTorch has"
)


@dataclass(frozen=True)
class Answers:
    """missing: of a pair or a network, why it has no rounding, or not all of its training."""

    rounding: dict[str, Rounding] = field(default_factory=dict)
    training: list[Training] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def asked(
    setup: sandbox_child.Setup,
    pairs: Sequence[Pair],
    networks: Sequence[str],
    *,
    input_shape: tuple[int, ...] | None = None,
    seconds: float = PATIENCE,
) -> Answers:
    """Ask for the rounding of `pairs` and the training of `networks`, by name."""
    found, child = Answers(), None
    wanted = [("pair", pair.name) for pair in pairs if pair.family not in EXACT]
    wanted += [("network", name) for name in networks]
    for question in wanted:
        child = child or Process(serve, setup, input_shape)
        with contextlib.suppress(OSError):
            child.connection.send(question)
        answer = child.answer(seconds)
        if answer is None:
            why = "the process that measured it ended" if child.lost else f"no answer within {seconds:g} s"
            found.missing[question[1]] = why
            child.stop()
            child = None
        else:
            _keep(found, question[1], answer)
    if child is not None:
        child.stop()
    return found


def _keep(found: Answers, name: str, answer: tuple) -> None:
    figures, why = answer
    if isinstance(figures, Rounding):
        found.rounding[name] = figures
    else:
        found.training.extend(figures)
    if why:
        found.missing[name] = why


# ---- the child


def serve(connection: Connection, setup: sandbox_child.Setup, input_shape: tuple[int, ...] | None) -> None:
    """Answer each (kind, name) with (figures, why not all of them), until the other side hangs up."""
    sandbox_child.quieten()
    bench = sandbox_child.bench_of(setup)
    with contextlib.suppress(EOFError):
        while True:
            kind, name = connection.recv()
            try:
                answer = rounded(bench, BY_NAME[name]) if kind == "pair" else trained(bench, name, input_shape)
            except BaseException as error:  # sys.exit and the end of memory too
                answer = (() if kind == "network" else Rounding()), f"{type(error).__name__}: {error}"
            connection.send(answer)


def rounded(bench: Workbench, pair: Pair) -> tuple[Rounding, str]:
    """And, where there is none, why not."""
    found = rounding_of(bench, pair)
    return found, "" if sum(found.theirs) else "no case gave numbers in float32"


def trained(bench: Workbench, name: str, input_shape: tuple[int, ...] | None) -> tuple[list[Training], str]:
    """A network in float64 and, where it keeps it, in float32."""
    from parity_tests.subjects.torch_side import torch_side

    candidate = _opened(bench.subject.library, name, input_shape)
    reference, found = reference_of(candidate), []
    for dtype in DTYPES:
        try:
            given = course(candidate, reference, dtype)
            ours = trained_candidate(candidate, given, torch_side, PATIENCE)
            theirs = trained_twins(candidate, given, torch_side)
        except CannotTrain as why:
            return found, f"{dtype}: {why}"
        truth = trained_twins(candidate, given, torch_side, "float64") if dtype == "float32" else None
        loss = f"its own {candidate.loss.kind}" if given.own_loss else NO_LOSS
        how = HOW.format(steps=STEPS, rate=RATE, rows=len(given.X), loss=loss)
        found.append(training(name, dtype, ours, theirs, truth, how))
    return found, ""


def _opened(module: ModuleType, name: str, input_shape: tuple[int, ...] | None) -> Candidate:
    """A network of that name; a Candidate has one of its own."""
    adapted = (each for each in vars(module).values() if isinstance(each, Candidate) and each.name == name)
    opener = find_networks(module).get(name)
    return next(adapted) if opener is None else Guard(OPENING).call(opener, input_shape=input_shape)
