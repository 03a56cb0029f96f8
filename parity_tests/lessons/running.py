"""Running a page's Python: block after block in one set of names, as a reader would paste it into a session.

What is printed below a block is what it printed when the page was generated; the blocks say with `round` or with a
comparison how many digits they stand for.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from dataclasses import dataclass, field


class BlockFailed(Exception):
    """A block of a page raised: which page, which line, what."""


@dataclass
class Session:
    """page: its name, for error messages. names: what the blocks so far have defined."""

    page: str
    names: dict = field(default_factory=lambda: {"__name__": "__lesson__"})
    printed: str = ""

    def run(self, code: str, line: int) -> None:
        """Run a block that starts at this line of the page, in a folder of its own; keep what it prints."""
        out = io.StringIO()
        padded = "\n" * (line - 1) + code  # so that a traceback tells the page's own lines
        try:
            with contextlib.redirect_stdout(out), _elsewhere():
                exec(compile(padded, self.page, "exec"), self.names)
        except Exception as error:
            raise BlockFailed(f"{self.page}, the block at line {line}: {type(error).__name__}: {error}") from error
        self.printed = out.getvalue()


@contextlib.contextmanager
def _elsewhere():
    """Files that a block writes are gone afterwards."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
