"""Pixels to numbers: the normalisation of images, channel by channel.

Letters: N images, C channels, H height, W width. Images (N, C, H, W).

    x' = (x / 255 - mean) / std      one mean and one std per channel

Both are taken from the training images and then applied to all three splits: a test split normalised by its own
statistics would be looked at before the test.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_models.splits import Splits


@dataclass(frozen=True)
class ChannelStatistics:
    """Mean and standard deviation of each channel, of pixels scaled to 0..1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if (
            len(self.mean) != len(self.std)
            or not all(map(math.isfinite, self.mean))
            or not all(0 < s < math.inf for s in self.std)
        ):
            wanted = "for each channel a mean and a deviation above 0"
            raise ValueError(f"ChannelStatistics: expected {wanted}, got mean {self.mean} and std {self.std}")

    def normalise(self, images: Tensor) -> Tensor:
        """uint8 (N, C, H, W) -> float32 of the same shape, each channel about mean 0 and deviation 1."""
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != len(self.mean):
            wanted = f"uint8 pixels (N, {len(self.mean)}, H, W)"
            got = f"{images.dtype} of shape {tuple(images.shape)}"
            raise ValueError(f"normalise: expected {wanted}, got {got}. Floating point? It may be normalised already.")
        mean = torch.tensor(self.mean, device=images.device).view(-1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(-1, 1, 1)
        return (images / 255 - mean) / std


def channel_statistics(data: Splits) -> ChannelStatistics:
    """Per-channel mean and standard deviation (divided by N, not N - 1) of the *training* pixels, scaled to 0..1.

    Computed from a histogram of the 256 pixel values: exact, and without a floating-point copy of the data set.
    """
    if data.train_inputs.dtype != torch.uint8:
        raise TypeError(
            f"channel_statistics: expected uint8 pixels, got {data.train_inputs.dtype}: normalised already?"
        )
    moments = [pixel_moments(channel) for channel in data.train_inputs.unbind(dim=1)]
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


def normalised(data: Splits, statistics: ChannelStatistics | None = None) -> Splits:
    """All three splits normalised alike: by `statistics`, or by those of `data`'s own training images."""
    statistics = channel_statistics(data) if statistics is None else statistics
    return data.mapped(statistics.normalise)
