"""Arrays as pictures: PNGs of one pixel an element, enlarged by the browser, embedded as text.

    grey        0 to 1, an image
    signed      purple below 0, white at 0, orange above: an output or a gradient
    difference  |ours - PyTorch| on a log scale, dark where they agree

All three maps are told apart without colour vision: they are ordered by lightness, or by the two sides of white.
"""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass

import numpy as np

LEAST, MOST_LOG = 1e-17, 1.0  # the ends of the log scale
MOST_SIDE = 400  # pixels: a larger array is cut, and its caption says so
GAP = 1


@dataclass(frozen=True)
class Pixels:
    """uri: a PNG as data:...; width, height: in elements."""

    uri: str
    width: int
    height: int


def grey(array: np.ndarray) -> Pixels:
    return _png(_coloured("gray", np.clip(array, 0, 1)))


def signed(array: np.ndarray) -> Pixels:
    finite = np.abs(array[np.isfinite(array)])
    largest = float(finite.max(initial=0)) or 1.0
    return _png(_coloured("PuOr_r", 0.5 + array / (2 * largest)))


def difference(array: np.ndarray) -> Pixels:
    """`array`: absolute differences, as fractions of the scale; NaN stands between the tiles of a montage."""
    with np.errstate(divide="ignore"):
        logs = np.log10(np.clip(array, LEAST, MOST_LOG))
    return _png(_coloured("cividis", (logs - math.log10(LEAST)) / -math.log10(LEAST)))


def _coloured(name: str, shares: np.ndarray) -> np.ndarray:
    from matplotlib import colormaps

    pixels = (colormaps[name](np.nan_to_num(shares, nan=0.0, posinf=1.0, neginf=0.0)) * 255).astype(np.uint8)
    pixels[~np.isfinite(shares)] = (128, 128, 128, 60)
    return pixels


def _png(pixels: np.ndarray) -> Pixels:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").quantize(64).save(file, "PNG", optimize=True)
    uri = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return Pixels(uri, pixels.shape[1], pixels.shape[0])


def montage(array: np.ndarray) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A 2-D array of all elements, NaN between tiles; and (tiles down, tiles across, tile height, tile width).

    Images (N, H, W, C) are one tile each, examples down, channels across; what has two axes is one tile.
    """
    if array.ndim == 4:
        tiles = array.transpose(0, 3, 1, 2)
    else:
        tiles = array.reshape(1, 1, *((1, -1) if array.ndim < 2 else (-1, array.shape[-1])))
    down, across, height, width = tiles.shape
    whole = np.full((down * (height + GAP) - GAP, across * (width + GAP) - GAP), np.nan)
    for i in range(down):
        for j in range(across):
            whole[i * (height + GAP) :, j * (width + GAP) :][:height, :width] = tiles[i, j]
    return whole, tiles.shape


def spot(array: np.ndarray, index: tuple[int, ...]) -> tuple[int, int]:
    """(row, column) of an element in the montage."""
    if array.ndim == 4:
        n, y, x, c = index
        return n * (array.shape[1] + GAP) + y, c * (array.shape[2] + GAP) + x
    if array.ndim < 2:
        return 0, index[0] if index else 0
    return int(np.ravel_multi_index(index[:-1], array.shape[:-1])), index[-1]
