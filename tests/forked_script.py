"""A script run as a program, but forked from the server of all children, which has loaded PyTorch already.

What it may import is what the tests may: that it needs nothing of ours is seen from its text.
"""

import os
import runpy
from pathlib import Path

from parity_tests import processes


def run_script(path: Path) -> tuple[int, str]:
    """(exit code, minus the signal that killed it; what it said on stdout, then on stderr), run in its own folder."""
    said = [path.with_suffix(f".{stream}") for stream in ("stdout", "stderr")]
    process = processes._context().Process(target=_work, args=(str(path), *map(str, said)))
    process.start()
    process.join()
    return process.exitcode, "".join(file.read_text() for file in said)


def _work(path: str, *said: str) -> None:
    for stream, file in enumerate(said, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.chdir(os.path.dirname(path))
    runpy.run_path(path, run_name="__main__")
