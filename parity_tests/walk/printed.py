"""What a page shows beside what a command printed.

Two lines are the same where they differ in measured numbers and in the width of gaps only: an error of 2e-16 is 3e-16,
or exact, on another processor, and lies at another place; a table's columns stand where its numbers leave room; and a
long sentence may be wrapped after another word. Whole numbers are counted, not measured: they must be equal. Digits
in names are no numbers: float32 is not float64. A line "..." stands for lines that are left out, one or more, whatever
they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parity_tests.report.findings_text import WIDTH

LEFT_OUT = "..."
_FIGURE = r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?"
NUMBER = re.compile(rf"(?<![\w.])(?:exact\b|exactly\b|to\s+\d\S*e-\d+|{_FIGURE})")
COUNT = re.compile(r"\d+(?:,\d{3})*")
PLACE = re.compile(r"(?<=\bat )\([\d, ]*\)")


def plain(line: str) -> str:
    """The line with # for every number, and one space for every gap."""
    return " ".join(NUMBER.sub("#", line).split())


def counted(line: str) -> str:
    """The line as `plain` has it, but for whole numbers, which stay; those of a place in an array do not."""
    measured = PLACE.sub("#", line)
    return " ".join(NUMBER.sub(lambda found: found[0] if COUNT.fullmatch(found[0]) else "#", measured).split())


def renewed(shown: Sequence[str], printed: Sequence[str]) -> list[str] | None:
    """The shown lines with the numbers that were printed; None where other lines were printed than are shown."""
    found = _found(unwrapped(shown), unwrapped(printed))
    return None if found is None else "\n".join(found).splitlines()


def _found(shown: Sequence[str], printed: Sequence[str]) -> list[str] | None:
    """For each line that is shown the one that was printed; LEFT_OUT stays. None where other lines were printed."""
    text = _plain_text(printed)
    if (found := re.fullmatch(_pattern(shown), text)) is None:
        return None
    starts = iter(text.count("\n", 0, found.start(group)) for group in range(1, len(found.groups()) + 1))
    return [line if line == LEFT_OUT else printed[next(starts)] for line in shown]


def difference(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """The first line that was not printed as it is shown, told in a sentence; None where all were."""
    shown, printed = unwrapped(shown), unwrapped(printed)
    if (found := _found(shown, printed)) is not None:
        other = (pair for pair in zip(shown, found, strict=True) if counted(pair[0]) != counted(pair[1]))
        return next((f"expected {one!r}, got {another!r}" for one, another in other), None)
    text, count = _plain_text(printed), len(shown)
    while (found := re.match(_pattern(shown[:count]), text)) is None:
        count -= 1
    rest = printed[text.count("\n", 0, found.end()) :]
    got = repr(rest[0]) if rest else "nothing more"
    if count == len(shown):
        return f"expected nothing after {shown[-1]!r}, got {got}" if shown else f"expected nothing, got {got}"
    if count and shown[count - 1] == LEFT_OUT:
        return f"expected {shown[count]!r} among the lines from {got} on, but it is not there"
    return f"expected {shown[count]!r}, got {got}"


def unwrapped(lines: Sequence[str]) -> list[str]:
    """Wrapped lines as one: where the first word of an indented line had no room on the line before."""
    found: list[str] = []
    for line in lines:
        first = line.split()[0] if line.startswith(" ") and line.strip() else ""
        if found and first and len(found[-1].rpartition("\n")[2]) + 1 + len(first) > WIDTH:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _plain_text(printed: Sequence[str]) -> str:
    return "".join(f"{plain(line)}\n" for line in printed)


def _pattern(shown: Sequence[str]) -> str:
    """A group for every line that is shown."""
    return "".join(r"(?:.*\n)+?" if line == LEFT_OUT else f"({re.escape(plain(line))}\n)" for line in shown)
