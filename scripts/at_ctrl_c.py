"""Ctrl-C while a script still imports, which takes seconds, ends as it does later (endings.py): a sentence and 130.

To be imported before PyTorch is, by endings.py and by who needs PyTorch before that.
"""

import sys
from pathlib import Path
from types import TracebackType


def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    print(f"{Path(sys.argv[0]).name}: interrupted.", file=sys.stderr)
    sys.exit(130)


sys.excepthook = hook
