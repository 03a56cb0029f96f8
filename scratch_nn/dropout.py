"""Dropout: in training each number is kept with probability 1 - p and scaled up, in evaluation nothing happens.

Letters: p the probability of *dropping*; M the mask, 1 / (1 - p) where kept and 0 where dropped, one draw an element.
    training     Y = X M            dLdX = dLdY M      (the same mask)
    evaluation   Y = X              dLdX = dLdY

The factor 1 / (1 - p) keeps the expected value; with p = 1 everything is dropped. Source: Srivastava et al. 2014,
in PyTorch's "inverted" form, which needs nothing in evaluation.
"""

from __future__ import annotations

import numpy as np

from scratch_nn.errors import complaint, plain_float
from scratch_nn.layer import Layer


class Dropout(Layer):
    """torch.nn.Dropout(p), with the random numbers of NumPy instead of PyTorch's.

    rng: where the masks come from (anything with `random(shape)`, uniform on [0, 1)); without it, the generator
    that the last `build` is given, so that a network's seed covers it. One that is set by hand stays.
    Raises ValueError unless 0 <= p <= 1.
    """

    def __init__(self, p: float, *, rng: np.random.Generator | None = None) -> None:
        super().__init__()
        p = plain_float("Dropout", "p", p)
        if not 0 <= p <= 1:
            cure = "p is the probability of dropping, not of keeping."
            raise ValueError(complaint("Dropout", "p between 0 and 1", repr(p), cure))
        if rng is not None and not callable(getattr(rng, "random", None)):
            cure = "Use np.random.default_rng(seed)."
            raise TypeError(complaint("Dropout", "rng with a method random(shape)", repr(rng), cure))
        self.p, self.rng = p, rng
        self._rng_of_build: np.random.Generator | None = None

    def __repr__(self) -> str:
        return f"Dropout({self.p})"

    def create(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        if self.rng is None or self.rng is self._rng_of_build:
            self.rng = self._rng_of_build = rng

    def forward(self, X: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._enter(X)
        self._mask = self._draw(X.shape, X.dtype) if training else None
        return X if self._mask is None else X * self._mask

    def backward(self, dLdY: np.ndarray) -> np.ndarray:
        self._enter_backward(dLdY)
        return dLdY if self._mask is None else dLdY * self._mask

    def _draw(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        kept = self.rng.random(shape) >= self.p
        return kept.astype(dtype) / (1 - self.p if self.p < 1 else 1)
