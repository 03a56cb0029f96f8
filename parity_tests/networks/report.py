"""What came out of the check of a network: rows of measurements, and which row is wrong in itself first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parity_tests.networks.causes import of_sharing
from parity_tests.networks.judge import Measured

WHOLE = "as a whole"  # the kind of the row "network"


@dataclass(frozen=True)
class Row:
    """One layer, the loss ("loss") or the network around them ("network").

    own, inherited: what was measured, in the order of computation. not_offered: what could not be asked, or ''.
    notes: what else was noticed, or is there and was not asked.
    """

    name: str
    kind: str
    own: tuple[Measured, ...] = ()
    inherited: tuple[Measured, ...] = ()
    not_offered: str = ""
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.name} {self.kind}"

    @property
    def wrong(self) -> tuple[Measured, ...]:
        """What is wrong with it in itself."""
        return tuple(measured for measured in self.own if not measured.ok)

    @property
    def ok(self) -> bool:
        return not self.wrong

    @property
    def inherits(self) -> bool:
        """Something is wrong in the candidate's own run."""
        return bool(self.strays)

    @property
    def strays(self) -> tuple[Measured, ...]:
        """What is wrong in the candidate's own run."""
        return tuple(measured for measured in self.inherited if not measured.ok)


def _in_order(first: Sequence[tuple[Row, Measured]]) -> tuple[list[Row], list[Row]]:
    """Rows, each with what is wrong first: those wrong on the way forward, and those on the way back."""
    forward = [row for row, measured in first if measured.column == "output"]
    return forward, [row for row, measured in reversed(first) if measured.column != "output"]


@dataclass(frozen=True)
class NetworkReport:
    """rows: the layers from the first to the last, the loss, the network. shared: names of layers that are one."""

    name: str
    rows: tuple[Row, ...]
    shared: tuple[tuple[str, ...], ...] = ()

    @property
    def wrong(self) -> tuple[Row, ...]:
        """What is wrong in itself, in the order of computation: outputs from the first layer to the last, then the
        rest from the last to the first."""
        layers = [row for row in self.rows if row.name not in ("loss", "network") and not row.ok]
        forward, backward = _in_order([(row, row.wrong[0]) for row in layers])
        around = {row.name: row for row in self.rows if row.name in ("loss", "network") and not row.ok}
        loss, network = ([around[name]] if name in around else [] for name in ("loss", "network"))
        return (*forward, *loss, *backward, *network)

    @property
    def first_wrong(self) -> Row | None:
        """The first that is wrong in itself; None where every layer agrees by itself."""
        return next(iter(self.wrong), None)

    @property
    def astray(self) -> Row | None:
        """The first that is off in the candidate's own run, in the same order; None where none is."""
        forward, backward = _in_order([(row, row.strays[0]) for row in self.rows if row.inherits])
        return next(iter((*forward, *backward)), None)

    @property
    def cause(self) -> str:
        """One object in two places, where every layer and the loss are right by themselves and yet not all agrees."""
        alone = all(row.ok for row in self.rows if row.name != "network")
        return of_sharing(self.shared) if alone and not self.ok else ""

    @property
    def judged(self) -> int:
        """How many quantities were judged by themselves."""
        return sum(len(row.own) for row in self.rows)

    @property
    def ok(self) -> bool:
        """All that could be asked agrees, and something was asked. Where a layer is not offered, the own run of the
        candidate is no proof against another."""
        return self.judged > 0 and not self.wrong and not any(row.inherits for row in self.rows)
