"""Weights: whole or not at all, and read back as they were. (Of atomic_path itself: test_files.py.)"""

import os

import pytest
import torch
from safetensors.torch import load_file, save_file

import torch_models as tm
from table_scripts import names_in


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
