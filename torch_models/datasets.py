"""Data sets by name, each as three splits of uint8 images (N, C, H, W) that never mix.

    <data root>/<name>.npz     there: used, and nothing is downloaded
                               not there: torchvision downloads the archives, or finds them; then the file is written
    training    what is left of the published training images
    validation  cut out of the published training images, each class in its share
    test        the published test images, all of them, in their order: row i of predictions.csv is image i

The cut follows from `seed` alone and not from the seed of a run, so that runs compare on the same validation images.
Several processes on one machine: let one load first and the others after it, or each downloads for itself.
"""

import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from torch_models.digits import SMALLEST_SIDE, load_digits
from torch_models.downloads import download
from torch_models.evaluation import check_positive
from torch_models.files import expanded
from torch_models.npz_cache import read_cache, write_cache
from torch_models.published import CIFAR10, FASHION_MNIST, Arrays, DatasetError, Published
from torch_models.splits import Splits

Shape = tuple[int, int, int]

PUBLISHED = {published.name: published for published in (FASHION_MNIST, CIFAR10)}
DATASETS = (*PUBLISHED, "digits")
VALIDATION_IMAGES = 2500
DIGITS_SHAPE = (1, SMALLEST_SIDE, SMALLEST_SIDE)  # as they are, where no model says what it takes


def load_dataset(
    name: str,
    data_root: str | os.PathLike[str],
    *,
    input_shape: Shape | None = None,
    seed: int = 0,
    validation: int | None = None,
    limit: int | None = None,
) -> Splits:
    """The data set `name`, one of DATASETS: `load_dataset("cifar10", "data", input_shape=CifarCNN.input_shape)`.

    `input_shape` (C, H, W) is what the model takes: the digits are enlarged to it, the others must have it.
    `validation` is how many of the published training images become the validation split: 2,500, or a tenth of them
    where that is less. The digits have splits of their own (1,197, 300 and 300) and need no data root. `limit` keeps
    the first so many training images, or all if there are fewer; as the order is random they stand for the whole. A
    DatasetError says what is unknown, damaged or out of reach, and the cure.
    """
    if name not in DATASETS:
        raise DatasetError(f"unknown data set {name!r}: the known ones are {', '.join(DATASETS)}")
    if limit is not None:
        check_positive(limit=limit)
    if name in PUBLISHED:
        published, cache = PUBLISHED[name], expanded(data_root) / f"{name}.npz"
        check_shape(published, input_shape)
        arrays = load_arrays(published, cache)
        data = split(arrays, cache, seed=seed, validation=validation, class_names=published.class_names)
    else:
        data = load_digits(DIGITS_SHAPE if input_shape is None else input_shape, seed=seed)
    return data.limited(limit)


def check_shape(published: Published, input_shape: Shape | None) -> None:
    if input_shape is not None and tuple(input_shape) != published.input_shape:
        raise DatasetError(
            f"{published.name} has images of shape {published.input_shape}, the model takes {tuple(input_shape)}: "
            "choose another --dataset (the digits come in any size)."
        )


def load_arrays(published: Published, cache: Path) -> Arrays:
    """From the .npz file; where there is none, from torchvision, and then the file is there for the next time."""
    data_root = cache.parent
    if data_root.exists() and not data_root.is_dir():
        raise DatasetError(f"{data_root} is a file; --data-root takes the folder in which {cache.name} belongs.")
    if cache.exists():
        return read_cache(cache, published)
    arrays = download(published, data_root)
    write_cache(cache, arrays)
    return arrays


def split(arrays: Arrays, cache: Path, *, seed: int, validation: int | None, class_names: tuple[str, ...]) -> Splits:
    pixels, labels = arrays["train_images"], arrays["train_labels"]
    if validation is None:
        validation = min(VALIDATION_IMAGES, max(1, len(labels) // 10))
    check_positive(validation=validation)
    if validation >= len(labels):
        raise DatasetError(
            f"{cache}: {validation} images to validate leave none of {len(labels)} to train on: use a file with more."
        )
    order = stratified_order(labels, seed)
    chosen, rest = order[:validation], order[validation:]
    return Splits(
        train_inputs=as_images(pixels[rest]),
        train_labels=torch.from_numpy(labels[rest]),
        validation_inputs=as_images(pixels[chosen]),
        validation_labels=torch.from_numpy(labels[chosen]),
        test_inputs=as_images(arrays["test_images"]),
        test_labels=torch.from_numpy(arrays["test_labels"]),
        class_names=class_names,
    )


def stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """All indices in a random order of which every beginning has the classes in their shares, to within an image.

    The k-th of the n images of a class is placed at (k + 1/2) / n of the way.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels[order] == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place, kind="stable")]


def as_images(pixels: np.ndarray) -> Tensor:
    """Pixels (N, H, W) or (N, H, W, C) to images (N, C, H, W), contiguous."""
    n, height, width, *_ = pixels.shape
    return torch.from_numpy(pixels.reshape(n, height, width, -1)).permute(0, 3, 1, 2).contiguous()
