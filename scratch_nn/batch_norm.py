"""Batch normalisation: each channel to mean 0 and variance 1 over the batch, then scaled and shifted.

Letters: X (N, D) or (N, H, W, C); one mean and variance per channel (the last axis) over the other axes, m numbers
each; γ gamma, β beta, each (1, C); ε eps.
    training     μ = mean(x), v = mean((x - μ)²), s = 1 / sqrt(v + ε), x̂ = s (x - μ), y = γ x̂ + β
    evaluation   the same with the running mean and variance in place of μ and v
    backward     dγ = Σ dy x̂, dβ = Σ dy
                 training     dx = γ s (dy - mean(dy) - x̂ mean(dy x̂)), for μ and v depend on x too
                 evaluation   dx = γ s dy

All of it is worked out from D = x - near, near being a number close to μ (the mean of some of the x): small numbers
without their large common part, so that no digits cancel, and one pass over x gives both sums. (Where in
training no mean is larger than the deviation, no part is large: near is 0 and D is x itself. Where the sample misled,
and D still has a large mean, that is taken off as well.) With rest = μ - near,
    rest = mean(D),  v = mean(D²) - rest²,  x̂ = s (D - rest),  y = γ s D + (β - γ s rest),  dγ = s (Σ dy D - rest Σ dy)

Where PyTorch decides: the variance that normalises is the biased one (divided by m), the one kept in running_var
the unbiased one (divided by m - 1); `momentum` weighs the *new* value, running = 0.9 running + 0.1 batch
(TensorFlow means the opposite); momentum None is the plain average of all batches. Source: Ioffe and Szegedy 2015.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scratch_nn.channels import Affine, Row, affine, centred, centred_sums, channel_sums, sample_moments
from scratch_nn.errors import complaint, plain_float, require_floats, unchanged_if_refused
from scratch_nn.layer import Layer
from scratch_nn.parallel import by_examples

DISTINCT = 1e-3  # the deviation of y, as a multiple of the number that it lies around


class BatchNorm(Layer):
    """torch.nn.BatchNorm1d for (N, D) and torch.nn.BatchNorm2d for (N, H, W, C).

    parameters: gamma (ones), beta (zeros). state: running_mean (zeros), running_var (ones), num_batches_tracked.
    Raises ValueError for a negative eps (PyTorch in training for 0 too), and in training if a channel has one value
    only: its variance says nothing.
    The running statistics have the parameters' type.
    """

    def __init__(self, *, eps: float = 1e-5, momentum: float | None = 0.1) -> None:
        super().__init__()
        self.eps = plain_float("BatchNorm", "eps", eps)
        self.momentum = None if momentum is None else plain_float("BatchNorm", "momentum", momentum)
        if not self.eps >= 0:
            cure = "It keeps a channel without variance from a division by 0; PyTorch's is 1e-5."
            raise ValueError(complaint("BatchNorm", "eps of at least 0", repr(eps), cure))

    def __repr__(self) -> str:
        return f"BatchNorm(eps={self.eps}, momentum={self.momentum})"

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        C = self._built_shapes["gamma"][1] if self._built_shapes else None
        if len(input_shape) not in (1, 3) or C not in (None, input_shape[-1]):
            first = C in input_shape[:1]
            cure = "Channels first? Use X.transpose(0, 2, 3, 1)." if first else "Channels go on the last axis."
            raise self._wrong_input(f"(N, {C or 'D'}) or (N, H, W, {C or 'C'})", input_shape, cure)
        return input_shape

    def create(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        row = (1, input_shape[-1])
        self.parameters = {"gamma": np.ones(row), "beta": np.zeros(row)}
        self.state = {"running_mean": np.zeros(row), "running_var": np.ones(row), "num_batches_tracked": np.array(0)}

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.begin_forward(X, training=training)
        Y = np.empty(X.shape, X.dtype)
        by_examples(lambda some: self.forward_some(X[some], Y[some], some), X)
        return Y

    def begin_forward(self, X: np.ndarray, *, training: bool, D: np.ndarray | None = None) -> None:
        """What concerns all examples: the statistics, and D. It is X itself where nothing is taken off; otherwise it is
        written to `D`, or to a new array without one."""
        with unchanged_if_refused(self):
            self._enter(X)
            self._check_values(X, training)
        gamma, beta = self._weights("gamma", "beta", dtype=X.dtype)
        self._training, self._D = training, X
        variance = self._of_batch(X, D) if training else self._of_running(X, D)
        self._s = 1 / np.sqrt(variance + self.eps)
        self._slope = gamma * self._s
        shift = beta - self._slope * self._rest
        self.normalise = Affine(shift, self._slope, dtype=X.dtype)  # of some D
        deviation = np.abs(self._slope) * np.sqrt(variance)  # of y
        self._distinct = bool(np.all((deviation >= DISTINCT * np.abs(shift)) | (deviation == 0)))

    def _of_batch(self, X: np.ndarray, D: np.ndarray | None) -> np.ndarray:
        """D and rest for training; returns the biased variance, and has the running statistics take their share."""
        near, row = 0, None
        about, spread = sample_moments(X)
        if not np.all(about**2 <= spread):
            near, row = self._take_off(about, D)
        self._rest, variance = self._moments(X, row)
        if np.any(self._rest**2 > 2 * variance):  # an outlier in the sample made it look wider than the whole is
            before, (more, row) = self._D, self._take_off(self._rest, D)
            near, (self._rest, variance) = near + more, self._moments(before, row)
        variance, m = np.maximum(variance, 0), X.size // X.shape[-1]
        self._keep(near + self._rest, variance, m)
        return variance  # the biased one normalises

    def _of_running(self, X: np.ndarray, D: np.ndarray | None) -> np.ndarray:
        """D and rest for evaluation; returns the running variance."""
        mean, variance = (np.ravel(self.state[key]) for key in ("running_mean", "running_var"))
        near = 0
        if not np.all(mean == 0):
            near, row = self._take_off(mean, D)
            by_examples(lambda some: centred(X[some], row, self._D[some]), X)
        self._rest = mean - near
        return variance

    def _check_values(self, X: np.ndarray, training: bool) -> None:
        """That statistics can be taken of X, and be kept."""
        for key in ("running_mean", "running_var"):
            require_floats(self.name, f"state[{key!r}]", self.state[key])
        if training and X.size == X.shape[-1]:
            cure = "Use a larger batch, or training=False."
            expected = "more than one value per channel in training"
            raise ValueError(complaint(self.name, expected, f"X of shape {X.shape}", cure))

    def _take_off(self, about: np.ndarray, D: np.ndarray | None) -> tuple[np.ndarray, Row]:
        """Make room for a D without `about`, to be filled by the caller. Returns `about` as it is in D's type, 0 where
        it is not finite, and the Row of it."""
        part = np.where(np.isfinite(about), about, 0).astype(self._D.dtype)
        self._D = np.empty(self._D.shape, self._D.dtype) if D is None else D
        return part.astype(np.float64), Row(part, part.dtype)

    def _moments(self, A: np.ndarray, row: Row | None) -> tuple[np.ndarray, np.ndarray]:
        """Write A less the row to D; the mean of D in each channel, and its biased variance."""
        total, squares = sum(by_examples(lambda some: centred_sums(A[some], row, self._D[some]), A))
        m = A.size // A.shape[-1]
        rest = total / m
        return rest, squares / m - rest**2

    @property
    def rises(self) -> bool:
        """Whether y is the larger the larger x is, in every channel, and not so close to one number that rounding makes
        most of it equal."""
        return self._distinct and bool(np.all(self._slope.astype(self._D.dtype) > 0))

    def forward_some(self, X: np.ndarray, Y: np.ndarray, some: slice) -> None:
        """Write the Y of some examples; their D stands for X."""
        self.normalise(self._D[some], out=Y)

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return self.end_backward(dLdY, by_examples(lambda some: self.sums_of(dLdY[some], some), dLdY))

    def sums_of(self, dLdY: np.ndarray, some: slice) -> np.ndarray:
        """Σ dy and Σ dy D over some examples: they remove every axis but the channels."""
        return channel_sums(dLdY, self._D[some])

    def end_backward(self, dLdY: np.ndarray, sums: Sequence[np.ndarray], out: np.ndarray | None = None) -> np.ndarray:
        """dLdX, from the sums over all the examples, some at a time; stores dγ and dβ. `out` may be dLdY itself."""
        dbeta, dot = sum(sums)
        c, slope, of_D = self.end_sums(dbeta, dot, dLdY.dtype)
        through_D = [(of_D, self._D)] if self._training else []
        return affine(c, (slope, dLdY), *through_D, out=out)

    def end_sums(self, dbeta: np.ndarray, dot: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, ...]:
        """Store dγ and dβ, from Σ dy and Σ dy D; give the c, slope and of_D of dx = c + slope dy + of_D D."""
        dgamma = self._s * (dot - self._rest * dbeta)
        for key, gradient in (("gamma", dgamma), ("beta", dbeta)):
            self.gradients[key] = gradient.astype(dtype).reshape(self.parameters[key].shape)
        slope, m = self._slope, self._D.size // self._D.shape[-1]
        if not self._training:
            return 0 * slope, slope, 0 * slope
        of_D = -slope * self._s * dgamma / m  # what flows back through the variance, and beside it through the mean
        return -slope * dbeta / m - of_D * self._rest, slope, of_D

    def _keep(self, mean: np.ndarray, variance: np.ndarray, m: int) -> None:
        """The running statistics take their share of a batch's, of m numbers a channel."""
        self.state["num_batches_tracked"] = np.asarray(self.state["num_batches_tracked"] + 1)  # an array, no scalar
        share = 1 / int(self.state["num_batches_tracked"]) if self.momentum is None else self.momentum
        for key, batch in (("running_mean", mean), ("running_var", variance * m / (m - 1))):
            old = self.state[key]
            self.state[key] = ((1 - share) * old + share * batch.reshape(old.shape)).astype(old.dtype)
