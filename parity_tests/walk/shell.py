"""A working copy of the repository, as after `make setup`, and a terminal that is opened in it.

The copy's .venv stands in for the one that `make setup` makes: its python is the one that runs this, which has
everything installed. It can be used by its path, and activated.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("Makefile", "constraints.txt", "pyproject.toml")
FOLDERS = ("docs", "parity_tests", "scratch_nn", "scripts", "torch_models")
# Of the variables. All else, a make above this one, pytest's options, an activated environment, a terminal that was
# just opened does not have.
KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def working_copy(folder: Path, root: Path = ROOT) -> Path:
    """What a clone has after `make setup`, in this folder, which must be empty."""
    for name in FILES:
        shutil.copy2(root / name, folder / name)
    for name in FOLDERS:
        shutil.copytree(root / name, folder / name)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    (programs / "python").chmod(0o755)
    (programs / "activate").write_text(f'PATH="{programs}:$PATH"\n', encoding="utf-8")
    (folder / ".venv" / ".installed").touch()  # newer than pyproject.toml and constraints.txt: make installs nothing
    return folder


@dataclass(frozen=True)
class Printed:
    """lines: on both streams, without empty ones at either end."""

    lines: tuple[str, ...]
    exit_code: int


class Shell:
    """One bash in a folder, for one command after the other: what one of them sets is there for the next."""

    def __init__(self, folder: Path, seconds: float) -> None:
        """seconds: the limit of each command."""
        self.seconds = seconds
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={"PATH": _path(), **{name: os.environ[name] for name in KEPT if name in os.environ}},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *error: object) -> None:
        self._kill()
        self.process.communicate()

    def run(self, command: str) -> Printed:
        """Raises RuntimeError for a command that does not end in time, or ends the shell."""
        end, lines = secrets.token_hex(16), []
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n%s %d\\n' {end} $?\n".encode())
        self.process.stdin.flush()
        limit = threading.Timer(self.seconds, self._kill)
        limit.start()
        try:
            for line in map(_seen, self.process.stdout):
                if line.startswith(end):
                    return Printed(tuple("\n".join(lines).strip("\n").splitlines()), int(line.split()[1]))
                lines.append(line)
        finally:
            limit.cancel()
        raise RuntimeError(
            f"{command}: expected it to end within {self.seconds:g} s and to leave the shell open, got "
            f"{lines[-5:]} and no more"
        )

    def _kill(self) -> None:
        """The shell, and what it runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def _seen(line: bytes) -> str:
    """What a terminal leaves to be seen of a line: a progress bar writes over itself, and at last wipes itself away."""
    return line.decode("utf-8", "replace").rstrip("\n").rpartition("\r")[2]


def _path() -> str:
    """The programs of the machine, without those of the environment that runs this: a reader activates it first."""
    own = Path(sys.prefix) / "bin" if sys.prefix != sys.base_prefix else None
    return os.pathsep.join(part for part in os.get_exec_path() if own is None or Path(part) != own)
