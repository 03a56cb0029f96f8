"""torch_models.run_folder: what a run folder holds, what is refused, and that going on is going on exactly."""

import csv
import errno
import json
from contextlib import suppress

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import OneCycleLR, StepLR

import torch_models as tm
from killable import same
from torch_models import run_folder
from torch_models.recipes import CIFAR_CNN, FASHION_MLP, Recipe
from torch_models.run_folder import RunFolder, RunFolderError
from torch_models.training_state import TrainingState

OPTIONS = {"model": "small", "epochs": 5, "seed": 0, "limit": None}
CPU = torch.device("cpu")
RECIPES = {
    "momentum": Recipe(5, 4, SGD, {"lr": 0.1, "momentum": 0.9}, StepLR, {"step_size": 2, "gamma": 0.1}),
    "adam": Recipe(5, 4, Adam, {"lr": 0.01}),
    "cycle": Recipe(5, 4, SGD, {"lr": 0.1, "momentum": 0.9}, OneCycleLR, {"max_lr": 0.2, "cycle_momentum": False}),
}


def small_data():
    generator = torch.Generator().manual_seed(0)
    parts = {}
    for split, count in (("train", 11), ("validation", 9), ("test", 9)):
        parts[f"{split}_inputs"] = torch.randn(count, 1, 4, 4, generator=generator)
        parts[f"{split}_labels"] = torch.randint(3, (count,), generator=generator)
    return tm.Splits(**parts, class_names=("a", "b", "c"))


def small_model():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(8, 3))


def begin(recipe=RECIPES["momentum"]):
    learner = recipe.learner(recipe.model(small_model, seed=0), steps=5 * 3, device=CPU)
    return TrainingState(learner, torch.Generator().manual_seed(0))


def go_on(state, recipe=RECIPES["momentum"], *, until=5, save=lambda state: None):
    """The epochs that are left, as if killed after `until`."""

    class Killed(Exception):
        pass

    def on_epoch(row):
        state.record(row)
        save(state)
        if row["epoch"] == until < recipe.epochs:
            raise Killed

    settings = {"epochs": 5, "batch_size": 4, "progress": False, "on_epoch": on_epoch}
    with suppress(Killed):
        first = state.epochs_done + 1
        tm.train(state.learner, small_data(), **settings, generator=state.generator, first_epoch=first)
    return state


@pytest.fixture
def folder(tmp_path):
    found = RunFolder(tmp_path / "run", OPTIONS)
    found.open(resume=False)
    return found


@pytest.fixture
def saved(folder):
    """A run folder with the checkpoint of two epochs."""
    folder.write_config(device=CPU)
    go_on(begin(), until=2, save=folder.save)
    return folder


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("until", [1, 3])
def test_going_on_ends_as_the_run_that_never_stopped(folder, recipe, until):
    whole = go_on(begin(recipe), recipe)
    go_on(begin(recipe), recipe, until=until, save=folder.save)
    resumed = begin(recipe)
    assert folder.restore(resumed)
    assert resumed.epochs_done == until
    assert same(go_on(resumed, recipe).state_dict(), whole.state_dict())


@pytest.mark.parametrize("part", ["optimizer", "generator", "schedule"])
def test_a_part_that_is_not_restored_is_noticed(saved, part):
    """The comparison above can fail: without any one part the run ends elsewhere."""
    resumed, forgotten = begin(), begin()
    saved.restore(resumed)
    if part == "generator":
        resumed.generator = forgotten.generator
    else:
        getattr(resumed.learner, part).load_state_dict(getattr(forgotten.learner, part).state_dict())
    assert not same(go_on(resumed).state_dict(), go_on(begin()).state_dict())


def test_the_best_epoch_is_the_first_of_the_highest_accuracy():
    model = nn.Linear(1, 1)
    state = TrainingState(tm.TorchLearner(model, SGD(model.parameters())), torch.Generator())
    for epoch, accuracy in enumerate((0.5, 0.75, 0.6, 0.75), start=1):
        nn.init.constant_(model.weight, epoch)
        state.record({"epoch": epoch, "validation_accuracy": accuracy})
    assert state.best_epoch == 2
    assert state.best_weights["weight"].item() == 2


