"""What the commands share: which pairs are asked for, and what is said of a command that was wrong."""

from __future__ import annotations

import argparse
import sys

from parity_tests.families import FAMILIES


def add_pairs(parser: argparse.ArgumentParser) -> None:
    """--pair and --family, as pairs.selected() takes them."""
    parser.add_argument("--pair", action="append", metavar="NAME", help="only this pair (may be given again)")
    parser.add_argument(
        "--family", action="append", choices=sorted(FAMILIES), help="only this family (may be given again)"
    )


def complain(command: str, sentence: object) -> int:
    """Say what was wrong with the command; the exit code."""
    print(f"python -m parity_tests {command}: {sentence}", file=sys.stderr)
    return 2
