"""Data sets through torchvision: archives are found, verified and kept as a .npz file. Nothing here goes online."""

import gzip
import hashlib
import os
import pickle
import time
from http.client import IncompleteRead
from urllib.error import URLError

import numpy as np
import pytest
import torch

import torch_models as tm
from torch_models import datasets, npz_cache

torchvision = tm.import_torchvision()
N_TRAIN, N_TEST = 30, 10


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """The error that every connection ends with."""
    errors = [URLError("[Errno -2] Name or service not known")]

    def refuse(*arguments, **options):
        raise errors[-1]

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    return errors


def pixels(n, *shape):
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(array):
    """The format of MNIST: magic number, sizes, bytes."""
    return bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.tobytes()


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """A data root with FashionMNIST's four archives, smaller than the real ones; the folder they are in."""
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    resources = []
    for split, n in (("train", N_TRAIN), ("t10k", N_TEST)):
        parts = {"images-idx3": pixels(n, 28, 28), "labels-idx1": (np.arange(n) % 10).astype(np.uint8)}
        for name, array in parts.items():
            archive = folder / f"{split}-{name}-ubyte.gz"
            archive.write_bytes(gzip.compress(idx(array)))
            resources.append((archive.name, md5(archive.read_bytes())))
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "resources", resources)
    return folder


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """A data root with CIFAR-10's unpacked batches, smaller than the real ones; the folder they are in."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()

    def batch(name, content):
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
        return [name, md5((folder / name).read_bytes())]

    def images(n):
        return {
            "data": pixels(n, 32, 32, 3).transpose(0, 3, 1, 2).reshape(n, 3072),
            "labels": [i % 10 for i in range(n)],
        }

    cls = torchvision.datasets.CIFAR10
    name, checksum = batch("batches.meta", {"label_names": ["airplane", "automobile"]})
    monkeypatch.setattr(cls, "meta", {"filename": name, "key": "label_names", "md5": checksum})
    monkeypatch.setattr(cls, "train_list", [batch("data_batch_1", images(N_TRAIN))])
    monkeypatch.setattr(cls, "test_list", [batch("test_batch", images(N_TEST))])
    return folder


def load(root, name):
    return tm.load_dataset(name, root, validation=10)


def check_loaded(data, *shape):
    """The archives' pixels, in all three splits."""
    images = torch.cat([data.train_inputs, data.validation_inputs])
    assert len(images) == N_TRAIN
    expected = pixels(N_TRAIN, *shape).reshape(N_TRAIN, *shape[:2], -1).transpose(0, 3, 1, 2)
    assert sorted(images.flatten(1).tolist()) == sorted(expected.reshape(N_TRAIN, -1).tolist())
    expected = pixels(N_TEST, *shape).reshape(N_TEST, *shape[:2], -1).transpose(0, 3, 1, 2)
    assert np.array_equal(data.test_inputs.numpy(), expected)
    assert data.test_labels.tolist() == list(range(10))


CASES = [("fashion_mnist", "fashion", (28, 28)), ("cifar10", "cifar", (32, 32, 3))]


@pytest.mark.parametrize(("name", "archives", "shape"), CASES)
def test_archives_are_found_and_the_npz_file_is_written(tmp_path, monkeypatch, request, name, archives, shape):
    request.getfixturevalue(archives)
    first = load(tmp_path, name)
    check_loaded(first, *shape)
    cache = tmp_path / f"{name}.npz"
    assert {path.name for path in tmp_path.iterdir()} >= {cache.name}
    assert not list(tmp_path.glob(".*")), "no temporary file is left"
    with np.load(cache, allow_pickle=False) as arrays:
        assert {key: (array.dtype.name, array.shape) for key, array in arrays.items()} == {
            "train_images": ("uint8", (N_TRAIN, *shape)),
            "train_labels": ("int64", (N_TRAIN,)),
            "test_images": ("uint8", (N_TEST, *shape)),
            "test_labels": ("int64", (N_TEST,)),
        }
    monkeypatch.setattr(datasets, "download", None)  # the second time torchvision is not asked
    second = load(tmp_path, name)
    assert torch.equal(first.train_inputs, second.train_inputs)
    assert torch.equal(first.validation_labels, second.validation_labels)


