"""What a model says when it is handed the wrong images: what it expected, what it got, and the likely cure.

Left alone, PyTorch reports the shapes of a matrix product several layers further on ("mat1 and mat2 shapes cannot be
multiplied (64x1152 and 2048x256)"), which names neither the model nor the mistake.
"""

from torch import Tensor

Shape = tuple[int, ...]


def expect_images(who: str, images: Tensor, shape: Shape, *other_shapes: Shape) -> None:
    """Raise unless `images` is a batch, (N, *shape) or (N, *one of other_shapes), of floating-point numbers."""
    wanted = " or ".join(batch_of(accepted) for accepted in (shape, *other_shapes))
    if tuple(images.shape[1:]) not in (shape, *other_shapes):
        raise ValueError(f"{who}: expected images of shape {wanted}, got {tuple(images.shape)}. {cure(images, shape)}")
    if not images.is_floating_point():
        raise TypeError(
            f"{who}: expected floating-point images {wanted}, got {images.dtype}. "
            "Pixels 0..255? Use torch_models.normalised(data), or statistics.normalise(images) for other images."
        )


def batch_of(shape: Shape) -> str:
    return f"(N, {', '.join(map(str, shape))})"


def cure(images: Tensor, shape: Shape) -> str:
    """The likeliest slip that leads from (N, *shape) to the shape that came."""
    got, (channels, height, width) = tuple(images.shape), shape
    if got[1:] == (height, width, channels):
        return "Channels last? Use images.permute(0, 3, 1, 2)."
    if got == shape:
        return "A single image? Use images[None]."
    if channels == 1 and got[1:] == (height, width):
        return "No channel axis? Use images[:, None]."
    if len(got) == 4 and got[2:] == (height, width):
        return f"{got[1]} channel(s) for {channels}: is this the data set of another model?"
    return f"Load or resize the images to {height}x{width} pixels and {channels} channel(s)."
