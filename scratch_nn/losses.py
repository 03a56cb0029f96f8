"""Losses: one number for a batch, the mean over its examples, and its gradient by the network's output.

Letters: N batch, C classes; Y the targets, Y_hat (ŷ) the network's output, both (N, C); p probabilities, z logits.
    CrossEntropy         L = -1/N Σ_n Σ_c y log ŷ           dL/dŷ = -y / (N ŷ)            ŷ = p, rows that sum to 1
    SoftmaxCrossEntropy  L = -1/N Σ_n Σ_c y log softmax(z)  dL/dz = (p Σ_c y - y) / N     ŷ = z, p = softmax(z)
    L2                   L = mean over all elements of (ŷ - y)²   dL/dŷ = 2 (ŷ - y) / numel

p - y arises only through the softmax: CrossEntropy returns the gradient by p, and a SoftMax layer before it supplies
the Jacobian; SoftmaxCrossEntropy holds both and wants logits. Never both at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from scratch_nn.errors import complaint, require_floats


class Loss(ABC):
    """A function of targets and outputs. Stateless: backward takes what forward took.

    Raises TypeError for Y_hat that is no float32 or float64 array, ValueError for Y of another shape.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    @abstractmethod
    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        """The loss of outputs Y_hat for targets Y."""

    @abstractmethod
    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        """dL/dY_hat, of Y_hat's shape and type."""

    def _checked(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        """Y in Y_hat's type. Raises unless both have one shape: (N, 1) against (N,) would broadcast to (N, N)."""
        who = type(self).__name__
        require_floats(who, "Y_hat", Y_hat)
        if not isinstance(Y, np.ndarray) or Y.shape != Y_hat.shape or Y_hat.size == 0:
            got = f"shape {Y.shape}" if isinstance(Y, np.ndarray) else type(Y).__name__
            raise ValueError(complaint(who, f"Y of Y_hat's shape {Y_hat.shape}, not empty", got, self._cure(Y)))
        return Y.astype(Y_hat.dtype, copy=False)

    def _cure(self, Y: np.ndarray) -> str:
        """Of targets that have not the output's shape."""
        return "One row an example, and a number for each of the output's."


class _ClassLoss(Loss):
    """A loss over classes: (N, C) only."""

    def _cure(self, Y: np.ndarray) -> str:
        return "Class numbers? Use one_hot(labels, n_classes)." if np.ndim(Y) == 1 else "One row an example."

    def _checked(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        Y = super()._checked(Y, Y_hat)
        if Y_hat.ndim != 2:
            cure = "One row an example, one column a class."
            raise ValueError(complaint(type(self).__name__, "Y and Y_hat of shape (N, C)", str(Y_hat.shape), cure))
        return Y


class CrossEntropy(_ClassLoss):
    """Cross-entropy of probabilities. torch.nn.NLLLoss()(torch.log(p), labels).

    A probability of 0 for the true class gives inf, and gradient -inf, as in PyTorch: nothing is clipped. Where y
    is 0 the term is 0 whatever p (the limit of y log p), and so is the gradient; PyTorch's is NaN where p is exactly 0.
    """

    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        Y = self._checked(Y, Y_hat)
        with np.errstate(divide="ignore"):  # log(0) = -inf is the answer, not an accident
            terms = np.where(Y != 0, Y * np.log(np.where(Y != 0, Y_hat, 1)), 0)
        return float(-terms.sum() / len(Y))

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        Y = self._checked(Y, Y_hat)
        with np.errstate(divide="ignore", over="ignore"):
            return -Y / np.where(Y != 0, Y_hat, 1) / len(Y)


class SoftmaxCrossEntropy(_ClassLoss):
    """Cross-entropy of softmax(logits). torch.nn.CrossEntropyLoss(). The course notes' CategoricalCrossEntropy.

    log softmax(z) = (z - max z) - log Σ exp(z - max z): no overflow, no log(0). Where y is 0 the term is 0, also for a
    logit of -inf, a class that is ruled out: as in PyTorch with labels (with probabilities it gives NaN there).
    """

    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        Y = self._checked(Y, Y_hat)
        with np.errstate(over="ignore", invalid="ignore"):  # 3e38 - (-3e38) and inf - inf: p is 0, and NaN
            Z = Y_hat - Y_hat.max(axis=1, keepdims=True)
        log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
        log_p[Y == 0] = 0
        return float(-(Y * log_p).sum() / len(Y))

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        Y = self._checked(Y, Y_hat)
        with np.errstate(over="ignore", invalid="ignore"):
            e = np.exp(Y_hat - Y_hat.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return (p * Y.sum(axis=1, keepdims=True) - Y) / len(Y)  # Σ_c y is 1 for one-hot rows


class L2(Loss):
    """Mean squared error over *all* elements, no factor 1/2. torch.nn.MSELoss(). Any shape."""

    def forward(self, Y: np.ndarray, Y_hat: np.ndarray) -> float:
        Y = self._checked(Y, Y_hat)
        return float(((Y_hat - Y) ** 2).mean())

    def backward(self, Y: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
        Y = self._checked(Y, Y_hat)
        return 2 * (Y_hat - Y) / Y_hat.size
