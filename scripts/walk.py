"""docs/walk.md: do all its steps, and renew what its commands print, or say what is out of date."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from parity_tests.endings import exit_code
from parity_tests.files import write_text
from parity_tests.walk.page import Command, steps
from parity_tests.walk.shell import working_copy
from parity_tests.walk.walk import PAGE, Outcome, everything, refreshed, walk

NAME = "walk.py"
HELP = """Does every step of docs/walk.md, in order, in a copy of this repository: writes its files, makes its edits,
runs its commands, and puts what they print in the place of what the page shows. A line "..." stays, for the lines that
it leaves out. Where other lines are printed than are shown, all of them are written, to be shortened again by hand.

The prose is left alone. After a change in what is printed, run it, look at `git diff docs/walk.md`, and see whether the
prose still says what is to be seen.

Exit code: 0 everything is up to date, measured numbers aside (or now is), 1 with --check something is not, 2 the page
cannot be walked: a block that nothing runs, an edit of lines that are not there, or another exit code than the prose
says; 130 interrupted (Ctrl-C)."""

EXAMPLES = """examples:
  python scripts/walk.py                   bring the page up to date, about a minute and a half
  python scripts/walk.py --quick           all but `make demo`, half of that
  python scripts/walk.py --check --quick   change nothing, say what is out of date and why"""


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=NAME, description=HELP, epilog=EXAMPLES, formatter_class=raw)
    found.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is out of date")
    found.add_argument("--quick", action="store_true", help="leave out what takes minutes; its output stays as shown")
    return found


def is_quick(command: Command) -> bool:
    return not command.text.startswith("make ")


def is_out_of_date(outcome: Outcome) -> bool:
    return outcome.problem is not None


def is_to_be_shortened(outcome: Outcome) -> bool:
    return outcome.lines is None


def outcomes(page: str, is_run: Callable[[Command], bool]) -> Iterator[Outcome]:
    """What becomes of the page's commands, one after the other, in a copy that is gone afterwards.

    Raises ValueError for another exit code than the prose says: no new output can mend that.
    """
    total = sum(isinstance(step, Command) and is_run(step) for step in steps(page))
    with tempfile.TemporaryDirectory() as folder:
        walked = walk(page, working_copy(Path(folder)), is_run)
        for outcome in tqdm(walked, total=total, unit=" commands", desc="walk", leave=False, disable=None):
            if outcome.printed.exit_code != outcome.command.exit_code:
                raise ValueError("\n".join([str(outcome), *outcome.printed.lines]))
            yield outcome


def renew(options: argparse.Namespace) -> int:
    """Write what is out of date, or with --check only say so; the exit code."""
    found: list[Outcome] = []
    wrong = is_out_of_date if options.check else is_to_be_shortened
    try:
        page = PAGE.read_text(encoding="utf-8")
        for outcome in outcomes(page, is_quick if options.quick else everything):
            found.append(outcome)
            if wrong(outcome):
                tqdm.write(f"{'out of date' if options.check else 'written in full'}: {outcome}")
    except (OSError, RuntimeError, ValueError) as error:
        print(f"{NAME}: {PAGE.name}: {error}", file=sys.stderr)
        return 2
    if not options.check:
        write_text(PAGE, refreshed(page, found))
    number = sum(map(wrong, found))
    cure = "run python scripts/walk.py" if options.check else 'shorten them with lines of "..."'
    said = f"{number} print something else: {cure}" if number else "all print what is shown, measured numbers aside"
    print(f"{len(found)} commands: {said}.")
    return 1 if options.check and number else 0


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code(NAME, partial(renew, parser().parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
