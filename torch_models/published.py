"""What FashionMNIST and CIFAR-10 look like as published, and whether four arrays look like that.

    train_images (N, H, W, C) uint8, or (N, H, W) where C is 1     train_labels (N,) int64
    test_images  (M, H, W, C)                                      test_labels  (M,)

How many images there are is not checked: a smaller data set of the same kind is welcome.
"""

from dataclasses import dataclass

import numpy as np

Arrays = dict[str, np.ndarray]
ARRAY_NAMES = ("train_images", "train_labels", "test_images", "test_labels")


class DatasetError(ValueError):
    """A data set that is unknown, damaged or out of reach: one sentence with the file, what is wrong, and the cure."""


@dataclass(frozen=True)
class Published:
    """A data set that torchvision can download: `folder` is where, below the data root, it unpacks the archives."""

    name: str
    height: int
    width: int
    channels: int
    torchvision_class: str
    folder: str
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W), what a model for these images takes."""
        return self.channels, self.height, self.width


FASHION_MNIST = Published(
    "fashion_mnist",
    height=28,
    width=28,
    channels=1,
    torchvision_class="FashionMNIST",
    folder="FashionMNIST/raw",
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)
CIFAR10 = Published(
    "cifar10",
    height=32,
    width=32,
    channels=3,
    torchvision_class="CIFAR10",
    folder="cifar-10-batches-py",
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)


def find_fault(arrays: Arrays, published: Published) -> str | None:
    """What is wrong with the arrays, the first thing only; None if they are right."""
    missing = [name for name in ARRAY_NAMES if name not in arrays]
    if missing:
        return f"{' and '.join(missing)} missing"
    for split in ("train", "test"):
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        fault = find_image_fault(images, published.input_shape) or find_label_fault(labels, images, published)
        if fault:
            return f"{split}_{fault}"
    return None


def find_image_fault(images: np.ndarray, input_shape: tuple[int, int, int]) -> str | None:
    """What keeps the array from being images for a model that takes `input_shape` (C, H, W)."""
    channels, height, width = input_shape
    shapes = [(height, width), (height, width, 1)] if channels == 1 else [(height, width, channels)]
    if images.dtype == np.uint8 and images.shape[1:] in shapes and len(images) > 0:
        return None
    wanted = " or ".join(f"(N, {', '.join(map(str, shape))})" for shape in shapes)
    return f"images: expected at least one image, uint8 {wanted}, got {images.dtype} of shape {images.shape}"


def find_label_fault(labels: np.ndarray, images: np.ndarray, published: Published) -> str | None:
    if labels.dtype != np.int64 or labels.ndim != 1:
        return f"labels: expected int64 of shape (N,), got {labels.dtype} of shape {labels.shape}"
    if len(labels) != len(images):
        return f"labels: {len(labels)} labels for {len(images)} images"
    last = len(published.class_names) - 1
    if labels.min() < 0 or labels.max() > last:
        return f"labels: expected classes 0..{last}, got {labels.min()}..{labels.max()}"
    return None
