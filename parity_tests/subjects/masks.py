"""Dropout masks, replayed: so that a NumPy dropout drops what PyTorch's dropped."""

from __future__ import annotations

import numpy as np


class ReplayedMask:
    """Stands where a Dropout expects its random generator and makes it keep exactly what a mask keeps.

    Dropout keeps where random() >= p; so 1 where the mask keeps and 0 where it drops (p = 0 keeps both). One forward
    draws once: whoever draws again, in backward, gets the opposite.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.mask, self._drawn = mask, False

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        if self.mask.shape != tuple(shape):
            raise ValueError(f"ReplayedMask: the mask has shape {self.mask.shape}, the layer asks for {shape}")
        kept, self._drawn = self.mask != self._drawn, True
        return kept.astype(np.float64)
