"""The child's half of sandbox.py: it loads the module, and checks one network after another."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from parity_tests import sandbox_child, whereabouts
from parity_tests.networks.check import measured, reference_of
from parity_tests.networks.discover import Opener, find_networks
from parity_tests.networks.guard import Guard
from parity_tests.networks.passed_over import passed_over
from parity_tests.subjects.stranger.module import CannotLoad, load

BUILDING = 30.0  # seconds


@dataclass(frozen=True)
class Setup:
    """place: a path or a dotted name. seconds: for each layer. mebibytes: of memory that the module may take."""

    place: str
    input_shape: tuple[int, ...] | None
    seed: int
    seconds: float
    mebibytes: int


def serve(connection: Connection, setup: Setup, stack: str) -> None:
    """Say which networks there are, then answer about each that is asked for, until the other side hangs up.

    stack: the file for whereabouts.py.
    Messages: ("found", names, {other name: why it is no network to be judged}) or ("cannot load", why); then
    ("layer", name) ..., and at the end of a network ("report", NetworkReport) or ("closed", why).
    """
    import torch

    sandbox_child.quieten()
    whereabouts.written_to(stack)
    torch.set_num_threads(1)
    sandbox_child.limit_memory(setup.mebibytes)
    try:
        networks = find_networks(module := load(setup.place))
        others = passed_over(module, networks)
    except CannotLoad as error:
        connection.send(("cannot load", error))
        return
    connection.send(("found", tuple(networks), others))
    with contextlib.suppress(EOFError):
        while True:
            name, lost = connection.recv()
            connection.send(_answer(connection, networks[name], lost, setup))


def _answer(connection: Connection, opener: Opener, lost: Any, setup: Setup) -> tuple:
    try:
        candidate = Guard(BUILDING).call(opener, input_shape=setup.input_shape)
        reference = reference_of(candidate, seed=setup.seed, seconds=setup.seconds)
    except Exception as error:
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return "closed", said

    def tell(layer: str) -> None:
        connection.send(("layer", layer))

    return "report", measured(candidate, reference, setup.seconds, lost=lost, on_layer=tell)
