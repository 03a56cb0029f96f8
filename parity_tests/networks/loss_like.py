"""The loss of a network like scratch_nn's: forward(Y, Y_hat) and backward(Y, Y_hat).

The other order, PyTorch's, is told by the names of the arguments; a backward without arguments is given none. What is
not returned may be left where passes.py looks for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.networks.candidate import LossPart, kind_among
from parity_tests.networks.methods import outcome, positions
from parity_tests.pair import NotOffered
from parity_tests.subjects.stranger import calls
from parity_tests.subjects.stranger.targets import target_first

LOSSES = ("SoftmaxCrossEntropy", "CrossEntropy", "L2")


def loss_part(loss) -> LossPart:
    kind = kind_among(loss, LOSSES) or type(loss).__name__
    try:
        return LossPart(kind, LossLike(loss))
    except NotOffered as reason:
        return LossPart(kind, None, not_offered=str(reason))


class LossLike:
    """The subject of a loss. Raises NotOffered where nothing tells which argument is the target."""

    def __init__(self, loss) -> None:
        self.loss = loss
        self._reversed = {way: _is_reversed(getattr(loss, way, None)) for way in ("forward", "backward")}

    def value(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        return self.loss.forward(*self._in_order("forward", Y, Y_hat))

    def gradient(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        asks = calls.parameters(self.loss.backward)
        return outcome(
            self.loss, "backward", self.loss.backward(*(self._in_order("backward", Y, Y_hat) if asks else ()))
        )

    def _in_order(self, way: str, Y: np.ndarray, Y_hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (Y_hat, Y) if self._reversed[way] else (Y, Y_hat)


def _is_reversed(method: Callable | None) -> bool:
    return method is not None and positions(method) >= 2 and not target_first(method)
