"""What a subject raised, told by its own lines: the frames of the harness around them tell a reader nothing."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path

from parity_tests.whereabouts import raised_at
from parity_tests.wording import cut

HARNESS = Path(__file__).resolve().parent
DEEPEST = 8  # frames; an endless recursion has a thousand


def told(error: BaseException, module: str = "") -> str:
    """ "ValueError: ... in forward, line 24 of layers.py": where in the module, if one is named and it was there."""
    said = f"called sys.exit({cut(str(error.code))})" if isinstance(error, SystemExit) else named(error)
    return " ".join(filter(None, (said, module and raised_at(error, module))))


def named(error: BaseException) -> str:
    """ "ValueError: ..."; "KeyboardInterrupt", where it says nothing more."""
    message = "its message cannot be shown"
    with contextlib.suppress(Exception):  # it is made by the subject's code, too
        message = cut(str(error).strip())
    return ": ".join(filter(None, (type(error).__name__, message)))


def traceback_of(error: BaseException) -> str:
    """ "IndexError: ..." and where: the deepest frames outside of the harness."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if HARNESS not in Path(frame.filename).resolve().parents]
    kind = "".join(traceback.format_exception_only(error)).strip()
    return f"{kind}\n{''.join(traceback.format_list(own[-DEEPEST:]))}".rstrip()
