"""Files that are whole or not there: written beside the target, flushed to the disk, then renamed over it.

Whoever reads the target finds the old content or the new, never half of it, because os.replace is one step for the
file system. After a failure the old content is still there and nothing is left beside it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scratch_nn.errors import complaint


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `target` to write to; on success it becomes `target`, on failure it is removed.

        with atomic_path("runs/first/history.csv") as path:
            path.write_text(text)

    Missing folders are made. The temporary name is hidden and ends like the target, for writers that go by the ending.
    """
    target = Path(os.path.realpath(target))
    if target.is_dir():
        raise IsADirectoryError(complaint(str(target), "the path of a file", "a folder", "Add a name to it."))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(8)}{target.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:  # without the flush a power cut could keep the name and lose the content
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
