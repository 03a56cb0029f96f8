"""Every wrong .npz file is refused by name, with what is wrong and the cure; none is half used, and none runs code."""

import io
import random
import re
import zipfile

import numpy as np
import pytest

import torch_models as tm
from torch_models.npz_cache import read_cache
from torch_models.published import ARRAY_NAMES, CIFAR10, FASHION_MNIST


def made_up(n_train=12, n_test=3):
    rng = np.random.default_rng(0)
    return {
        "train_images": rng.integers(0, 256, (n_train, 28, 28), dtype=np.uint8),
        "train_labels": np.arange(n_train) % 10,
        "test_images": rng.integers(0, 256, (n_test, 28, 28), dtype=np.uint8),
        "test_labels": np.arange(n_test),
    }


def refusal(path):
    """What is said about a file, without its name and the cure, which must be there."""
    with pytest.raises(tm.DatasetError) as caught:
        tm.load_dataset("fashion_mnist", path.parent, validation=3)
    before, after = f"{path}: ", ". Delete this file and run again: it is then made anew."
    message = str(caught.value)
    assert message.startswith(before)
    assert message.endswith(after)
    return message.removeprefix(before).removesuffix(after)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "fashion_mnist.npz"
    np.savez(path, **made_up())
    return path


IMAGES, LABELS = made_up()["train_images"], made_up()["train_labels"]
WRONG_ARRAYS = [
    ({"train_images": IMAGES / 255}, "train_images: .* got float64 of shape (12, 28, 28)"),
    ({"train_images": IMAGES.astype(np.int8)}, "got int8"),
    (
        {"train_images": IMAGES.reshape(12, 784)},
        "train_images: expected at least one image, uint8 (N, 28, 28) or (N, 28, 28, 1), got uint8 of shape (12, 784)",
    ),
    ({"train_images": np.zeros((12, 28, 28, 3), np.uint8)}, "got uint8 of shape (12, 28, 28, 3)"),
    ({"train_images": IMAGES[:0], "train_labels": LABELS[:0]}, "train_images: expected at least one image"),
    ({"test_images": np.uint8(7)}, "test_images: .* got uint8 of shape ()"),
    ({"test_images": np.zeros((3, 32, 32), np.uint8)}, "test_images: .* (3, 32, 32)"),
    ({"train_labels": LABELS.astype(np.uint8)}, "train_labels: expected int64 of shape (N,), got uint8 of shape (12,)"),
    ({"train_labels": LABELS.astype(">i8")}, "train_labels: expected int64 .* got >i8"),
    ({"train_labels": LABELS[:, None]}, "train_labels: .* of shape (12, 1)"),
    ({"train_labels": LABELS[:11]}, "train_labels: 11 labels for 12 images"),
    ({"test_labels": LABELS[:4]}, "test_labels: 4 labels for 3 images"),
    ({"train_labels": LABELS + 1}, "train_labels: expected classes 0..9, got 1..10"),
    ({"test_labels": LABELS[:3] - 1}, "test_labels: expected classes 0..9, got -1..1"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_ARRAYS)
def test_wrong_arrays_are_named(path, wrong, message):
    np.savez(path, **made_up() | wrong)
    assert re.search(re.escape(message).replace(r"\.\*", ".*"), refusal(path))


@pytest.mark.parametrize("name", ARRAY_NAMES)
def test_missing_arrays_are_named(path, name):
    arrays = made_up()
    del arrays[name]
    np.savez(path, **arrays)
    assert refusal(path) == f"{name} missing"
    np.savez(path, pictures=IMAGES)
    assert refusal(path) == "train_images and train_labels and test_images and test_labels missing"


def array_file(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


NO_NPZ = {
    "empty": b"",
    "a web page": b"<html>404 Not Found</html>",
    "one array": array_file(IMAGES),
}


@pytest.mark.parametrize("content", NO_NPZ.values(), ids=NO_NPZ)
def test_what_is_no_npz_file_is_refused(path, content):
    path.write_bytes(content)
    assert refusal(path) == "cut short, damaged or no .npz file (BadZipFile: File is not a zip file)"


def test_python_objects_are_refused_and_never_run(path, tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "sprung"), "w")

    np.savez(path, **made_up() | {"train_labels": np.array([Trap()] * 12, dtype=object)})
    assert "Object arrays cannot be loaded when allow_pickle=False" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:  # a bare pickle in an array's place
        for name in ARRAY_NAMES:
            archive.writestr(f"{name}.npy", b"cos\nsystem\n(S'touch sprung'\ntR.")
    assert "ValueError" in refusal(path)
    assert not (tmp_path / "sprung").exists()


def test_an_archive_in_an_archive_is_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ARRAY_NAMES:
            archive.writestr(f"{name}.npy", b"PK\x03\x04")
    assert "cut short, damaged or no .npz file" in refusal(path)


def damaged(whole):
    """Cut at many places; a bit turned over at many, at all of the first array's header and all of the zip's index."""
    chance = random.Random(0)
    header, index = whole.find(b"\x93NUMPY"), whole.index(b"PK\x01\x02")
    places = [chance.randrange(len(whole)) for _ in range(300)]
    yield from (whole[:place] for place in [*range(100), *places, *range(index, len(whole))])
    bits = [(place, chance.randrange(8)) for place in [*places, *range(index, len(whole))]]
    bits += [(header + offset, bit) for offset in range(128) for bit in range(8)] if header >= 0 else []
    for place, bit in bits:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        yield bytes(flipped)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_no_damage_goes_unnoticed(path, save):
    """Each damaged file is refused, or gives the very same arrays: then the bit meant nothing."""
    save(path, **made_up())
    refused = unharmed = 0
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        try:
            arrays = read_cache(path, FASHION_MNIST)
        except tm.DatasetError:
            refused += 1
        else:
            unharmed += 1
            assert all(np.array_equal(arrays[name], array) for name, array in made_up().items())
    assert refused > 1000
    assert unharmed < refused / 4


def test_a_file_of_another_data_set_is_refused(path):
    with pytest.raises(tm.DatasetError, match=r"uint8 \(N, 32, 32, 3\), got uint8 of shape \(12, 28, 28\)"):
        read_cache(path, CIFAR10)


def test_too_little_memory_is_not_blamed_on_the_file(path, monkeypatch):
    def refuse(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("torch_models.npz_cache.read_array", refuse)
    with pytest.raises(MemoryError):
        tm.load_dataset("fashion_mnist", path.parent)


def test_a_folder_in_the_files_place_is_the_systems_own_error(tmp_path):
    (tmp_path / "fashion_mnist.npz").mkdir()
    with pytest.raises(OSError, match=r"fashion_mnist\.npz"):
        tm.load_dataset("fashion_mnist", tmp_path)
