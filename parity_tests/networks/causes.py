"""Why something is wrong, where that shows beside the numbers: gradients that add up, parameters that have moved, one
object in two places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parity_tests.networks.guard import Guarded
from parity_tests.networks.judge import Measured, judged
from parity_tests.networks.link import Link
from parity_tests.recording import Recording

ADDS_UP = "gradients add up from one backward to the next, and no zero_grad() empties them"
MOVES = "its passes change the parameters (an update belongs after backward)"


def explained(found: Sequence[Measured], link: Link, layer: Guarded, recording: Recording) -> tuple[Measured, ...]:
    """What a layer gave by itself, with the cause of what is wrong where one is known."""
    moves = any(not measured.ok for measured in found) and moved(link, layer)
    return tuple(measured if measured.ok else _explained(measured, link, recording, moves) for measured in found)


def _explained(measured: Measured, link: Link, recording: Recording, moves: bool) -> Measured:
    if _adds_up(measured.quantity, link, recording):
        return replace(measured, cause=ADDS_UP)
    return replace(measured, cause=MOVES) if moves else measured


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


def of_sharing(places: Sequence[Sequence[str]]) -> str:
    """One sentence about objects that stand in several places; '' where none does."""
    which = "; ".join(f"{' and '.join(names)} are one object" for names in places)
    return which and f"{which}: what it keeps of its last place is all that backward finds at the others"
