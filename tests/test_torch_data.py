"""The digits, their three splits, and the statistics that normalise them."""

import numpy as np
import pytest
import torch

import torch_models as tm
from torch_models.digits import enlarge
from torch_models.splits import stratified_indices

# --- the digits -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return tm.load_digits((3, 32, 32))


def test_digits_have_the_size_asked_for_and_stay_pixels(digits):
    assert digits.train_inputs.shape == (1197, 3, 32, 32)
    assert digits.validation_inputs.shape == digits.test_inputs.shape == (300, 3, 32, 32)
    assert digits.train_inputs.dtype == torch.uint8
    assert (digits.train_inputs.min(), digits.train_inputs.max()) == (0, 255)
    assert torch.equal(digits.train_inputs[:, 0], digits.train_inputs[:, 2])
    assert digits.class_names == tuple("0123456789")
    assert tm.load_digits((1, 28, 28)).test_inputs.shape == (300, 1, 28, 28)


def test_enlarging_to_the_original_size_changes_nothing():
    pixels = torch.arange(17).repeat(8)[:64].reshape(1, 8, 8).double()
    assert torch.equal(enlarge(pixels, (1, 8, 8))[0, 0], (pixels[0] * 255 / 16).float().round().to(torch.uint8))


def test_enlarging_keeps_the_picture_upright():
    pixels = torch.zeros(1, 8, 8)
    pixels[0, 1, 6] = 16  # near the top, to the right
    row, column = divmod(int(enlarge(pixels, (1, 16, 32)).argmax()), 32)
    assert (row, column) in {(r, c) for r in (2, 3) for c in range(24, 28)}


@pytest.mark.parametrize("shape", [(0, 32, 32), (1, 7, 28), (1, 28, 7)])
def test_digits_cannot_shrink(shape):
    with pytest.raises(ValueError, match="at least 8 pixels"):
        tm.load_digits(shape)


