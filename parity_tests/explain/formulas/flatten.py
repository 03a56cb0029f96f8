"""Mistakes of flattening: the order in which an image's numbers stand in its row. Ours is (h, w, c)."""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step

TORCH_ORDER = "channels-first libraries, PyTorch's own layout (told in ours, the order is (h, w, c))"


class Flattening(PlainLayer):
    Y = step(lambda s: s.X.reshape(s.N, -1))
    dX = step(lambda s: s.dY.reshape(s.X.shape))


def rows(X: np.ndarray) -> np.ndarray:
    """Channels first, then flattened."""
    return np.moveaxis(X, -1, 1).reshape(len(X), -1)


def images(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The inverse of `rows`."""
    N, *sizes, C = shape
    return np.moveaxis(dY.reshape(N, C, *sizes), 1, -1) if sizes else dY


def misread(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Rows of (h, w, c), turned as if the image that they make were channels first. For images alone."""
    N, H, W, C = shape
    return dY.reshape(N, H, W, C).transpose(0, 3, 1, 2).reshape(shape)


MISTAKES = {"Flatten": (
    mistake(Flattening, "flatten_channels_first", "the features stand in the order (c, h, w), not (h, w, c)",
            convention=TORCH_ORDER, Y=lambda s: rows(s.X), dX=lambda s: images(s.dY, s.X.shape)),
    mistake(Flattening, "flatten_channels_first_forward", "forward puts the features in the order (c, h, w)",
            Y=lambda s: rows(s.X)),
    mistake(Flattening, "flatten_channels_first_backward", "backward takes the features in the order (c, h, w)",
            dX=lambda s: images(s.dY, s.X.shape)),
    mistake(Flattening, "flatten_misread", "dX is turned to channels first but keeps the shape of X",
            dX=lambda s: misread(s.dY, s.X.shape)),
    mistake(Flattening, "flatten_columns_first", "the features stand in column order, Fortran's",
            Y=lambda s: s.X.reshape(s.N, -1, order="F"), dX=lambda s: s.dY.reshape(s.X.shape, order="F")),
    mistake(Flattening, "flatten_columns_first_forward", "forward puts the features in column order, Fortran's",
            Y=lambda s: s.X.reshape(s.N, -1, order="F")),
    mistake(Flattening, "flatten_columns_first_backward", "backward takes the features in column order, Fortran's",
            dX=lambda s: s.dY.reshape(s.X.shape, order="F")),
)}  # fmt: skip
