"""Max pooling first, and then what is written before it: ReLU, or batch norm and ReLU.

As written, each pixel is normalised, passes a ReLU or does not, and most are then dropped by the pooling. As computed
here, the largest of each window is found first and all else is done to that: under 2 x 2 windows to a quarter of the
numbers. Backward the ReLU comes first for the same reason: what it stops need not be spread over a window.

    relu         where some x > 0, relu keeps those as they are and makes no other as large: the same maximum is found
                 first, and relu lets its gradient through. Where none is, relu makes them all zero: the first of them
                 wins, and relu stops its gradient. NaN counts as x > 0: it wins and passes.
    batch norm   y = a D + c rises with D where a > 0, also as it is rounded, so the largest D has the largest y.
                 Backward, dy is 0 but for one pixel of a window: Σ dy and Σ dy D are sums over windows, with max D
                 for D, and of dx = a dy + of_D D + c the first term is added at one pixel of a window.

Every number, and what the layers save, is what they give in turn, to the bit (but for the sign of a zero, where the
first of a window's equal pixels is -0.0), with two exceptions behind a batch norm: its sums are added up in another
order, so dx is the same to rounding; and where two pixels of a window differ but their y is rounded to one number, the
larger wins, in place of the first. Two such numbers are rare. Where they are not, because a D is small beside c, and
where a channel's a is not above zero, the layers take their turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scratch_nn.activations import ReLU
from scratch_nn.batch_norm import BatchNorm
from scratch_nn.channels import Affine, channel_sums
from scratch_nn.masks import kept, passes_relu
from scratch_nn.parallel import by_examples
from scratch_nn.pool import Pool2D


@dataclass(frozen=True)
class MaxOfReLU:
    """The two layers in one, to be given some examples at a time as they are (by_examples.py)."""

    relu: ReLU
    pool: Pool2D

    @property
    def X_shape(self) -> tuple[int, ...]:
        return self.relu.X_shape

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        """Write to Y; save what the layers would have saved in turn."""
        self.relu.save_some(X, some)
        self.pool.forward_some(X, Y, some)
        self.relu_some(Y, some)

    def relu_some(self, Y: np.ndarray, some: slice) -> None:
        """From the maxima Y of some examples to their ReLU, in place."""
        first, winner, on = self.pool._first_taps, self.pool._winner[some], self.pool._positive[some]
        winner[...] = first + (winner - first) * on
        np.clip(Y, 0, np.inf, out=Y)

    def passed(self, dLdY: np.ndarray, some: slice, out: np.ndarray | None = None) -> np.ndarray:
        """What ReLU lets through of dLdY, the gradient by the maxima of some examples."""
        return kept(dLdY, self.pool._positive[some], out)

    def backward_some(self, dLdY: np.ndarray, dLdX: np.ndarray, some: slice) -> None:
        """Write to dLdX."""
        self.pool.backward_some(self.passed(dLdY, some), dLdX, some)


@dataclass(frozen=True)
class MaxOfNorm:
    """The three layers in one. In a chain it stands as a BatchNorm does: it comes first, and backward in two passes."""

    norm: BatchNorm
    then: MaxOfReLU

    def prepare_forward(self) -> bool:
        """Make ready to go forward, once the batch norm has begun. False where it cannot."""
        if not self.norm.rises or self.then.pool._over.has_border:
            return False
        self.then.relu._on = _MaskOfNorm(self.norm, np.empty(*self.then.pool._output))
        return True

    def prepare_backward(self) -> bool:
        """Make ready to go backward. False where it did not go forward, or did in evaluation: there an x may be
        infinite and x̂ dy NaN although dy is 0, which a sum over all pixels has and a sum over windows has not."""
        saved = self.then.relu._on
        if not isinstance(saved, _MaskOfNorm) or saved.norm is not self.norm or not self.norm._training:
            return False
        saved.of_maxima = np.empty_like(saved.maxima)
        return True

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        """Write to Y; save what the layers would have saved in turn. The batch norm's D stands for X."""
        maxima, pool = self.then.relu._on.maxima[some], self.then.pool
        pool._first_maximum(self.norm._D[some], maxima, pool._winner[some])
        self.norm.normalise(maxima, out=Y)
        pool._positive[some] = passes_relu(Y)
        self.then.relu_some(Y, some)

    def sums_of(self, dLdY: np.ndarray, some: slice) -> np.ndarray:
        """The batch norm's, over windows. Keeps what ReLU lets through of dLdY, for `end_backward`."""
        saved = self.then.relu._on
        return channel_sums(self.then.passed(dLdY, some, out=saved.of_maxima[some]), saved.maxima[some])

    def end_backward(self, sums: Sequence[np.ndarray]) -> np.ndarray:
        """dLdX, from the sums over all the examples."""
        D, dtype, saved = self.norm._D, self.norm._D.dtype, self.then.relu._on
        c, slope, of_D = self.norm.end_sums(*sum(sums), dtype)
        everywhere, of_winners = Affine(c, of_D, dtype=dtype), Affine(None, slope, dtype=dtype)
        dLdX = np.empty(D.shape, dtype)

        def back(some: slice) -> None:
            everywhere(D[some], out=dLdX[some])
            of_maxima = saved.of_maxima[some]
            of_winners(of_maxima, out=of_maxima)
            self.then.pool.add_to_winners(of_maxima, dLdX[some], some)

        by_examples(back, dLdX)
        saved.of_maxima = None
        return dLdX


@dataclass
class _MaskOfNorm:
    """Stands in for ReLU's mask: worked out from the batch norm's D where ReLU's own backward asks for it.

    maxima: the largest D of each window. of_maxima: during backward, what ReLU lets through of their gradient.
    """

    norm: BatchNorm
    maxima: np.ndarray
    of_maxima: np.ndarray | None = None

    def __getitem__(self, some: slice) -> np.ndarray:
        D = self.norm._D[some]
        Y = np.empty(D.shape, D.dtype)
        self.norm.normalise(D, out=Y)
        return passes_relu(Y)
