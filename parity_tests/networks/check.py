"""check_network: a whole network beside PyTorch, layer by layer; and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity_tests.inputs import generator, normal
from parity_tests.networks.candidate import Candidate, required_shape
from parity_tests.networks.discover import candidate_of
from parity_tests.networks.guard import Guard, Guarded
from parity_tests.networks.judge import Measured
from parity_tests.networks.own_error import Chain, Upstream, inherited, own, own_loss, whole
from parity_tests.networks.reference import Reference, refer
from parity_tests.workbench import Side

ROWS = 5  # examples, unless X is given: more than any layer needs, and no size of a layer by accident
SECONDS = 10.0  # for all calls of one layer


@dataclass(frozen=True)
class Row:
    """One layer, the loss ("loss") or the network around them ("network").

    own, inherited: what was measured, in the order of computation. not_offered: what could not be asked, or ''.
    """

    name: str
    kind: str
    own: tuple[Measured, ...] = ()
    inherited: tuple[Measured, ...] = ()
    not_offered: str = ""

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
        return not all(measured.ok for measured in self.inherited)


@dataclass(frozen=True)
class NetworkReport:
    """rows: the layers from the first to the last, the loss, the network."""

    name: str
    rows: tuple[Row, ...]

    @property
    def wrong(self) -> tuple[Row, ...]:
        """What is wrong in itself, in the order of computation: outputs from the first layer to the last, then the
        rest from the last to the first."""
        layers = [row for row in self.rows if row.name not in ("loss", "network") and not row.ok]
        forward = [row for row in layers if row.wrong[0].column == "output"]
        backward = [row for row in reversed(layers) if row not in forward]
        around = {row.name: row for row in self.rows if row.name in ("loss", "network") and not row.ok}
        loss, network = ([around[name]] if name in around else [] for name in ("loss", "network"))
        return (*forward, *loss, *backward, *network)

    @property
    def first_wrong(self) -> Row | None:
        """The first that is wrong in itself; None where every layer agrees by itself."""
        return next(iter(self.wrong), None)

    @property
    def judged(self) -> int:
        """How many quantities were judged by themselves."""
        return sum(len(row.own) for row in self.rows)

    @property
    def ok(self) -> bool:
        """All that could be asked agrees, and something was asked. Where a layer is not offered, the own run of the
        candidate is no proof against another."""
        return self.judged > 0 and not self.wrong and not any(row.inherits for row in self.rows)


def check_network(
    network,
    X: np.ndarray | None = None,
    target: np.ndarray | None = None,
    *,
    name: str = "network",
    input_shape: tuple[int, ...] | None = None,
    seed: int = 0,
    seconds: float = SECONDS,
) -> NetworkReport:
    """Check a Candidate, a network like scratch_nn's, or a torch.nn.Sequential (or a module whose .layers is one).

    X (N, ...): normal noise if not given, of `input_shape` or what the network tells. target: one-hot rows (numbers
    for L2), drawn if not given. seconds: the limit of one layer, for all of its calls.
    Raises ValueError where the shape of an input is not to be had.
    """
    shape = input_shape if X is None else np.shape(X)[1:]
    candidate = network if isinstance(network, Candidate) else candidate_of(network, name, shape)
    if X is None:
        shape = required_shape(candidate.name, input_shape, candidate.input_shape)
        X = normal((ROWS, *shape), generator(candidate.name, "X", str(seed)))
    return measured(candidate, refer(candidate, X, target, seed, torch_side(), seconds), seconds)


def torch_side() -> Side:
    """PyTorch's side of a workbench, loaded when it is needed."""
    from parity_tests.subjects.torch_side import torch_side

    return torch_side


def measured(candidate: Candidate, reference: Reference, seconds: float = SECONDS) -> NetworkReport:
    """The candidate against a reference that was made of it."""
    with candidate.lent():
        layers = [Guarded(link.part.subject, seconds) for link in reference.links]
        alone = [
            ((), link.reason) if link.reason else own(link, g) for link, g in zip(reference.links, layers, strict=True)
        ]
        chain = Chain(reference, layers)
        of_loss = Guard(seconds)
        upstream = _upstream(reference, of_loss)
        rows = _layer_rows(chain, alone, upstream)
        rows += [
            Row(part.name, part.kind, not_offered=part.not_offered or f"not reached: {reference.unreached}")
            for part in candidate.parts[len(reference.links) :]
        ]
        if reference.loss is not None:
            rows.append(_loss_row(reference, of_loss))
        if candidate.whole is not None and not reference.unreached:
            passes = whole(candidate, chain, upstream, Guard(seconds))
            rows.append(Row("network", "passes", passes, not_offered="" if passes else "its layers do not run through"))
    return NetworkReport(candidate.name, tuple(rows))


def _upstream(reference: Reference, guard: Guard) -> Upstream:
    """dL/dY at the end of the candidate's own run: from its own loss, or, without one, the reference's."""
    loss = reference.loss
    if loss is None or loss.reason:
        return lambda output: reference.links[-1].batch["training.dLdY"]
    return lambda output: guard.call(loss.part.subject.gradient, loss.target, output)


def _layer_rows(chain: Chain, alone, upstream: Upstream) -> list[Row]:
    run = inherited(chain, upstream)
    links = chain.reference.links
    return [
        Row(link.part.name, link.part.kind, measured, others, reason)
        for link, (measured, reason), others in zip(links, alone, run, strict=True)
    ]


def _loss_row(reference: Reference, guard: Guard) -> Row:
    loss = reference.loss
    if loss.reason:
        return Row("loss", loss.part.kind, not_offered=loss.reason)
    return Row("loss", loss.part.kind, own_loss(loss, guard))