ONE_SENTENCE = (
    "{name}: there is no {root}/{name}.npz and the download failed ({words}): connect to a network, name the folder "
    "that has the file with --data-root, or take --dataset digits, which needs neither."
)


@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_without_a_network_one_sentence_says_what_to_do(tmp_path, name):
    with pytest.raises(tm.DatasetError) as caught:
        load(tmp_path, name)
    words = str(caught.value).split("download failed (", 1)[1].rsplit("):", 1)[0]
    assert "Name or service not known" in words
    assert str(caught.value) == ONE_SENTENCE.format(name=name, root=tmp_path, words=words)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*.npz"))


BROKEN = [ConnectionResetError(104, "Connection reset by peer"), TimeoutError("timed out"), IncompleteRead(b"", 9)]


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_a_connection_that_breaks_is_no_network_either(tmp_path, network, name, error):
    network.append(error)
    with pytest.raises(tm.DatasetError, match=rf"the download failed \({type(error).__name__}: "):
        load(tmp_path, name)


def test_a_full_disk_is_the_systems_own_error(tmp_path, network):
    network.append(OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        load(tmp_path, "cifar10")


def test_an_archive_with_another_checksum_is_not_used(tmp_path, fashion):
    archive = fashion / "train-labels-idx1-ubyte.gz"
    archive.write_bytes(gzip.compress(idx(np.zeros(N_TRAIN, np.uint8))))
    with pytest.raises(
        tm.DatasetError, match=r"download failed \(RuntimeError: Error downloading train-labels"
    ) as caught:
        load(tmp_path, "fashion_mnist")
    assert str(caught.value).startswith(f"{archive} is damaged")
    assert "copy that file again" in str(caught.value)
    assert not list(tmp_path.glob("*.npz"))


@pytest.mark.parametrize("length", [0, 3, 10, 16, 5000])
def test_an_archive_that_was_half_unpacked_is_named(tmp_path, fashion, length):
    """torchvision unpacks in place and does not look at the result again: a kill at that moment stays behind."""
    load(tmp_path, "fashion_mnist")
    (tmp_path / "fashion_mnist.npz").unlink()
    unpacked = fashion / "train-images-idx3-ubyte"
    unpacked.write_bytes(unpacked.read_bytes()[:length])
    with pytest.raises(tm.DatasetError, match=r"cannot read what it unpacked there .* all but the archives") as caught:
        load(tmp_path, "fashion_mnist")
    assert str(caught.value).startswith(f"{fashion}: ")
    for path in fashion.glob("*-ubyte"):  # the cure
        path.unlink()
    check_loaded(load(tmp_path, "fashion_mnist"), 28, 28)


def test_what_the_archives_hold_is_checked_too(tmp_path, fashion):
    load(tmp_path, "fashion_mnist")
    (tmp_path / "fashion_mnist.npz").unlink()
    (fashion / "t10k-labels-idx1-ubyte").write_bytes(idx(np.full(N_TEST, 10, np.uint8)))
    with pytest.raises(tm.DatasetError, match=r"test_labels: expected classes 0..9, got 10..10"):
        load(tmp_path, "fashion_mnist")
    assert not list(tmp_path.glob("*.npz"))


def test_an_npz_file_that_cannot_be_written_is_only_a_warning(tmp_path, fashion, monkeypatch):
    def fill_the_disk(path, **arrays):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(npz_cache.np, "savez", fill_the_disk)
    with pytest.warns(UserWarning, match=r"fashion_mnist.npz could not be written \(.*No space left.*\)"):
        data = load(tmp_path, "fashion_mnist")
    check_loaded(data, 28, 28)
    assert [path.name for path in tmp_path.iterdir()] == ["FashionMNIST"]


def test_what_a_kill_left_half_written_goes_when_it_is_old(tmp_path, fashion):
    old, young, mine = (
        tmp_path / f".{name}.npz" for name in (f"fashion_mnist.{'0' * 16}", f"fashion_mnist.{'a' * 16}", "x")
    )
    for path, age in ((old, 3700), (young, 3500), (mine, 3700)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    load(tmp_path, "fashion_mnist")
    assert [path.exists() for path in (old, young, mine)] == [False, True, True]
