"""A reference: what PyTorch does, and where the right formula stands in our own code.

A line is found by a text that occurs in its file exactly once, so its number cannot go stale. The sources are read,
never imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "scratch_nn"


@dataclass(frozen=True)
class Reference:
    """rule: a sentence on what PyTorch does. file, text: the right line, in scratch_nn/file."""

    rule: str
    file: str
    text: str

    @property
    def place(self) -> str:
        """ "scratch_nn/activations.py:60". Raises ValueError unless the text is there exactly once."""
        return f"scratch_nn/{self.file}:{_number(self.file, self.text)}"

    @property
    def line(self) -> str:
        return _lines(self.file)[_number(self.file, self.text) - 1].strip()


@cache
def _lines(file: str) -> tuple[str, ...]:
    return tuple((FOLDER / file).read_text(encoding="utf-8").splitlines())


@cache
def _number(file: str, text: str) -> int:
    found = [number for number, line in enumerate(_lines(file), start=1) if text in line]
    if len(found) != 1:
        cure = "Give a text that stands in one line only."
        raise ValueError(f"Reference: expected {text!r} once in scratch_nn/{file}, found it in lines {found}. {cure}")
    return found[0]
