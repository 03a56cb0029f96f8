"""All steps of a page, in order, in one folder: what comes out, and the page as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from parity_tests.files import write_text
from parity_tests.walk.page import Command, Edit, File, steps
from parity_tests.walk.printed import difference, renewed
from parity_tests.walk.shell import ROOT, Printed, Shell

PAGE = ROOT / "docs" / "walk.md"
LONGEST = 600.0  # seconds for a command; `make demo` takes the better part of them on a busy machine


@dataclass(frozen=True)
class Outcome:
    """A command of the page, and what became of it."""

    command: Command
    printed: Printed

    @property
    def problem(self) -> str | None:
        """What is not as the page says, measured numbers aside; None if all is."""
        code = self.printed.exit_code
        if code != self.command.exit_code:
            return f"expected exit code {self.command.exit_code}, got {code}"
        return difference(self.command.shown, self.printed.lines)

    @property
    def lines(self) -> list[str] | None:
        """What the page is to show now; None where other lines were printed than it shows."""
        return renewed(self.command.shown, self.printed.lines)

    def __str__(self) -> str:
        return f"line {self.command.line}: {self.command.text}: {self.problem or 'as shown'}"


def everything(command: Command) -> bool:
    return True


def walk(page: str, folder: Path, is_run: Callable[[Command], bool] = everything) -> Iterator[Outcome]:
    """Do every step; of the commands those that `is_run` says.

    Raises ValueError, with the page's line, for a block or an edit that does not fit.
    """
    with Shell(folder, LONGEST) as shell:
        for step in steps(page):
            if isinstance(step, File):
                write_text(folder / step.name, step.text)
            elif isinstance(step, Edit):
                write_text(folder / step.name, edited(step, folder / step.name))
            elif is_run(step):
                yield Outcome(step, shell.run(step.text))


def edited(edit: Edit, path: Path) -> str:
    """The file's text after the edit. Raises ValueError where what is to go is not there, or not clear."""
    if not path.is_file():
        raise ValueError(f"line {edit.line}: expected a file {edit.name} to edit; no step before makes one")
    text = path.read_text(encoding="utf-8")
    for old, new in edit.hunks:
        if not old or text.count(old) != 1:
            wanted = f"these lines once in {edit.name}, got them {text.count(old)} times"
            raise ValueError(f"line {edit.line}: expected {wanted}:\n{old}")
        text = text.replace(old, new)
    return text


def refreshed(page: str, outcomes: Iterable[Outcome]) -> str:
    """The page with what was printed now. Where other lines came than are shown, all of them, to be shortened again."""
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.command.line):
        lines = list(outcome.printed.lines) if outcome.lines is None else outcome.lines
        if outcome.command.span is not None:
            start, end = outcome.command.span
            page = page[:start] + "".join(f"{line}\n" for line in lines) + page[end:]
    return page
