"""scripts/predict.py: the classes that the training run gave, images from anywhere, and what it refuses by name."""

import json
import shutil
import zipfile

import numpy as np
import pytest
import torch

import killable
import torch_models as tm

mlp, predict = (killable.load(name) for name in ("train_fashion_mlp", "predict"))
QUICK = ["--dataset", "digits", "--epochs", "2", "--limit", "200"]
IMAGES = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The run folder of a training."""
    out = tmp_path_factory.mktemp("runs") / "mlp"
    assert mlp.main([*QUICK, "--out", str(out)]) == 0
    return out


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the weights and of config.json, to be damaged."""
    for name in ("model.safetensors", "config.json"):
        shutil.copy(finished / name, tmp_path)
    return tmp_path


def run(weights, *arguments):
    return predict.main([str(argument) for argument in ("--weights", weights, *arguments)])


def refusal(capsys, weights, *arguments):
    """What it says in one line, with the exit code of a wrong command."""
    capsys.readouterr()
    assert run(weights, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("predict.py: ")
    assert error.count("\n") == 1
    return error


def test_it_repeats_the_predictions_of_the_run(finished, tmp_path):
    assert run(finished / "model.safetensors", "--out", tmp_path / "again.csv") == 0
    assert (tmp_path / "again.csv").read_bytes() == (finished / "predictions.csv").read_bytes()


def test_a_tilde_is_the_home_folder_or_part_of_a_name(finished, tmp_path, monkeypatch):
    """The shell leaves that of --out=~/again.csv to us."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert run(finished / "model.safetensors", "--out=~/again.csv") == 0
    assert (tmp_path / "home" / "again.csv").exists()
    assert not (tmp_path / "~").exists()
    assert run(finished / "model.safetensors", "--out=again~.csv") == 0
    assert (tmp_path / "again~.csv").exists()


def test_it_asks_mirror_images_where_config_says_so(finished, folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["mirrored"] is False
    (folder / "config.json").write_text(json.dumps(config | {"mirrored": True}))
    assert run(folder / "model.safetensors", "--out", folder / "p.csv") == 0
    model, data = tm.FashionMLP(), tm.load_digits(tm.FashionMLP.input_shape)
    tm.load_weights(model, finished / "model.safetensors")
    with torch.inference_mode():
        x = tm.normalised(data).test_inputs
        expected = (model(x) + model(x.flip(3))).argmax(dim=1)
    assert torch.equal(tm.read_predictions(folder / "p.csv"), expected)
    assert not torch.equal(expected, tm.read_predictions(finished / "predictions.csv"))


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_it_takes_the_pixels_of_a_numpy_file(finished, tmp_path, ending):
    pixels = tm.load_digits(tm.FashionMLP.input_shape).test_inputs[:, 0].numpy()
    file = tmp_path / f"images.{ending}"
    np.save(file, pixels) if ending == "npy" else np.savez(file, images=pixels)
    options = ["--images", file, "--first-id", "1", "--out", tmp_path / "of_file.csv"]
    assert run(finished / "model.safetensors", *options) == 0
    ours = tm.read_predictions(tmp_path / "of_file.csv", first_id=1)
    assert torch.equal(ours, tm.read_predictions(finished / "predictions.csv"))


# --- weights --------------------------------------------------------------------------------------------------------


def test_weights_that_are_not_there_are_named(finished, capsys):
    for weights in (finished / "other.safetensors", finished / "nowhere" / "model.safetensors"):
        assert f"--weights {weights} is not there: name the model.safetensors" in refusal(capsys, weights)
    assert f"--weights {finished} is a folder" in refusal(capsys, finished)


def test_weights_without_their_config_are_named_with_it(folder, capsys):
    config, weights = folder / "config.json", folder / "model.safetensors"
    config.unlink()
    assert f"there is no {config} to say which network {weights} is of" in refusal(capsys, weights)


def test_weights_of_another_network(folder, capsys):
    weights = folder / "model.safetensors"
    tm.save_weights(tm.CifarCNN(), weights)
    assert f"{weights} does not fit FashionMLP" in refusal(capsys, weights, "--out", folder / "p.csv")
    assert not (folder / "p.csv").exists()


def test_weights_that_are_cut_short(folder, capsys):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    error = refusal(capsys, weights)
    assert f"{weights}: not a whole safetensors file" in error
    assert error.endswith("Copy or train the weights again.\n")


def test_weights_that_are_nan_predict_nothing(folder, capsys):
    weights = folder / "model.safetensors"
    model = tm.FashionMLP()
    tm.load_weights(model, weights)
    with torch.no_grad():
        list(model.parameters())[-1][3] = float("nan")
    tm.save_weights(model, weights)
    name = list(model.state_dict())[-1]
    assert f"{weights} holds NaN or infinity in {name}: " in refusal(capsys, weights, "--out", folder / "p.csv")
    assert not (folder / "p.csv").exists()


def test_a_checkpoint_is_told_from_the_weights_beside_it(finished, capsys):
    error = refusal(capsys, finished / "checkpoint.pt")
    assert f"{finished / 'checkpoint.pt'}: not a whole safetensors file" in error
    assert error.endswith("Name the model.safetensors beside it.\n")


WRONG_CONFIGS = [
    (lambda config: config | {"model": "Transformer"}, "no 'Transformer' that is known"),
    (lambda config: {"options": config["options"] | {"model": "FeedforwardNet"}}, "no 'model' that is known"),
    (lambda config: [config], "list indices"),
    (lambda config: config | {"normalisation": {"mean": [0.5, 0.5], "std": [1, 1]}}, "2 channels for 1"),
    (lambda config: config | {"normalisation": {"mean": [0.5], "std": [0]}}, "a deviation above 0"),
    (lambda config: config | {"normalisation": {"mean": ["a"], "std": [1]}}, "must be real number"),
]


@pytest.mark.parametrize(("change", "message"), WRONG_CONFIGS)
def test_a_config_that_is_not_of_a_run(folder, capsys, change, message):
    config = folder / "config.json"
    config.write_text(json.dumps(change(json.loads(config.read_text()))))
    error = refusal(capsys, folder / "model.safetensors")
    assert f"{config} is not of a run of train_cifar_cnn.py or train_fashion_mlp.py" in error
    assert message in error


def test_a_damaged_config(folder, capsys):
    (folder / "config.json").write_text("{")
    assert f"{folder / 'config.json'} is damaged" in refusal(capsys, folder / "model.safetensors")


# --- images ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((2, 32, 32, 3), np.uint8), "got uint8 of shape (2, 32, 32, 3)"),
        (np.zeros((2, 28, 28)), "got float64 of shape (2, 28, 28)"),
        (np.zeros((0, 28, 28), np.uint8), "expected at least one image"),
        (np.zeros((2, 0, 28), np.uint8), "got uint8 of shape (2, 0, 28)"),
        (np.zeros((2, 1, 28, 28), np.uint8), "Channels first? Save images.transpose(0, 2, 3, 1)."),
        (np.array([{}], dtype=object), "not a NumPy file that can be used"),
    ],
)
def test_images_that_do_not_fit(finished, tmp_path, capsys, pixels, message):
    file = tmp_path / "images.npy"
    np.save(file, pixels)
    error = refusal(capsys, finished / "model.safetensors", "--images", file, "--out", tmp_path / "p.csv")
    assert str(file) in error
    assert message in error
    assert not (tmp_path / "p.csv").exists()


def test_files_without_images(finished, tmp_path, capsys):
    picture, archive, two = (tmp_path / name for name in ("cat.png", "letter.docx", "two.npz"))
    picture.write_bytes(b"\x89PNG")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("letter.xml", "mine")
    np.savez(two, a=IMAGES, b=IMAGES)
    for path, message in (
        (picture, f"{picture} is no .npy or .npz file. A picture?"),
        (archive, f"{archive}: not a NumPy file that can be used (no array called images among none)"),
        (two, f"{two}: not a NumPy file that can be used (no array called images among a, b)"),
        (tmp_path / "gone.npy", f"cannot use {tmp_path / 'gone.npy'} (No such file or directory)"),
        (tmp_path, f"cannot use {tmp_path} (Is a directory)"),
    ):
        assert message in refusal(capsys, finished / "model.safetensors", "--images", path)


def test_nothing_that_is_read_is_written_over(folder, capsys):
    np.save(folder / "images.npy", IMAGES)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in before:
        options = ["--images", folder / "images.npy", "--out", path]
        assert f"would be written over {path}" in refusal(capsys, folder / "model.safetensors", *options)
    options = ["--images", folder / "images.npy", "--out", folder]
    assert "is a folder: name a file in it" in refusal(capsys, folder / "model.safetensors", *options)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_an_output_in_a_missing_folder_makes_it_and_in_a_file_is_refused(folder, capsys):
    np.save(folder / "images.npy", IMAGES)
    options = ["--images", folder / "images.npy", "--out"]
    assert run(folder / "model.safetensors", *options, folder / "new" / "folder" / "p.csv") == 0
    assert len(tm.read_predictions(folder / "new" / "folder" / "p.csv")) == 2
    file = folder / "config.json"
    assert f"cannot use {file} (it is no folder)" in refusal(
        capsys, folder / "model.safetensors", *options, file / "p.csv"
    )


def test_two_sources_of_images(finished, tmp_path, capsys):
    options = ["--images", tmp_path / "images.npy", "--dataset", "digits"]
    assert "two sources of images" in refusal(capsys, finished / "model.safetensors", *options)


def test_help_teaches(capsys):
    with pytest.raises(SystemExit, match="0"):
        predict.main(["--help"])
    printed = capsys.readouterr().out
    assert all(words in printed for words in ("examples:", "predict.py", "Id,Category", "train_cifar_cnn.py"))