def test_splits_are_disjoint_complete_and_stratified():
    labels = np.repeat(np.arange(10), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    splits = stratified_indices(labels, validation=300, test=300, seed=0)
    assert [len(split) for split in splits] == [1197, 300, 300]
    assert sorted(np.concatenate(splits)) == list(range(1797))
    for split in splits:
        expected = np.bincount(labels) * len(split) / 1797
        assert np.abs(np.bincount(labels[split]) - expected).max() <= 1.0
        assert not np.array_equal(split, np.sort(split)), "a split must be shuffled: its first N stand for it"


def test_the_seed_decides_the_split(digits):
    again, other = tm.load_digits((3, 32, 32)), tm.load_digits((3, 32, 32), seed=1)
    assert torch.equal(digits.train_inputs, again.train_inputs)
    assert torch.equal(digits.test_labels, again.test_labels)
    assert not torch.equal(digits.train_labels, other.train_labels)


def test_images_and_labels_stay_together(digits):
    """A nearest-mean classifier knows most digits; with labels shuffled apart it would know one in ten."""
    means = torch.stack([digits.train_inputs[digits.train_labels == k].float().mean(dim=0) for k in range(10)])
    for images, labels in (
        (digits.validation_inputs, digits.validation_labels),
        (digits.test_inputs, digits.test_labels),
    ):
        nearest = torch.cdist(images.float().flatten(1), means.flatten(1)).argmin(dim=1)
        assert (nearest == labels).float().mean() > 0.85


# --- statistics and normalisation -------------------------------------------------------------------------------------


def pixel_data(train, validation=None, test=None, labels=None):
    train = torch.as_tensor(train, dtype=torch.uint8)
    validation = train if validation is None else torch.as_tensor(validation, dtype=torch.uint8)
    test = train if test is None else torch.as_tensor(test, dtype=torch.uint8)
    labels = [torch.zeros(len(split), dtype=torch.int64) for split in (train, validation, test)]
    return tm.Splits(train, labels[0], validation, labels[1], test, labels[2], ("only",))


def test_statistics_are_those_of_each_channel():
    images = torch.tensor([[[[0, 255]], [[51, 51]]], [[[0, 255]], [[51, 153]]]])  # (2, 2, 1, 2): N, C, H, W
    statistics = tm.channel_statistics(pixel_data(images))
    assert statistics.mean == pytest.approx((0.5, 0.3))
    assert statistics.std == pytest.approx((0.5, 0.03**0.5))


def test_statistics_agree_with_torch(digits):
    pixels = digits.train_inputs.double() / 255
    statistics = tm.channel_statistics(digits)
    assert statistics.mean == pytest.approx(pixels.mean(dim=(0, 2, 3)).tolist(), rel=1e-12)
    assert statistics.std == pytest.approx(pixels.std(dim=(0, 2, 3), correction=0).tolist(), rel=1e-12)


def test_statistics_come_from_the_training_images_only(digits):
    noise = torch.randint(0, 256, digits.test_inputs.shape, dtype=torch.uint8)
    parts = vars(digits) | {"test_inputs": noise, "validation_inputs": noise // 2}
    assert tm.channel_statistics(tm.Splits(**parts)) == tm.channel_statistics(digits)


def test_all_splits_are_normalised_by_the_training_statistics():
    train, other = torch.tensor([0, 255]).view(2, 1, 1, 1), torch.tensor([255, 255]).view(2, 1, 1, 1)
    data = tm.normalised(pixel_data(train, validation=other, test=other))
    assert data.train_inputs.flatten().tolist() == [-1, 1]
    assert data.validation_inputs.flatten().tolist() == data.test_inputs.flatten().tolist() == [1, 1]
    assert data.train_inputs.dtype == torch.float32


def test_normalised_training_images_have_mean_0_and_deviation_1(digits):
    images = tm.normalised(digits).train_inputs
    torch.testing.assert_close(images.mean(dim=(0, 2, 3)), torch.zeros(3), rtol=0, atol=1e-5)
    torch.testing.assert_close(images.std(dim=(0, 2, 3), correction=0), torch.ones(3), rtol=0, atol=1e-5)


def test_given_statistics_are_used():
    data = pixel_data(torch.tensor([0, 255]).view(2, 1, 1, 1))
    images = tm.normalised(data, tm.ChannelStatistics(mean=(0.0,), std=(2.0,))).train_inputs
    assert images.flatten().tolist() == [0, 0.5]


def test_normalising_twice_is_refused(digits):
    once = tm.normalised(digits)
    with pytest.raises(TypeError, match="normalised already"):
        tm.normalised(once)
    with pytest.raises(ValueError, match=r"expected uint8 pixels \(N, 3, H, W\), got torch.float32"):
        tm.channel_statistics(digits).normalise(once.test_inputs)


def test_a_constant_channel_is_refused():
    with pytest.raises(ValueError, match="channel 1 is constant"):
        tm.channel_statistics(pixel_data([[[[0]], [[7]]], [[[9]], [[7]]]]))


WRONG_DATA = [
    (
        {"test_inputs": torch.zeros(2, 1, 3, 4)},
        r"test_inputs: each example is \(1, 3, 4\), the training examples \(1, 2, 2\)",
    ),
    ({"train_inputs": torch.zeros(2)}, r"train_inputs: .*\(N, C, H, W\) or \(N, D\), got shape \(2,\)"),
    ({"validation_inputs": torch.zeros(0, 1, 2, 2)}, "validation_inputs: expected at least one example"),
    ({"validation_labels": torch.tensor([0, 1, 0])}, r"validation_labels: .* each of 2 examples, got .*\(3,\)"),
    ({"test_labels": torch.tensor([0.0, 1.0])}, "test_labels: expected one int64 label"),
    ({"train_labels": torch.tensor([0, 2])}, r"train_labels: expected classes 0..1 \(2 class names\), got 0..2"),
    ({"train_labels": torch.tensor([-1, 1])}, "got -1..1"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_DATA)
def test_wrong_data_is_refused(wrong, message):
    images, labels = torch.zeros(2, 1, 2, 2), torch.tensor([0, 1])
    splits = ("train", "validation", "test")
    right = {f"{split}_inputs": images for split in splits} | {f"{split}_labels": labels for split in splits}
    with pytest.raises(ValueError, match=message):
        tm.Splits(**(right | wrong), class_names=("cat", "dog"))
