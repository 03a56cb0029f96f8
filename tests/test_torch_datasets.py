"""Data sets from their .npz file: three splits that never mix, and a clear word about every file that is wrong."""

import numpy as np
import pytest
import torch

import torch_models as tm
from torch_models import datasets
from torch_models.datasets import stratified_order

SHAPES = {"cifar10": (32, 32, 3), "fashion_mnist": (28, 28)}


def made_up(name="cifar10", n_train=60, n_test=12):
    """Random pixels; the first one numbers the image, from 0 in training and from 100 in test. Unequal classes."""
    rng = np.random.default_rng(0)
    arrays = {}
    for split, n, first in (("train", n_train, 0), ("test", n_test, 100)):
        images = rng.integers(0, 256, (n, *SHAPES[name]), dtype=np.uint8)
        images.reshape(n, -1)[:, 0] = first + np.arange(n)
        arrays |= {f"{split}_images": images, f"{split}_labels": np.arange(n) ** 2 % 10}
    return arrays


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a file that is there must be used, or refused, and nothing downloaded")

    monkeypatch.setattr(datasets, "download", refuse)


@pytest.fixture
def root(tmp_path):
    np.savez(tmp_path / "cifar10.npz", **made_up())
    np.savez(tmp_path / "fashion_mnist.npz", **made_up("fashion_mnist"))
    return tmp_path


def load(root, name="cifar10", validation=20, **options):
    return tm.load_dataset(name, root, validation=validation, **options)


def numbers(images):
    return images[:, 0, 0, 0].tolist()


# --- what is loaded ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHAPES)
def test_every_pixel_and_label_is_the_published_one(root, name):
    published, data = made_up(name), load(root, name)
    for images, labels, split in (
        (data.train_inputs, data.train_labels, "train"),
        (data.validation_inputs, data.validation_labels, "train"),
        (data.test_inputs, data.test_labels, "test"),
    ):
        assert images.dtype == torch.uint8
        assert images.is_contiguous()
        for image, label, number in zip(images, labels, numbers(images), strict=True):
            original = published[f"{split}_images"][number % 100]
            assert image.shape == ((1, 28, 28) if name == "fashion_mnist" else (3, 32, 32))
            assert np.array_equal(image.permute(1, 2, 0).numpy().squeeze(), original)
            assert label == published[f"{split}_labels"][number % 100]


def test_the_three_splits_are_kept_apart(root):
    data = load(root)
    train, validation = numbers(data.train_inputs), numbers(data.validation_inputs)
    assert (len(train), len(validation)) == (40, 20)
    assert sorted(train + validation) == list(range(60)), "validation is cut out of the training images"
    assert numbers(data.test_inputs) == list(range(100, 112)), "test images: all, in their order"


def test_grey_images_may_have_a_channel_axis(root):
    expected, arrays = load(root, "fashion_mnist"), made_up("fashion_mnist")
    channelled = {name: array[..., None] if "images" in name else array for name, array in arrays.items()}
    np.savez(root / "fashion_mnist.npz", **channelled)
    assert torch.equal(load(root, "fashion_mnist").train_inputs, expected.train_inputs)


def test_classes_have_their_names(root):
    assert load(root).class_names[3] == "cat"
    assert load(root, "fashion_mnist").class_names[9] == "Ankle boot"


def test_the_cut_is_stratified_whatever_its_size():
    labels = np.random.default_rng(1).choice(10, 997, p=np.arange(1, 11) / 55)
    order = stratified_order(labels, seed=0)
    assert sorted(order.tolist()) == list(range(997))
    for length in (1, 10, 100, 500, 996):
        share = np.bincount(labels) * length / 997
        assert abs(np.bincount(labels[order[:length]], minlength=10) - share).max() <= 1


PINNED = [16, 27, 8, 51, 20, 35, 42, 34, 57, 11, 4, 52, 23, 1, 10, 55, 2, 44, 43, 21]


def test_the_cut_is_random_and_fixed(root):
    """The numbers were written down when this was made: validation images must stay what they are from run to run."""
    assert numbers(load(root).validation_inputs) == PINNED
    assert numbers(load(root, seed=1).validation_inputs) != PINNED
    members = [number for number in PINNED if made_up()["train_labels"][number] == 1]
    assert members != sorted(members), "not simply the first images of each class"


def test_a_limit_keeps_the_first_training_images_and_nothing_else_changes(root):
    whole, quick = load(root), load(root, limit=7)
    assert numbers(quick.train_inputs) == numbers(whole.train_inputs)[:7]
    assert torch.equal(quick.train_labels, whole.train_labels[:7])
    assert torch.equal(quick.validation_inputs, whole.validation_inputs)
    assert torch.equal(quick.test_inputs, whole.test_inputs)
    assert len(load(root, limit=1000).train_inputs) == 40


@pytest.mark.parametrize("option", [{"limit": 0}, {"limit": 1.5}, {"validation": 0}, {"validation": -5}])
def test_sizes_are_positive(root, option):
    with pytest.raises(ValueError, match=f"{next(iter(option))}: expected a whole number of at least 1"):
        load(root, **option)


@pytest.mark.parametrize(("n_train", "validation"), [(2, 1), (60, 6), (30_000, 2500)])
def test_a_small_file_keeps_a_tenth_of_its_images_to_validate(tmp_path, n_train, validation):
    np.savez(tmp_path / "fashion_mnist.npz", **made_up("fashion_mnist", n_train))
    data = load(tmp_path, "fashion_mnist", validation=None)
    assert (len(data.validation_labels), len(data.train_labels)) == (validation, n_train - validation)


def test_somebody_has_to_be_left_to_train_on(root):
    with pytest.raises(tm.DatasetError, match=r"cifar10\.npz: 60 images to validate leave none of 60 to train on"):
        load(root, validation=60)


# --- which data set ---------------------------------------------------------------------------------------------------


def test_digits_need_no_data_root(tmp_path):
    for shape in (tm.CifarCNN.input_shape, tm.FashionMLP.input_shape):
        ours, theirs = (
            tm.load_dataset("digits", tmp_path / "none", input_shape=shape, seed=3),
            tm.load_digits(shape, seed=3),
        )
        assert torch.equal(ours.train_inputs, theirs.train_inputs)
        assert torch.equal(ours.test_labels, theirs.test_labels)
    assert tm.load_dataset("digits", tmp_path / "none", limit=9).train_inputs.shape == (9, 1, 8, 8)
    assert not (tmp_path / "none").exists()


def test_an_unknown_name_lists_the_known_ones(root):
    with pytest.raises(tm.DatasetError, match=r"unknown data set 'mnist': .* fashion_mnist, cifar10, digits"):
        load(root, "mnist")
    assert tm.DATASETS == ("fashion_mnist", "cifar10", "digits")


def test_images_that_the_model_cannot_take_are_refused(root):
    assert load(root, input_shape=tm.CifarCNN.input_shape).train_inputs.shape[1:] == (3, 32, 32)
    with pytest.raises(
        tm.DatasetError, match=r"cifar10 has .* \(3, 32, 32\), the model takes \(1, 28, 28\): .*--dataset"
    ):
        load(root, input_shape=tm.FashionMLP.input_shape)


def test_a_file_is_no_data_root(root):
    with pytest.raises(tm.DatasetError, match=r"cifar10.npz is a file; --data-root takes the folder"):
        load(root / "cifar10.npz")


def test_a_home_folder_may_be_abbreviated(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.setenv("USERPROFILE", str(root.parent))
    assert len(load(f"~/{root.name}").train_inputs) == 40
