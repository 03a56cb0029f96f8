"""Augmentation of whole batches, against the same thing done image by image."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import torch_models as tm
from torch_models.augmentation import crop, flip_where, framed


def seed(number=0):
    return torch.Generator().manual_seed(number)


def random_pixels(n, channels=3, height=6, width=7):
    """Without zeros, so that a frame shows."""
    return torch.randint(1, 256, (n, channels, height, width), generator=seed(), dtype=torch.uint8)


def one_by_one(images, flips, tops, lefts, padding):
    """Flip, frame of zeros, window: with plain slices, an image at a time."""
    height, width = images.shape[2:]
    done = []
    for image, flip, top, left in zip(images, flips, tops, lefts, strict=True):
        canvas = torch.zeros(len(image), height + 2 * padding, width + 2 * padding, dtype=images.dtype)
        canvas[:, padding : padding + height, padding : padding + width] = image.flip(-1) if flip else image
        done.append(canvas[:, top : top + height, left : left + width])
    return torch.stack(done)


EVERY_OFFSET = torch.cartesian_prod(torch.arange(9), torch.arange(9), torch.arange(2))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64])
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_every_offset_and_flip_equals_plain_slices(dtype, memory):
    tops, lefts, flips = EVERY_OFFSET.unbind(1)
    images = random_pixels(len(EVERY_OFFSET)).to(dtype).contiguous(memory_format=memory)
    ours = crop(framed(flip_where(images, flips == 1), 4, 0), tops, lefts, size=(6, 7))
    assert ours.dtype == dtype
    assert torch.equal(ours, one_by_one(images, flips, tops, lefts, 4))


def test_every_offset_and_flip_equals_torchvision():
    tm.import_torchvision()
    from torchvision.transforms.v2 import RandomCrop
    from torchvision.transforms.v2.functional import horizontal_flip

    random_crop = RandomCrop(32, padding=4)
    parameters = random_crop.make_params([torch.zeros(3, 32, 32)])
    images = random_pixels(len(EVERY_OFFSET), height=32, width=32)
    theirs = [
        random_crop.transform(
            horizontal_flip(image) if flip else image, {**parameters, "needs_crop": True, "top": top, "left": left}
        )
        for image, (top, left, flip) in zip(images, EVERY_OFFSET.tolist(), strict=True)
    ]
    tops, lefts, flips = EVERY_OFFSET.unbind(1)
    ours = crop(framed(flip_where(images, flips == 1), 4, None), tops, lefts, size=(32, 32))
    assert torch.equal(ours, torch.stack(theirs))


def what_was_drawn(n, number=0):
    """(flip, top, left) of each of n images, read off pixels that say where they come from."""
    height, width, row, column = 16, 20, 8, 10
    places = torch.arange(height * width, dtype=torch.float32).reshape(1, 1, height, width) + 1
    out = tm.Augmentation(fill=0)(places.expand(n, -1, -1, -1), seed(number))
    assert out.shape == (n, 1, height, width)
    here, right = out[:, 0, row, column].long() - 1, out[:, 0, row, column + 1].long() - 1
    flips = (here - right + 1) // 2  # 0: one further right, 1: one further left
    from_row, from_column = here // width, here % width
    lefts = torch.where(flips == 1, width - 1 - from_column, from_column) - column + 4
    return flips, from_row - row + 4, lefts


def unevenness(*variables, sizes):
    """Chi-square of the joint table against a uniform one, in standard deviations above its mean."""
    index = torch.zeros_like(variables[0])
    for variable, size in zip(variables, sizes, strict=True):
        assert variable.min() == 0
        assert variable.max() == size - 1
        index = index * size + variable
    cells = int(torch.tensor(sizes).prod())
    expected = len(index) / cells
    chi_square = ((torch.bincount(index, minlength=cells) - expected) ** 2 / expected).sum().item()
    return (chi_square - (cells - 1)) / (2 * (cells - 1)) ** 0.5


def test_flips_and_offsets_are_uniform_and_independent_of_each_other():
    flips, tops, lefts = what_was_drawn(2 * 81 * 100)
    assert abs(unevenness(flips, tops, lefts, sizes=(2, 9, 9))) < 4


@pytest.mark.parametrize(("which", "size"), [(0, 2), (1, 9), (2, 9)], ids=["flip", "top", "left"])
def test_images_are_independent_of_their_neighbours(which, size):
    drawn = what_was_drawn(2 * 81 * 100)[which]
    assert abs(unevenness(drawn[::2], drawn[1::2], sizes=(size, size))) < 4


def test_all_chance_comes_from_the_generator():
    images, augment, before = random_pixels(50), tm.Augmentation(), torch.get_rng_state()
    generator = seed(1)
    first, second = augment(images, generator), augment(images, generator)
    assert torch.equal(first, augment(images, seed(1)))
    assert not torch.equal(first, second)
    assert torch.equal(before, torch.get_rng_state())


def test_the_images_given_are_not_changed():
    images = random_pixels(20)
    before = images.clone()
    tm.Augmentation()(images, seed())
    assert torch.equal(images, before)


def test_switched_off_it_changes_nothing():
    images = random_pixels(5)
    assert torch.equal(tm.Augmentation(flip=False, padding=0)(images, seed()), images)
    assert not torch.equal(tm.Augmentation(flip=True, padding=0)(images, seed()), images)
    assert not torch.equal(tm.Augmentation(flip=False, padding=1)(images, seed()), images)


class CountOperations(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_the_work_is_not_done_image_by_image():
    counts = []
    for n in (2, 100):
        with CountOperations() as operations:
            tm.Augmentation()(random_pixels(n), seed())
        counts.append(operations.count)
    assert counts[0] == counts[1]


def test_images_may_be_on_another_device_than_the_generator():
    images = torch.empty(5, 3, 6, 7, device="meta")
    out = tm.Augmentation(fill=0)(images, seed())
    assert (out.device.type, out.shape) == ("meta", images.shape)


# --- where it stands relative to normalisation ------------------------------------------------------------------------

STATISTICS = tm.ChannelStatistics(mean=(0.49, 0.48, 0.45), std=(0.25, 0.24, 0.26))


def test_before_or_after_normalisation_is_the_same():
    pixels = random_pixels(60)
    before = STATISTICS.normalise(tm.Augmentation()(pixels, seed(2)))
    after = tm.Augmentation.for_normalised(STATISTICS)(STATISTICS.normalise(pixels), seed(2))
    assert torch.equal(before, after)
    assert not torch.equal(after, tm.Augmentation(fill=0)(STATISTICS.normalise(pixels), seed(2)))


WRONG = [
    (tm.Augmentation(), torch.zeros(2, 3, 4, 4), r"what is black .*for_normalised\(statistics\)"),
    (tm.Augmentation.for_normalised(STATISTICS), torch.zeros(2, 3, 4, 4).byte(), "no torch.uint8 pixel: .* normalised"),
    (tm.Augmentation(fill=256), torch.zeros(2, 3, 4, 4).byte(), "fill 256 is no torch.uint8 pixel"),
    (tm.Augmentation(fill=(1.0, 2.0)), torch.zeros(2, 3, 4, 4), "fill has 2 values, the images have 3 channels"),
    (tm.Augmentation(), torch.zeros(3, 4, 4).byte(), r"expected images \(N, C, H, W\), got shape \(3, 4, 4\)"),
]


@pytest.mark.parametrize(("augment", "images", "message"), WRONG)
def test_what_cannot_be_right_is_refused(augment, images, message):
    with pytest.raises(ValueError, match=message):
        augment(images, seed())


@pytest.mark.parametrize("padding", [-1, 0.5])
def test_a_padding_is_a_number_of_pixels(padding):
    with pytest.raises(ValueError, match="expected a padding of 0 pixels or more"):
        tm.Augmentation(padding=padding)
