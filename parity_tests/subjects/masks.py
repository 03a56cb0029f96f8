"""Dropout masks, replayed: so that a NumPy dropout drops what PyTorch's dropped."""

from __future__ import annotations

import numpy as np


class ReplayedMask:
    """Stands where a Dropout expects its random generator and makes it keep exactly what a mask keeps.

    Dropout keeps where random() >= p; so 1 where the mask keeps and 0 where it drops (p = 0 keeps both).
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        if self.mask.shape != tuple(shape):
            raise ValueError(f"ReplayedMask: the mask has shape {self.mask.shape}, the layer asks for {shape}")
        return self.mask.astype(np.float64)
