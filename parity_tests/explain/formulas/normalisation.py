"""Batch normalisation, plainly. Letters: m numbers a channel; μ, v mean and variance that normalise; x̂ normalised.

s = 1 / sqrt(v + eps)     x̂ = s (X - μ)     Y = gamma x̂ + beta     dgamma = Σ dY x̂     dbeta = Σ dY
training     dX = gamma s (dY - mean(dY) - x̂ mean(dY x̂))            evaluation   dX = gamma s dY
running      new = (1 - momentum) old + momentum (batch mean, or variance with m - 1)
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, step
from parity_tests.trace import Trace

KEYS = ("running_mean", "running_var", "num_batches_tracked")


class Normalisation(PlainLayer):
    quantities: ClassVar[dict[str, str]] = {
        "output": "Y",
        "input_gradient": "dX",
        "gradient.gamma": "dgamma",
        "gradient.beta": "dbeta",
    }
    gamma = step(lambda s: s.parameters["gamma"])
    beta = step(lambda s: s.parameters["beta"])
    axes = step(lambda s: tuple(range(s.X.ndim - 1)))
    m = step(lambda s: s.X.size // s.X.shape[-1])
    eps = step(lambda s: s.case.get("eps", 1e-5))
    batch_mean = step(lambda s: s.mean(s.X))
    batch_var = step(lambda s: s.mean((s.X - s.batch_mean) ** 2))
    by_batch = step(lambda s: s.training)
    mu = step(lambda s: s.batch_mean if s.by_batch else s.state["running_mean"])
    v = step(lambda s: s.batch_var if s.by_batch else s.state["running_var"])
    s = step(lambda s: 1 / np.sqrt(s.v + s.eps))
    x_hat = step(lambda s: s.s * (s.X - s.mu))
    Y = step(lambda s: s.gamma * s.x_hat + s.beta)
    dgamma = step(lambda s: s.sum(s.dY * s.x_hat))
    dbeta = step(lambda s: s.sum(s.dY))
    slope = step(lambda s: s.gamma * s.s)
    through_mean = step(lambda s: s.mean(s.dY))
    through_var = step(lambda s: s.x_hat * s.mean(s.dY * s.x_hat))
    flows = step(lambda s: s.by_batch)
    dX = step(lambda s: s.slope * (s.dY - (s.through_mean + s.through_var if s.flows else 0)))
    kept_mean = step(lambda s: s.batch_mean)
    kept_var = step(lambda s: s.batch_var * s.m / (s.m - 1))
    old = step(lambda s: s.state)
    counted = step(lambda s: s.old["num_batches_tracked"] + 1)
    momentum = step(lambda s: s.case.get("momentum", 0.1))
    share = step(lambda s: 1 / s.counted if s.momentum is None else s.momentum)
    shares = step(lambda s: (s.share, s.share))  # of the batch's mean and of its variance
    decays = step(lambda s: tuple(1 - share for share in s.shares))

    def mean(self, A: np.ndarray) -> np.ndarray:
        return A.mean(axis=self.axes).reshape(1, -1)

    def sum(self, A: np.ndarray) -> np.ndarray:
        return A.sum(axis=self.axes).reshape(1, -1)

    @property
    def state_after(self) -> Trace:
        if not self.training:
            return self.state
        old, kept = self.old, (self.kept_mean, self.kept_var)
        moved = {
            key: decay * old[key] + share * new
            for key, new, share, decay in zip(KEYS[:2], kept, self.shares, self.decays, strict=True)
        }
        return moved | {KEYS[2]: self.counted}
