"""Files that are whole or not there: write beside the target, then rename over it.

Whoever reads the target finds the old content or the new, never half of it: os.replace is one step for the file system.
The new bytes are flushed to the disk before the rename (otherwise a power cut could keep the name and lose the
content), and the folder after it.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `target` to write to; on success it becomes `target`, on failure it is removed.

        with atomic_path("runs/demo/history.csv") as path:
            path.write_text(text)

    The temporary name is hidden and ends like the target (.csv), for writers that go by the ending; an OSError names
    the target in its place. Missing folders are made, and a target that is a symbolic link stays one. What is neither
    file nor folder (a pipe, /dev/null) is given as it is: a rename would put a file in its place.
    """
    if os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target):
        yield Path(target)
        return
    target = Path(os.path.realpath(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(8)}{target.suffix}")
    try:
        yield temporary
        flush_to_disk(temporary)
        os.replace(temporary, target)
    except OSError as error:
        if error.errno is not None and error.filename in (None, temporary, os.fspath(temporary)):
            error.filename = os.fspath(target)
            del error.filename2  # os.replace tells of two files; None would be shown as one
        raise
    finally:
        with suppress(OSError):  # it is not there, or the error above is what counts
            temporary.unlink()
    if os.name == "posix":
        flush_to_disk(target.parent)


def expanded(path: str | os.PathLike[str]) -> Path:
    """With ~ and ~name as the home folders they stand for; where nobody is called name, ~name is a folder like others.

    (Path.expanduser raises a RuntimeError there.)
    """
    return Path(os.path.expanduser(path))


def is_temporary_of(path: Path, target: str) -> bool:
    """Whether it has a name under which `atomic_path` writes the file called `target`: a kill may leave it behind."""
    stem, suffix = (re.escape(part) for part in os.path.splitext(target))
    return re.fullmatch(rf"\.{stem}\.[0-9a-f]{{16}}{suffix}", path.name) is not None


def flush_to_disk(path: Path) -> None:
    """Of a file its content, of a folder the names in it."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
