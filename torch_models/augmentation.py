"""Random horizontal flips and crops of a whole batch at once, each image with its own flip and its own offset.

Letters: N images, C channels, H height, W width, P padding.
    flip    half of the images, left to right
    pad     (N, C, H, W) -> (N, C, H + 2P, W + 2P), a frame of `fill`
    crop    an H x W window, its top and left each uniform on 0..2P

This is torchvision's RandomHorizontalFlip() and then RandomCrop(H, padding=P), without its loop over images. Both stand
before Normalize there, so the frame is black, pixel 0. On images that are normalised already, black is (0 - mean) / std
and not 0: Augmentation.for_normalised(statistics) gives exactly what augmenting the pixels, then normalising, gives.
"""

from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Generator, Tensor

from torch_models.images import ChannelStatistics


@dataclass(frozen=True)
class Augmentation:
    """For training images only, `augmentation(images, generator)`: a new batch of the same shape, dtype and device.

    `fill` is the value of the frame, one number or one for each channel. Pixels (uint8) need none, their black is 0;
    floating-point images do, since nothing in them says what black is. flip=False with padding=0 changes nothing.
    """

    flip: bool = True
    padding: int = 4
    fill: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.padding, Integral) or self.padding < 0:
            raise ValueError(f"Augmentation: expected a padding of 0 pixels or more, got {self.padding!r}")

    @classmethod
    def for_normalised(cls, statistics: ChannelStatistics, *, flip: bool = True, padding: int = 4) -> "Augmentation":
        """For images that are normalised by `statistics`: the frame is what a black pixel became."""
        pixel = torch.zeros(1, len(statistics.mean), 1, 1, dtype=torch.uint8)
        return cls(flip, padding, tuple(statistics.normalise(pixel).flatten().tolist()))

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        """All chance comes from `generator`, which may be the CPU's while the images are on a GPU."""
        if images.ndim != 4:
            raise ValueError(f"Augmentation: expected images (N, C, H, W), got shape {tuple(images.shape)}")
        n, device = len(images), generator.device
        if self.flip:
            flips = torch.rand(n, generator=generator, device=device) < 0.5
            images = flip_where(images, flips)
        if self.padding:
            tops, lefts = torch.randint(2 * self.padding + 1, (2, n), generator=generator, device=device)
            images = crop(framed(images, self.padding, self.fill), tops, lefts, size=images.shape[2:])
        return images


def flip_where(images: Tensor, flips: Tensor) -> Tensor:
    """Left to right, those images of which `flips` (N,) says so."""
    return torch.where(flips.to(images.device)[:, None, None, None], images.flip(3), images)


def crop(images: Tensor, tops: Tensor, lefts: Tensor, *, size: tuple[int, int]) -> Tensor:
    """From image n the window of `size` (H, W) whose upper left corner is at row tops[n], column lefts[n]."""
    height, width = size
    windows = images.unfold(2, height, 1).unfold(3, width, 1)  # a view, (N, C, tops, lefts, H, W)
    device = images.device
    return windows[torch.arange(len(images), device=device), :, tops.to(device), lefts.to(device)]


def framed(images: Tensor, padding: int, fill: float | tuple[float, ...] | None) -> Tensor:
    """The images inside a frame, `padding` pixels wide on each side."""
    n, channels, height, width = images.shape
    colour = frame_colour(images, fill)
    if len(colour) not in (1, channels):
        raise ValueError(f"Augmentation: fill has {len(colour)} values, the images have {channels} channels")
    whole = colour.view(-1, 1, 1).expand(n, channels, height + 2 * padding, width + 2 * padding).clone()
    whole[:, :, padding : padding + height, padding : padding + width] = images
    return whole


def frame_colour(images: Tensor, fill: float | tuple[float, ...] | None) -> Tensor:
    """One value, or one for each channel, in the dtype and on the device of the images."""
    if fill is None and images.is_floating_point():
        raise ValueError(
            "Augmentation: what is black in floating-point images? Use Augmentation.for_normalised(statistics), or "
            "fill=0 for pixels scaled to 0..1."
        )
    wanted = torch.tensor(0 if fill is None else fill, dtype=torch.float64).flatten()
    colour = wanted.to(images.dtype)
    if not images.is_floating_point() and not torch.equal(colour.double(), wanted):
        raise ValueError(f"Augmentation: fill {fill} is no {images.dtype} pixel: are these images not normalised yet?")
    return colour.to(images.device)
