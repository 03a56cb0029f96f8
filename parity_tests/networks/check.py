"""check_network: a whole network beside PyTorch, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from parity_tests.inputs import generator, normal
from parity_tests.networks.candidate import Candidate
from parity_tests.networks.causes import ties
from parity_tests.networks.discover import candidate_of
from parity_tests.networks.guard import Guard, Guarded
from parity_tests.networks.judge import Measured
from parity_tests.networks.link import Link
from parity_tests.networks.losses import gradient_of
from parity_tests.networks.own_error import Chain, Upstream, inherited, own, own_loss, whole
from parity_tests.networks.reference import Reference, refer
from parity_tests.networks.report import WHOLE, NetworkReport, Row

ROWS = 5  # examples, unless X is given: more than any layer needs, and no size of a layer by accident
SECONDS = 10.0  # for all calls of one layer
NOTHING_LOST: Mapping[str, Measured] = {}


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
    Raises ValueError where nothing tells the shape of an input.
    """
    shape = input_shape if X is None else np.shape(X)[1:]
    candidate = network if isinstance(network, Candidate) else candidate_of(network, name, shape)
    return measured(candidate, reference_of(candidate, X, target, seed, seconds), seconds)


def reference_of(
    candidate: Candidate, X: np.ndarray | None = None, target=None, seed: int = 0, seconds: float = SECONDS
) -> Reference:
    """PyTorch's side, on X or on noise."""
    from parity_tests.subjects.torch_side import torch_side

    if X is None:
        X = normal((ROWS, *candidate.input_shape), generator(candidate.name, "X", str(seed)))
    return refer(candidate, X, target, seed, torch_side, seconds)


def measured(
    candidate: Candidate,
    reference: Reference,
    seconds: float = SECONDS,
    *,
    lost: Mapping[str, Measured] = NOTHING_LOST,
    on_layer: Callable[[str], object] = lambda name: None,
) -> NetworkReport:
    """The candidate against a reference that was made of it.

    lost: layers that have ended the process before (see sandbox.py): they are not called again, nor is the network as a
    whole. on_layer: is told the name of each layer before it is called by itself, then "network".
    """
    tied = ties(candidate.parts)
    with candidate.lent():
        layers = [Guarded(link.part.subject, seconds) for link in reference.links]
        alone = []
        for link, layer in zip(reference.links, layers, strict=True):
            on_layer(link.part.name)
            alone.append(_alone(link, layer, lost))
        on_layer("network")
        of_loss = Guard(seconds)
        upstream, chain = _upstream(reference, of_loss), Chain(reference, layers)
        run = [()] * len(layers) if lost else inherited(chain, upstream)
        rows = [
            Row(link.part.name, link.part.kind, by_itself, others, reason, tied.get(link.part.name, ()))
            for link, (by_itself, reason), others in zip(reference.links, alone, run, strict=True)
        ]
        rows += [
            Row(part.name, part.kind, not_offered=part.not_offered or f"not reached: {reference.unreached}")
            for part in candidate.parts[len(reference.links) :]
        ]
        if reference.loss is not None:
            rows.append(_loss_row(reference, of_loss))
        if candidate.whole is not None and not reference.unreached:
            rows.append(_network_row(candidate, chain, rows, upstream, seconds))
    return NetworkReport(candidate.name, tuple(rows), candidate.shared)


def _alone(link: Link, layer: Guarded, lost: Mapping[str, Measured]) -> tuple[tuple[Measured, ...], str]:
    if link.reason:
        return (), link.reason
    return ((lost[link.part.name],), "") if link.part.name in lost else own(link, layer)


def _upstream(reference: Reference, guard: Guard) -> Upstream:
    """dL/dY at the end of the candidate's own run: from its own loss, or, without one, the reference's."""
    loss = reference.loss
    if loss is None or loss.upstream is None:
        return lambda output: reference.links[-1].batch["training.dLdY"][: len(output)]
    return lambda output: guard.call(gradient_of, loss.part.subject, loss.target[: len(output)], output)


def _network_row(candidate: Candidate, chain: Chain, rows: list[Row], upstream: Upstream, seconds: float) -> Row:
    """What is wrong with a layer is told of the layer: the network is judged where all of them are right."""
    if any(row.wrong for row in rows):
        return Row("network", WHOLE, not_offered="judged once every layer agrees by itself")
    if not any(row.own for row in rows):
        return Row("network", WHOLE, not_offered="judged where a layer can be")
    row = whole(candidate, chain, upstream, Guard(seconds))
    unasked = (f"not asked: its {', '.join(candidate.unasked)}",) if candidate.unasked else ()
    return replace(row, notes=(*row.notes, *unasked))


def _loss_row(reference: Reference, guard: Guard) -> Row:
    loss = reference.loss
    if loss.reason:
        return Row("loss", loss.part.kind, not_offered=loss.reason)
    return Row("loss", loss.part.kind, own_loss(loss, guard))
