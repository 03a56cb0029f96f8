"""Mistakes of flattening: the order in which an image's numbers stand in its row. Ours is (h, w, c)."""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step

TORCH_ORDER = "channels-first libraries, PyTorch's own layout (told in ours, the order is (h, w, c))"


class Flattening(PlainLayer):
    Y = step(lambda s: s.X.reshape(s.N, -1))
    dX = step(lambda s: s.dY.reshape(s.X.shape))


def rows(X: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """Raises ValueError unless X has as many axes."""
    return X.transpose(order).reshape(len(X), -1)


def images(dY: np.ndarray, shape: tuple[int, ...], order: tuple[int, ...]) -> np.ndarray:
    """The inverse of `rows`."""
    return dY.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))


MISTAKES = {"Flatten": (
    mistake(Flattening, "flatten_channels_first", "the features stand in the order (c, h, w), not (h, w, c)",
            convention=TORCH_ORDER,
            Y=lambda s: rows(s.X, (0, 3, 1, 2)), dX=lambda s: images(s.dY, s.X.shape, (0, 3, 1, 2))),
    mistake(Flattening, "flatten_channels_first_forward", "forward puts the features in the order (c, h, w)",
            Y=lambda s: rows(s.X, (0, 3, 1, 2))),
    mistake(Flattening, "flatten_channels_first_backward", "backward takes the features in the order (c, h, w)",
            dX=lambda s: images(s.dY, s.X.shape, (0, 3, 1, 2))),
    mistake(Flattening, "flatten_read_as_channels_first", "dX is read as (N, C, H, W) and then turned to NHWC",
            dX=lambda s: s.dY.reshape(s.N, s.X.shape[3], *s.X.shape[1:3]).transpose(0, 2, 3, 1)),
    mistake(Flattening, "flatten_columns_first", "the features stand in column order, Fortran's",
            Y=lambda s: s.X.reshape(s.N, -1, order="F"), dX=lambda s: s.dY.reshape(s.X.shape, order="F")),
)}  # fmt: skip
