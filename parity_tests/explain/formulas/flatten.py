"""Mistakes of flattening: the order in which an image's numbers stand in its row.

Ours is (h, w, c), of images (n, h, w, c); that of a module whose images are (n, c, h, w) is (c, h, w), as PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step
from parity_tests.explain.hypothesis import Hypothesis

Order = tuple[Callable, Callable]  # images to rows; rows, and the images' shape, to images
TORCH_ORDER = "channels-first libraries, PyTorch's own layout (told in ours, the order is (h, w, c))"


class Flattening(PlainLayer):
    Y = step(lambda s: s.X.reshape(s.N, -1))
    dX = step(lambda s: s.dY.reshape(s.X.shape))


def to_channels_first(X: np.ndarray) -> np.ndarray:
    """Images (n, h, w, c) to (n, c, h, w). Only images have another layout."""
    return np.moveaxis(X, -1, 1) if X.ndim == 4 else X


def to_channels_last(X: np.ndarray) -> np.ndarray:
    return np.moveaxis(X, 1, -1) if X.ndim == 4 else X


def permuted(layout: str, order: str) -> Order:
    """The axes of images (n, *layout) in another order. Raises ValueError for what is no image."""
    axes = (0, *(1 + layout.index(letter) for letter in order))

    def image_of(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return rows.reshape([shape[axis] for axis in axes]).transpose(np.argsort(axes))

    return lambda X: X.transpose(axes).reshape(len(X), -1), image_of


def rows_channels_first(X: np.ndarray) -> np.ndarray:
    return np.moveaxis(X, -1, 1).reshape(len(X), -1)


def images_channels_first(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    N, *sizes, C = shape
    return np.moveaxis(rows.reshape(N, C, *sizes), 1, -1) if sizes else rows


CHANNELS_FIRST: Order = (rows_channels_first, images_channels_first)  # of anything with channels, (n, ..., c)
IN_COLUMNS: Order = (lambda X: X.reshape(len(X), -1, order="F"), lambda rows, shape: rows.reshape(shape, order="F"))
BATCH_LAST: Order = (lambda X: X.reshape(-1, len(X)).T, lambda rows, shape: rows.T.reshape(shape))


def orders(layout: str) -> Iterator[tuple[str, str, Order]]:
    """The wrong orders of images in that layout: a name, what is said of it, and the order."""
    right = ", ".join(layout)
    exchanged = layout.replace("hw", "wh")
    yield f"{exchanged}_of_{layout}", "an order with height and width exchanged", permuted(layout, exchanged)
    for order in sorted({"hwc", "whc", "cwh", "hcw", "wch"} - {layout, exchanged}):  # chw of hwc is CHANNELS_FIRST
        says = f"the order ({', '.join(order)}), not ({right})"
        yield f"{order}_of_{layout}", says, permuted(layout, order)
    yield f"columns_of_{layout}", f"column order, Fortran's, not ({right})", IN_COLUMNS
    yield f"batch_last_of_{layout}", f"rows of N numbers, as if the batch were the last axis, not ({right})", BATCH_LAST


def ways(name: str, says: str, order: Order, convention: str = "") -> Iterator[Hypothesis]:
    """A wrong order of ours in both directions, and in one of them."""
    steps = {"Y": lambda s: order[0](s.X), "dX": lambda s: order[1](s.dY, s.X.shape)}
    yield mistake(Flattening, name, f"the features stand in {says}", convention=convention, **steps)
    yield mistake(Flattening, f"{name}_forward", f"forward puts the features in {says}", Y=steps["Y"])
    yield mistake(Flattening, f"{name}_backward", f"backward takes the features in {says}", dX=steps["dX"])


def told_in_ours(order: Order) -> Order:
    """A wrong order of channels-first images as it looks in ours: whatever its rows hold is taken for (c, h, w)."""
    row_of, image_of = order

    def ours(X: np.ndarray) -> np.ndarray:
        images = to_channels_first(X)
        return to_channels_last(row_of(images).reshape(images.shape)).reshape(len(X), -1)

    def back(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        images = to_channels_first(dY.reshape(shape))
        return to_channels_last(image_of(images.reshape(len(dY), -1), images.shape))

    return ours, back


MISTAKES = {"Flatten": (
    mistake(Flattening, "flatten_batch_too", "the batch is flattened too", Y=lambda s: s.X.reshape(-1),
            convention="torch.flatten, whose start_dim is 0; nn.Flatten's is 1"),
    *ways("flatten_channels_first", "the order (c, h, w), not (h, w, c)", CHANNELS_FIRST, TORCH_ORDER),
    *(one for name, says, order in orders("hwc") for one in ways(f"flatten_{name}", says, order)),
    *(one for name, says, order in orders("chw") for one in ways(f"flatten_{name}", says, told_in_ours(order))),
)}  # fmt: skip
