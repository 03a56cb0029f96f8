"""Atomic files and weights: whole or not at all, and read back as they were."""

import os
import stat

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import torch_models as tm

# --- atomic_path ------------------------------------------------------------------------------------------------------


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "new" / "folder" / "report.csv"
    with tm.atomic_path(target) as path:
        path.write_text("half")
        assert not target.exists()
        assert path.parent == target.parent
        assert path.suffix == ".csv"
    assert target.read_text() == "half"
    assert names_in(target.parent) == ["report.csv"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_half_way_keeps_the_old_file_and_leaves_no_litter(tmp_path, error):
    target = tmp_path / "report.csv"
    target.write_text("old")

    def write_half():
        with tm.atomic_path(target) as path:
            path.write_text("ha")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["report.csv"]


def test_two_writers_do_not_share_a_temporary_file(tmp_path):
    target = tmp_path / "report.csv"
    with tm.atomic_path(target) as first, tm.atomic_path(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"  # the one that finished last
    assert names_in(tmp_path) == ["report.csv"]


def test_the_bytes_are_on_the_disk_before_the_name_changes(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append("replace"), replace(a, b)))
    with tm.atomic_path(tmp_path / "report.csv") as path:
        path.write_text("text")
    assert calls[:2] == ["fsync", "replace"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    target = tmp_path / "folder.csv"
    target.mkdir()
    with pytest.raises(IsADirectoryError) as caught, tm.atomic_path(target) as path:
        path.write_text("text")
    assert (caught.value.filename, caught.value.filename2) == (str(target), None)
    for named in (lambda path: (path,), lambda path: ()):  # write() fails without a name
        with pytest.raises(OSError, match="No space") as caught, tm.atomic_path(tmp_path / "report.csv") as path:
            raise OSError(28, "No space left on device", *named(path))
        assert caught.value.filename == str(tmp_path / "report.csv")


def test_a_failing_rename_leaves_no_litter(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError("no")

    def write():
        with tm.atomic_path(tmp_path / "report.csv") as path:
            path.write_text("text")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write()
    assert names_in(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="symbolic links and file modes are POSIX")
def test_links_and_permissions_are_those_of_an_ordinary_write(tmp_path):
    (tmp_path / "plain").write_text("")
    (tmp_path / "link.safetensors").symlink_to("real.safetensors")
    tm.save_weights(nn.Linear(1, 1), tmp_path / "link.safetensors")
    assert (tmp_path / "link.safetensors").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.safetensors").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain").stat().st_mode
    )


# --- weights ----------------------------------------------------------------------------------------------------------


def test_weights_round_trip_with_running_statistics(tmp_path):
    images = torch.randn(4, 3, 32, 32)
    saved, loaded = tm.CifarCNN(), tm.CifarCNN()
    saved(images)  # moves the running statistics
    tm.save_weights(saved, tmp_path / "model.safetensors")
    tm.load_weights(loaded, tmp_path / "model.safetensors")
    assert loaded.layers[1].num_batches_tracked == 1
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in saved.state_dict().items())
    torch.testing.assert_close(saved.eval()(images), loaded.eval()(images), rtol=0, atol=0)
    assert names_in(tmp_path) == ["model.safetensors"]


def test_weights_are_plain_safetensors_under_pytorchs_names(tmp_path):
    model = tm.CifarCNN().to(memory_format=torch.channels_last)
    tm.save_weights(model, tmp_path / "model.safetensors")
    weights = load_file(tmp_path / "model.safetensors")
    assert sorted(weights) == sorted(model.state_dict())
    assert torch.equal(weights["layers.4.weight"], model.layers[4].weight)


def test_weights_that_do_not_fit_are_all_listed_and_none_is_loaded(tmp_path):
    model = tm.FashionMLP()
    weights = {name: torch.zeros_like(tensor) for name, tensor in model.state_dict().items()}
    del weights["layers.1.bias"]
    weights["layers.3.weight"] = torch.zeros(256, 128)
    weights["layers.5.bias"] = torch.zeros(10, dtype=torch.float64)
    weights["head.weight"] = torch.zeros(2)
    save_file(weights, tmp_path / "model.safetensors")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(tm.WeightsMismatch) as caught:
        tm.load_weights(model, tmp_path / "model.safetensors")
    header, *lines = str(caught.value).splitlines()
    assert header == f"{tmp_path / 'model.safetensors'} does not fit FashionMLP:"
    assert [line.strip() for line in lines] == [
        "missing: layers.1.bias, float32 (256,)",
        "unexpected: head.weight, float32 (2,)",
        "different: layers.3.weight, expected float32 (128, 256), got float32 (256, 128)",
        "different: layers.5.bias, expected float32 (10,), got float64 (10,)",
    ]
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("size", [0, 4, 100, -1])
def test_a_file_cut_short_is_named(tmp_path, size):
    path = tmp_path / "model.safetensors"
    tm.save_weights(tm.FashionMLP(), path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"model.safetensors: not a whole safetensors file"):
        tm.load_weights(tm.FashionMLP(), path)


def test_a_pickle_is_not_loaded(tmp_path):
    torch.save(tm.FashionMLP().state_dict(), tmp_path / "model.pt")
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        tm.load_weights(tm.FashionMLP(), tmp_path / "model.pt")


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.safetensors"):
        tm.load_weights(tm.FashionMLP(), tmp_path / "nowhere.safetensors")


def test_a_full_disk_keeps_the_previous_weights(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    tm.save_weights(tm.FashionMLP(), path)
    before = path.read_bytes()

    def disk_is_full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_is_full)
    with pytest.raises(OSError, match="No space left"):
        tm.save_weights(tm.FashionMLP(), path)
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["model.safetensors"]
