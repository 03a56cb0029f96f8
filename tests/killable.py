"""A training script in a process of its own, quickly: many processes are forked off one that has PyTorch loaded.

They are real processes and are killed by SIGKILL. Each computes with one thread, so that their bits compare.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import torch

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
FILES = [
    "checkpoint.pt",
    "config.json",
    "curves.png",
    "history.csv",
    "model.safetensors",
    "predictions.csv",
    "tensorboard",
]
PRELOADED = [
    "torch_models.run_folder",
    "torch._dynamo",
    "torch.utils.tensorboard",
    "sklearn.model_selection",
    "matplotlib.backends.backend_agg",
]


def load(name: str):
    """scripts/<name>.py as a module, with scripts/ where `python scripts/<name>.py` would have it."""
    if str(SCRIPTS) not in sys.path:
        sys.path.insert(0, str(SCRIPTS))
    return importlib.import_module(name)


def start(name: str, arguments: list[str], log: Path, *, dies_writing: int | None = None) -> multiprocessing.Process:
    """Start main(arguments) of a script; what it prints goes to `log`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=work, args=(name, arguments, str(log), dies_writing), daemon=True)
    process.start()
    return process


def work(name: str, arguments: list[str], log: str, dies_writing: int | None) -> None:
    torch.set_num_threads(1)
    if dies_writing is not None:
        kill_oneself_in(dies_writing)
    with open(log, "a", buffering=1) as file, redirect_stdout(file), redirect_stderr(file):
        code = load(name).main(arguments)
    sys.exit(code)


def kill_oneself_in(checkpoint: int) -> None:
    """SIGKILL when half of the so-many-th checkpoint is on the disk, before the rename."""
    from torch_models import run_folder

    written, write = 0, run_folder.Path.write_bytes

    def write_half(path, data):
        nonlocal written
        written += path.name.startswith(".checkpoint")
        if written == checkpoint:
            write(path, bytes(data)[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return write(path, data)

    run_folder.Path.write_bytes = write_half


def wait_for(words: str, log: Path, process: multiprocessing.Process) -> None:
    """Until the words are in the log."""
    while words not in (log.read_text() if log.exists() else ""):
        assert process.is_alive(), f"ended without printing {words!r}: {log.read_text()}"
        time.sleep(0.005)


def wait_for_file(path: Path) -> None:
    while not path.exists():
        time.sleep(0.005)


def kill(process: multiprocessing.Process) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def finish(process: multiprocessing.Process, log: Path) -> None:
    process.join()
    assert process.exitcode == 0, log.read_text()


def same(a, b):
    """Equal bit for bit, whatever is nested in what; how long an epoch took does not count."""
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a if name != "seconds")
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b
