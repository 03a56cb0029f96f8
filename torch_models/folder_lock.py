"""One run at a time in a run folder: the system's lock on the folder itself, for as long as the run lasts.

It is flock's: it leaves no file behind, ends with the process, however that ends, and hinders nobody who only reads.
Where the system has none (Windows), or the file system refuses it, a run goes without; on a network drive it may keep
out the runs of the same machine only.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether the folder is ours while inside: False if another process, or another `locked` in this one, has it."""
    if fcntl is None:
        yield True
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield taken(descriptor)
    finally:
        os.close(descriptor)


def taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True
