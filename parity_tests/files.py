"""Files that are whole or not there: written beside the target, then renamed over it in one step.

Whoever reads the target, a dashboard or a grader, finds the old content or the new, never half of it. What is no
regular file (a pipe, /dev/stdout) is written to as it is.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `target` to write to; on success it becomes `target`, on failure it is removed.

    Missing folders are made. The temporary name is hidden and ends like the target, for writers that go by the ending.
    """
    target = Path(os.path.realpath(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(8)}{target.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:  # without the flush a power cut could keep the name and lose the content
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> Path:
    """Write `text` as UTF-8, whole or not at all; returns the path."""
    target = Path(target)
    if target.exists() and not target.is_file() and not target.is_dir():
        target.write_text(text, encoding="utf-8")
        return target
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8")
    return target
