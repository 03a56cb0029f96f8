"""Names of folders and files that every file system takes, and a helping hand with names that are mistaken.

A pair's folder is its name, unless another pair's differs in capitals alone (the schedule `Constant`, the initialiser
`constant`): half the world's disks take those for one, so both get their family: `Constant-schedule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parity_tests.pair import Pair

SAFE = "[A-Za-z0-9_.+-]"
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices, on Windows


def safe(name: str) -> str:
    """The name, with each byte that some file system would refuse as %XX. Different names stay different."""
    written = "".join(c if re.fullmatch(SAFE, c) else _escaped(c) for c in name)
    if RESERVED.fullmatch(written) or written.startswith((".", "-")):
        written = _escaped(written[0]) + written[1:]
    if written.endswith("."):
        written = written[:-1] + _escaped(".")
    return written


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))


def folder(pair: Pair, among: Iterable[Pair]) -> str:
    """The folder of a pair. `among`: all the pairs that there are."""
    alike = [other for other in among if other.name.casefold() == pair.name.casefold()]
    return safe(pair.name if len(alike) == 1 else f"{pair.name}-{pair.family}")