def test_the_files_of_a_finished_run(saved):
    state = begin()
    saved.restore(state)
    saved.finish(go_on(state, save=saved.save))
    names = {"config.json", "history.csv", "curves.png", "model.safetensors", "checkpoint.pt", "tensorboard"}
    assert {path.name for path in saved.path.iterdir()} == names
    model = small_model()
    tm.load_weights(model, saved.weights)
    assert same(dict(model.state_dict()), state.best_weights)
    with open(saved.history, newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == list("12345")
    config = json.loads(saved.config.read_text())
    assert config["options"] == OPTIONS
    assert config["versions"]["torch"] == torch.__version__


def test_a_folder_with_files_is_refused_unless_resumed(saved):
    with pytest.raises(RunFolderError, match="has files already: --resume goes on"):
        saved.open(resume=False)
    saved.open(resume=True)


def test_a_folder_that_no_run_has_made_is_not_resumed(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="is no run folder"):
        RunFolder(tmp_path, OPTIONS).open(resume=True)


def test_a_config_of_other_options_or_of_something_else(saved):
    with pytest.raises(RunFolderError, match=r"config\.json belongs to a run with other options \(seed 0, not 1\)"):
        RunFolder(saved.path, OPTIONS | {"seed": 1}).open(resume=True)
    saved.config.write_text("[1]")
    with pytest.raises(RunFolderError, match=r"config\.json is not of a training run"):
        saved.open(resume=True)
    saved.config.write_text("{")  # damaged: the checkpoint knows the options as well
    saved.open(resume=True)
    assert saved.restore(begin())


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(RunFolderError, match="is a file"):
        RunFolder(tmp_path / "run", OPTIONS).open(resume=True)


def test_without_a_checkpoint_nothing_is_restored(folder):
    assert folder.restore(begin()) is False


def test_leftovers_of_a_kill_while_writing_are_removed_and_nothing_else(saved):
    leftover, mine = saved.path / ".checkpoint.0123456789abcdef.pt", saved.path / ".mine.pt"
    leftover.write_bytes(b"half")
    mine.write_bytes(b"mine")
    saved.open(resume=True)
    assert not leftover.exists()
    assert mine.exists()


def test_a_refusal_removes_nothing(saved):
    """What looks like a leftover may be the file that another run writes just now."""
    written = saved.path / ".checkpoint.0123456789abcdef.pt"
    written.write_bytes(b"half")
    with pytest.raises(RunFolderError, match="has files already"):
        saved.open(resume=False)
    with pytest.raises(RunFolderError, match="other options"):
        RunFolder(saved.path, OPTIONS | {"seed": 1}).open(resume=True)
    assert written.exists()


def test_a_folder_with_leftovers_alone_is_empty(folder):
    (folder.path / ".config.0123456789abcdef.json").write_text("{")
    folder.open(resume=False)
    assert list(folder.path.iterdir()) == []


def test_a_checkpoint_of_other_options_says_which(saved):
    other = RunFolder(saved.path, OPTIONS | {"seed": 1, "limit": 7})
    with pytest.raises(RunFolderError, match=r"other options \(seed 0, not 1; limit None, not 7\)"):
        other.restore(begin())


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_checkpoint_that_is_cut_short_is_refused(saved, share):
    content = saved.checkpoint.read_bytes()
    saved.checkpoint.write_bytes(content[: int(share * len(content))])
    with pytest.raises(RunFolderError, match=r"checkpoint\.pt is damaged .*: delete it") as caught:
        saved.restore(begin())
    assert "\n" not in str(caught.value)


def test_one_flipped_bit_in_a_weight_is_noticed(saved):
    content = bytearray(saved.checkpoint.read_bytes())
    place = content.find(begin_weight(saved))
    assert place > 0
    content[place] ^= 1
    saved.checkpoint.write_bytes(content)
    with pytest.raises(RunFolderError, match="checksum"):
        saved.restore(begin())


def begin_weight(folder):
    state = begin()
    folder.restore(state)
    return state.learner.model[4].weight.detach().numpy().tobytes()


def test_a_checkpoint_with_an_object_in_it_is_not_run(saved):
    torch.save({"format": run_folder.FORMAT, "options": OPTIONS, "state": small_model()}, saved.checkpoint)
    with pytest.raises(RunFolderError, match="UnpicklingError"):
        saved.restore(begin())


def test_a_full_disk_leaves_the_previous_checkpoint_whole(saved, monkeypatch):
    before = saved.checkpoint.read_bytes()

    def full(path, data):
        with open(path, "wb") as file:
            file.write(bytes(data)[:100])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(run_folder.Path, "write_bytes", full)
    state = begin()
    saved.restore(state)
    with pytest.raises(OSError, match="No space left"):
        go_on(state, save=saved.save)
    assert saved.checkpoint.read_bytes() == before
    assert not [path for path in saved.path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(("make", "recipes"), [(tm.FashionMLP, FASHION_MLP), (tm.CifarCNN, CIFAR_CNN)])
def test_the_recipes_begin_with_the_weights_of_their_seed(make, recipes):
    with tm.seeded(3):
        expected = make()
    for recipe in recipes.values():
        learner = recipe.learner(recipe.model(make, seed=3), steps=10, device=CPU)
        assert same(learner.weights(), dict(expected.state_dict()))
