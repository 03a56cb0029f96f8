"""Files that are whole or not there: the three packages that write some do it alike."""

import errno
import inspect
import os
import stat

import numpy as np
import pytest
from torch import nn

import parity_tests.files
import scratch_nn.files
import torch_models as tm
from scratch_nn import L2, SGD, FullyConnected, NeuralNetwork
from table_scripts import names_in

PACKAGES = [scratch_nn.files, tm.files, parity_tests.files]
posix = pytest.mark.skipif(os.name != "posix", reason="file modes, and folders that can be flushed, are POSIX")


@pytest.fixture(params=PACKAGES, ids=lambda module: module.__package__)
def atomic_path(request):
    return request.param.atomic_path


def no_space(*named):
    return OSError(28, "No space left on device", *named)


def test_the_three_are_one_text():
    for name in ("atomic_path", "flush_to_disk"):
        assert len({inspect.getsource(getattr(module, name)) for module in PACKAGES}) == 1


def test_a_file_appears_only_when_it_is_complete(tmp_path, atomic_path):
    target = tmp_path / "new" / "folder" / "report.csv"
    with atomic_path(target) as path:
        path.write_text("half")
        assert not target.exists()
        assert path.parent == target.parent
        assert path.suffix == ".csv"
    assert target.read_text() == "half"
    assert names_in(target.parent) == ["report.csv"]


@pytest.mark.parametrize("error", [no_space, KeyboardInterrupt])
def test_a_failure_half_way_keeps_the_old_file_and_leaves_no_litter(tmp_path, atomic_path, error):
    target = tmp_path / "report.csv"
    target.write_text("old")

    def write_half():
        with atomic_path(target) as path:
            path.write_text("ha")
            raise error()

    with pytest.raises((OSError, KeyboardInterrupt)):
        write_half()
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["report.csv"]


def test_two_writers_do_not_share_a_temporary_file(tmp_path, atomic_path):
    target = tmp_path / "report.csv"
    with atomic_path(target) as first, atomic_path(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"  # the one that finished last
    assert names_in(tmp_path) == ["report.csv"]


@posix
def test_the_bytes_are_on_the_disk_before_the_name_changes_and_the_name_is_afterwards(
    tmp_path, monkeypatch, atomic_path
):
    calls, fsync, replace = [], os.fsync, os.replace

    def flush(descriptor):
        found = os.fstat(descriptor)
        calls.append("the folder" if os.path.samestat(found, tmp_path.stat()) else f"{found.st_size} bytes")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append("the rename"), replace(a, b)))
    with atomic_path(tmp_path / "report.csv") as path:
        path.write_text("text")
    assert calls == ["4 bytes", "the rename", "the folder"]


def test_a_failing_flush_keeps_the_old_file(tmp_path, monkeypatch, atomic_path):
    target = tmp_path / "report.csv"
    target.write_text("old")

    def fail(descriptor):
        raise no_space()

    def write():
        with atomic_path(target) as path:
            path.write_text("new")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write()
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["report.csv"]


@posix
def test_a_pipe_is_written_to_and_stays_one(tmp_path, atomic_path):
    """So does /dev/null, which root could replace by a file."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with atomic_path(tmp_path / "link") as path:
            path.write_text("text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    assert names_in(tmp_path) == ["link", "pipe"]


# ---- an error tells of the file that was asked for


def test_a_folder_in_its_place_is_named_alone(tmp_path, atomic_path):
    target = tmp_path / "folder.csv"
    target.mkdir()
    with pytest.raises(IsADirectoryError) as caught, atomic_path(target) as path:
        path.write_text("text")
    assert str(caught.value) == f"[Errno 21] Is a directory: '{target}'"
    assert names_in(tmp_path) == ["folder.csv"]


@pytest.mark.parametrize("named", [lambda path: (path,), lambda path: (str(path),), lambda path: ()])
def test_the_hidden_name_is_not_told(tmp_path, atomic_path, named):
    target = tmp_path / "report.csv"
    with pytest.raises(OSError, match="No space") as caught, atomic_path(target) as path:
        raise no_space(*named(path))  # write() fails without a name
    assert str(caught.value) == f"[Errno 28] No space left on device: '{target}'"


def test_a_file_that_cannot_be_removed_hides_no_error(tmp_path, monkeypatch, atomic_path):
    """In a file system that is read only, to remove what is not there fails as well."""

    def read_only(path, **where):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr(os, "unlink", read_only)
    target = tmp_path / "report.csv"
    with pytest.raises(OSError, match="Read-only") as caught, atomic_path(target) as path:
        read_only(path)
    assert caught.value.filename == str(target)


def test_errors_of_other_files_and_those_without_a_number_are_left_alone(tmp_path, atomic_path):
    for error in (FileNotFoundError(2, "No such file", "images.npy"), OSError("cannot compress")):
        before = str(error)
        with pytest.raises(OSError, match=r"No such file|cannot compress"), atomic_path(tmp_path / "report.csv"):
            raise error
        assert str(error) == before


# ---- weights


def save_ours(path):
    network = NeuralNetwork([FullyConnected(1)], L2(), SGD(0.1), rng=np.random.default_rng(0))
    network.build((1,))
    network.save(path)


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
@pytest.mark.parametrize("save", [save_ours, lambda path: tm.save_weights(nn.Linear(1, 1), path)], ids=["ours", "tm"])
def test_who_may_read_weights_is_decided_as_for_every_file(tmp_path, save, umask):
    """safetensors would make them private."""
    (tmp_path / "link.safetensors").symlink_to("real.safetensors")
    before = os.umask(umask)
    try:
        save(tmp_path / "link.safetensors")
    finally:
        os.umask(before)
    assert (tmp_path / "link.safetensors").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.safetensors").stat().st_mode) == 0o666 & ~umask
