"""What a subject raised, told by its own lines: the frames of the harness around them tell a reader nothing."""

from __future__ import annotations

import traceback
from pathlib import Path

HARNESS = Path(__file__).resolve().parent
DEEPEST = 8  # frames; an endless recursion has a thousand


def traceback_of(error: BaseException) -> str:
    """ "IndexError: ..." and where: the deepest frames outside of the harness."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if HARNESS not in Path(frame.filename).resolve().parents]
    kind = "".join(traceback.format_exception_only(error)).strip()
    return f"{kind}\n{''.join(traceback.format_list(own[-DEEPEST:]))}".rstrip()
