"""The lessons in docs/lessons: write what in them is generated, or say what is out of date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from parity_tests.endings import exit_code
from parity_tests.files import atomic_path
from parity_tests.lessons.lessons import FOLDER, Generator, Outdated, outdated_figures, outdated_page, pages

NAME = "lessons.py"
HELP = """Writes the generated parts of every lesson in docs/lessons, each file whole or not at all:

  source       NumPy lines, read from the file in scratch_nn that they stand in
  output       what the Python above it prints; every block of a lesson is run
  agreement    how far the layer is from PyTorch, measured now
  mistake      a fault of the bank, and what the checker says of it
  figures      docs/lessons/figures/*.png, drawn from a run of scratch_nn

The prose between them is written by hand and left alone. After a change in scratch_nn, run it, look at
`git diff docs/lessons`, and see whether the derivation still says what the lines do.

Exit code: 0 everything is up to date (or now is), 1 with --check something is not, 2 a lesson cannot be made,
130 interrupted (Ctrl-C)."""

EXAMPLES = """examples:
  python scripts/lessons.py                   bring every lesson up to date, about half a minute
  python scripts/lessons.py --check           change nothing, say which files are out of date and why
  python scripts/lessons.py dense conv        only the lessons with these words in their names"""


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog=NAME, description=HELP, epilog=EXAMPLES, formatter_class=raw)
    found.add_argument("words", nargs="*", metavar="WORD", help="lessons with this word in their name (default: all)")
    found.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is out of date")
    return found


def chosen(words: Sequence[str], folder: Path) -> list[Path]:
    """Raises ValueError, listing the lessons, for a word that none has in its name."""
    there = pages(folder)
    if unknown := [word for word in words if not any(word in path.name for path in there)]:
        raise ValueError(f"no lesson is called {', '.join(unknown)}; there are {', '.join(p.stem for p in there)}")
    return [path for path in there if not words or any(word in path.name for word in words)]


def outdated(asked: Sequence[Path]) -> Iterator[Outdated]:
    generator = Generator()
    for path in tqdm(asked, unit=" lessons", desc="lessons", leave=False, disable=None):
        if (page := outdated_page(path, generator)) is not None:
            yield page
        yield from outdated_figures(path)


def renew(options: argparse.Namespace) -> int:
    """Write what is out of date, or with --check only say so; the exit code."""
    changed = 0
    try:
        asked = chosen(options.words, FOLDER)
        for found in outdated(asked):
            changed += 1
            tqdm.write(
                f"{'out of date' if options.check else 'written'}: {found.path.relative_to(FOLDER)} ({found.why})"
            )
            if not options.check:
                with atomic_path(found.path) as path:
                    path.write_bytes(found.content)
    except Exception as error:  # whatever a lesson's own code raises, named with its page and line
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    verdict = f"{changed} files {'out of date: run python scripts/lessons.py' if options.check else 'written'}"
    print(f"{len(asked)} lessons: {verdict if changed else 'everything is up to date'}.")
    return 1 if options.check and changed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code(NAME, partial(renew, parser().parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
