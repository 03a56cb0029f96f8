"""A run folder: what a training run was asked for, how it went, and what it takes to go on after a kill.

    config.json         options, seed, normalisation, device, versions
    history.csv         one row for each epoch
    curves.png          the same as a picture
    model.safetensors   the weights of the best epoch on the validation images
    checkpoint.pt       a TrainingState after a whole epoch, and the options it belongs to
    predictions.csv     the class of each test image
    tensorboard/        the history once more, where TensorBoard is installed

Each file is written beside its target and renamed, so a kill at any moment leaves the old one or the new one. The
checkpoint holds no objects: it is read with weights_only=True, after its checksums were compared.
"""

import io
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import torch

from torch_models.checkpoints import write_weights
from torch_models.curves import plot_curves, write_history
from torch_models.event_log import EventLog
from torch_models.files import atomic_path, expanded, is_temporary_of
from torch_models.folder_lock import locked
from torch_models.training_state import TrainingState

Options = Mapping[str, str | int | None]

FORMAT = 1
CONFIG, CHECKPOINT = "config.json", "checkpoint.pt"
TEST_ERRORS = "test_errors.csv"  # of several runs that are compared, beside their folders
FILES = (CONFIG, "history.csv", "curves.png", "model.safetensors", CHECKPOINT, "predictions.csv")


class RunFolderError(ValueError):
    """A run folder that cannot be used as asked: one sentence with the file, what is wrong, and the cure."""


class RunFolder:
    """`options` are those that decide the weights: a checkpoint that was made with others is refused."""

    def __init__(self, path: str | os.PathLike[str], options: Options) -> None:
        self.path = expanded(path)
        self.options = dict(options)
        self.config, self.history, self.curves, self.weights, self.checkpoint, self.predictions = (
            self.path / name for name in FILES
        )
        self.events = EventLog(self.path / "tensorboard")

    def open(self, *, resume: bool) -> None:
        """Make the folder, or enter it. Only `resume` enters one that has files, and only one that a run has made."""
        make_folder(self.path)
        there = list(self.path.iterdir())
        leftovers = list(filter(is_leftover, there))  # of a kill while a file was being written
        if len(there) > len(leftovers):
            self.refuse_another(resume=resume)
        for leftover in leftovers:
            leftover.unlink()

    def refuse_another(self, *, resume: bool) -> None:
        """A RunFolderError unless the files in the folder are of this run."""
        if not resume:
            raise RunFolderError(
                f"{self.path} has files already: --resume goes on with the run in it, another --out starts a new one."
            )
        if not self.config.exists():
            raise RunFolderError(f"{self.path} is no run folder (it has no config.json): is --out the right one?")
        if different := differences(self.configured(), self.options):
            raise other_options(self.config, different)

    def configured(self) -> Options:
        """The options in config.json. If it is no valid JSON, the checkpoint's options are compared instead, and
        config.json is rewritten."""
        try:
            return dict(json.loads(self.config.read_text(encoding="utf-8"))["options"])
        except ValueError:
            return self.options
        except (KeyError, TypeError) as error:
            raise RunFolderError(f"{self.config} is not of a training run: is --out the right one?") from error

    def write_config(self, *, device: torch.device, **facts: object) -> None:
        """config.json: the options, the versions, and other `facts` that JSON can hold."""
        versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__}
        config = {"options": self.options, **facts, "device": str(device), "versions": versions}
        with atomic_path(self.config) as temporary:
            temporary.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    def save(self, state: TrainingState) -> None:
        """After an epoch. The checkpoint comes first; the other files follow from it."""
        whole = io.BytesIO()  # torch.save into a file turns "no space left" into another error
        torch.save({"format": FORMAT, "options": self.options, "state": state.state_dict()}, whole)
        with atomic_path(self.checkpoint) as temporary:
            temporary.write_bytes(whole.getbuffer())
        write_history(self.history, state.history)
        self.events.write(state.history)
        if state.best_epoch == state.epochs_done:
            write_weights(state.best_weights, self.weights)

    def finish(self, state: TrainingState) -> None:
        """When all epochs are done: also the picture. The rest once more, since a kill may have come before it."""
        write_history(self.history, state.history)
        write_weights(state.best_weights, self.weights)
        plot_curves({self.path.name or "run": state.history}, self.curves, chosen_by=state.chosen_by)
        self.events.write(state.history)
        self.events.close()

    def restore(self, state: TrainingState) -> bool:
        """Put the checkpoint into `state`; False if there is none, since no epoch was finished."""
        if not self.checkpoint.exists():
            return False
        content = self.checkpoint.read_bytes()
        try:
            checkpoint = unpacked(content)
            options = dict(checkpoint["options"])
        except Exception as error:  # damage comes out as one of many exceptions
            raise self.damaged(error) from error
        if different := differences(options, self.options):
            raise other_options(self.checkpoint, different)
        try:
            state.load_state_dict(checkpoint["state"])
        except Exception as error:
            raise self.damaged(error) from error
        return True

    def damaged(self, error: Exception) -> RunFolderError:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}".removesuffix(": ")
        return RunFolderError(
            f"{self.checkpoint} is damaged or no checkpoint ({reason}): delete it, and --resume starts at epoch 1."
        )


@contextmanager
def only_run_in(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make the folder, and keep other runs out while inside: two would delete and overwrite each other's files."""
    path = expanded(path)
    make_folder(path)
    with locked(path) as ours:
        if not ours:
            raise RunFolderError(f"another run is training in {path}: wait until it is done, or name another --out.")
        yield


def make_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file: name a folder for the run with --out.")
    path.mkdir(parents=True, exist_ok=True)


def unpacked(content: bytes) -> dict:
    """The checkpoint in these bytes. torch.load alone would not notice a flipped bit in a tensor."""
    with ZipFile(io.BytesIO(content)) as archive:
        if (name := archive.testzip()) is not None:
            raise ValueError(f"checksum of {name}")
    checkpoint = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if checkpoint["format"] != FORMAT:
        raise ValueError(f"format {checkpoint['format']}, expected {FORMAT}")
    return checkpoint


def other_options(path: Path, different: str) -> RunFolderError:
    return RunFolderError(
        f"{path} belongs to a run with other options ({different}): repeat those, or name another --out."
    )


def differences(there: Options, asked: Options) -> str:
    names = [name for name in (*asked, *there) if there.get(name) != asked.get(name)]
    return "; ".join(f"{name} {there.get(name)}, not {asked.get(name)}" for name in dict.fromkeys(names))


def is_leftover(path: Path) -> bool:
    return any(is_temporary_of(path, name) for name in (*FILES, TEST_ERRORS))
