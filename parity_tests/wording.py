"""Words for whoever reads: what is too long to be read is cut, and says so."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 2000  # characters of a message, which is kept once for each check


def cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ... ({len(text) - longest} more characters)"


def listed(parts: Sequence[str], most: int, *, between: str = ", ", last: str = " and ") -> str:
    """ "a, b, c and 2 more": the first of them, and how many there are besides."""
    more = f"{last}{len(parts) - most} more" if len(parts) > most else ""
    return between.join(parts[:most]) + more
