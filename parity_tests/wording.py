"""Words for whoever reads: what is too long to be read is cut, and says so; a name that is mistaken gets close ones."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

LONGEST = 2000  # characters of a message, which is kept once for each check


def cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ... ({len(text) - longest} more characters)"


def listed(parts: Sequence[str], most: int, *, between: str = ", ", last: str = " and ") -> str:
    """ "a, b, c and 2 more": the first of them, and how many there are besides."""
    more = f"{last}{len(parts) - most} more" if len(parts) > most else ""
    return between.join(parts[:most]) + more


def suggestion(name: str, known: Sequence[str]) -> str:
    """ "Did you mean training.output? There are ...": what to say of a name that is not known."""
    alike = [one for one in known if one.casefold() == name.casefold()]
    close = alike or get_close_matches(name, known, n=3, cutoff=0.6)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{meant}There are {', '.join(known)}"
