"""Labelled images in three splits that never mix, and their normalisation.

Letters: N images, C channels, H height, W width. Images (N, C, H, W), labels (N,) int64.

    training    the only split that gradients, channel statistics and (later) augmentation may see
    validation  chooses: the epoch, the learning rate, the recipe
    test        is read once, at the end

Normalisation is (x / 255 - mean) / std, one mean and one std per channel, both taken from the training images and then
applied to all three splits: a test split normalised by its own statistics would be looked at before the test.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageData:
    """Three splits of one data set: uint8 pixels 0..255 as loaded, floating point once normalised."""

    train_images: Tensor
    train_labels: Tensor
    validation_images: Tensor
    validation_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for split in ("train", "validation", "test"):
            check_split(split, getattr(self, f"{split}_images"), getattr(self, f"{split}_labels"), self)


def check_split(split: str, images: Tensor, labels: Tensor, data: ImageData) -> None:
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"{split}_images: expected at least one image, (N, C, H, W), got shape {tuple(images.shape)}")
    if images.shape[1:] != data.train_images.shape[1:]:
        sizes = f"{tuple(images.shape[1:])}, the training images {tuple(data.train_images.shape[1:])}"
        raise ValueError(f"{split}_images: each image is {sizes}; all splits need one size")
    if labels.shape != (len(images),) or labels.dtype != torch.int64:
        got = f"{labels.dtype} of shape {tuple(labels.shape)}"
        raise ValueError(f"{split}_labels: expected one int64 label for each of {len(images)} images, got {got}")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= len(data.class_names):
        known = f"0..{len(data.class_names) - 1} ({len(data.class_names)} class names)"
        raise ValueError(f"{split}_labels: expected classes {known}, got {lowest}..{highest}")


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, of pixels scaled to 0..1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def normalise(self, images: Tensor) -> Tensor:
        """uint8 (N, C, H, W) -> float32 of the same shape, each channel about mean 0 and deviation 1."""
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != len(self.mean):
            wanted = f"uint8 pixels (N, {len(self.mean)}, H, W)"
            got = f"{images.dtype} of shape {tuple(images.shape)}"
            raise ValueError(f"normalise: expected {wanted}, got {got}. Floating point? It may be normalised already.")
        mean = torch.tensor(self.mean, device=images.device).view(-1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(-1, 1, 1)
        return (images / 255 - mean) / std


def channel_statistics(data: ImageData) -> ChannelStatistics:
    """Per-channel mean and standard deviation (divided by N, not N - 1) of the *training* pixels, scaled to 0..1.

    Computed from a histogram of the 256 pixel values: exact, and without a floating-point copy of the data set.
    """
    if data.train_images.dtype != torch.uint8:
        raise TypeError(
            f"channel_statistics: expected uint8 pixels, got {data.train_images.dtype}: normalised already?"
        )
    moments = [pixel_moments(channel) for channel in data.train_images.unbind(dim=1)]
    means, stds = zip(*moments, strict=True)
    if 0 in stds:
        raise ValueError(f"channel_statistics: channel {stds.index(0)} is constant and cannot be scaled to deviation 1")
    return ChannelStatistics(means, stds)


def pixel_moments(pixels: Tensor) -> tuple[float, float]:
    counts = torch.bincount(pixels.flatten(), minlength=256).double()
    values = torch.arange(256, device=pixels.device).double() / 255
    share = counts / counts.sum()
    mean = (share * values).sum()
    variance = (share * (values - mean) ** 2).sum()
    return mean.item(), variance.sqrt().item()


def normalised(data: ImageData, statistics: ChannelStatistics | None = None) -> ImageData:
    """All three splits normalised alike: by `statistics`, or by those of `data`'s own training images."""
    statistics = channel_statistics(data) if statistics is None else statistics
    return replace(
        data,
        train_images=statistics.normalise(data.train_images),
        validation_images=statistics.normalise(data.validation_images),
        test_images=statistics.normalise(data.test_images),
    )
