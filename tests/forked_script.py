"""A script run as `python -P script.py` runs it, but forked from a server that has loaded PyTorch already."""

import multiprocessing
import os
import runpy
from pathlib import Path

from parity_tests.processes import PRELOADED


def run_script(path: Path) -> tuple[int, str]:
    """(exit code, minus the signal that killed it; what it said on stdout, then on stderr), run in its own folder."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    said = [path.with_suffix(f".{stream}") for stream in ("stdout", "stderr")]
    process = context.Process(target=_work, args=(str(path), *map(str, said)))
    process.start()
    process.join()
    return process.exitcode, "".join(file.read_text() for file in said)


def _work(path: str, *said: str) -> None:
    for stream, file in enumerate(said, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.chdir(os.path.dirname(path))
    runpy.run_path(path, run_name="__main__")
