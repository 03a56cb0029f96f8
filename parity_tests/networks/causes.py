"""Why something is wrong, where that shows beside the numbers: gradients that add up, parameters that have moved, a sum
over the batch in place of the mean, layers that backward never reached, one object in two places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parity_tests.networks.candidate import Part
from parity_tests.networks.guard import Guarded
from parity_tests.networks.judge import Measured, judged
from parity_tests.networks.link import Link
from parity_tests.recording import Recording
from parity_tests.trace import Trace

ADDS_UP = "gradients add up from one backward to the next, and no zero_grad() empties them"
BY_CHANCE = 1e-3  # a smaller error is no factor of N
TIED = "{1} holds the very same {0}: the check gives each layer its own, but an update moves both at once"
MOVES = "its passes change the parameters (an update belongs after backward)"


def explained(found: Sequence[Measured], link: Link, layer: Guarded, recording: Recording) -> tuple[Measured, ...]:
    """What a layer gave by itself, with the cause of what is wrong where one is known."""
    moves = any(not measured.ok for measured in found) and moved(link, layer)
    return tuple(measured if measured.ok else _explained(measured, link, recording, moves) for measured in found)


def _explained(measured: Measured, link: Link, recording: Recording, moves: bool) -> Measured:
    q = measured.quantity
    if _adds_up(q, link, recording):
        return replace(measured, cause=ADDS_UP)
    if moves:
        return replace(measured, cause=MOVES)
    N = len(link.batch.get(f"{q.partition('.')[0]}.X", ()))
    return by_the_batch(measured, recording, link.expected[q], link.sizes[q], N)


def by_the_batch(measured: Measured, recording: Recording, expected: np.ndarray, size: float, N: int) -> Measured:
    """A gradient that is wrong by the factor N, or 1/N, with that as its cause."""
    q, found = measured.quantity, recording.trace.get(measured.quantity)
    if measured.cause or "gradient" not in q or not BY_CHANCE < measured.found.error < np.inf or N < 2:
        return measured
    for factor, which in ((N, f"{N} times too large"), (1 / N, f"{N} times too small")):
        if judged(q, Recording({q: np.asarray(found / factor)}), expected, size).ok:
            return replace(measured, cause=f"it is {which}, and {N} is the number of examples")
    return measured


def unreached(measured: Measured, recording: Recording, before: Trace) -> Measured:
    """A gradient that the network's own backward left in a layer: where it is none, or that of before, with why."""
    q = measured.quantity
    place = q.partition(".gradient.")[2].rpartition(".")[0]
    if measured.ok or not place or recording.reason(q) is not None:
        return measured
    if q in recording.trace and not (q in before and np.array_equal(recording.trace[q], before[q])):
        return measured
    return replace(measured, kind="numbers", cause=f"backward never reached {place}")


def _adds_up(quantity: str, link: Link, recording: Recording) -> bool:
    """Whether a gradient in evaluation is right once that of training, which was asked before, is taken off."""
    before, now = (recording.trace.get(name) for name in (quantity.replace("evaluation", "training"), quantity))
    if not quantity.startswith("evaluation.gradient.") or before is None or now is None or before.shape != now.shape:
        return False
    alone = Recording({quantity: np.asarray(now - before)})
    return judged(quantity, alone, link.expected[quantity], link.sizes[quantity]).ok


def moved(link: Link, layer: Guarded) -> bool:
    """Whether the layer's parameters are others than those that were put in."""
    try:
        now = layer.parameters() if link.parameters.held else {}
        return any(not np.array_equal(now[name], array) for name, array in link.parameters.of_candidate().items())
    except Exception:  # what is wrong with them is told where they are used
        return False


def ties(parts: Sequence[Part]) -> dict[str, tuple[str, ...]]:
    """Of a layer that holds an array of an earlier one: a note that says so, by the layer's name."""
    held = [_held(part) for part in parts]
    found: dict[str, tuple[str, ...]] = {}
    for i, part in enumerate(parts):
        for other, arrays in zip(parts[:i], held[:i], strict=True):
            same = [n for n, a in held[i].items() if any(np.may_share_memory(a, b) for b in arrays.values())]
            if same and not (other.thing is part.thing is not None):
                found.setdefault(part.name, (TIED.format(" and ".join(same), other.name),))
    return found


def _held(part: Part) -> Trace:
    try:
        return {name: a for name, a in part.subject.parameters().items() if isinstance(a, np.ndarray)}
    except Exception:  # it tells none
        return {}


def of_sharing(places: Sequence[Sequence[str]]) -> str:
    """One sentence about objects that stand in several places; '' where none does."""
    which = "; ".join(f"{' and '.join(names)} are one object" for names in places)
    return which and f"{which}: what it keeps of its last place is all that backward finds at the others"
