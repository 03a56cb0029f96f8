"""python -m parity_tests: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from parity_tests import check_command, mutate

COMMANDS = {
    "check": (check_command, "compare scratch_nn, or your own module, with PyTorch"),
    "mutate": (mutate, "plant one-line faults, and see which check notices each"),
}


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="python -m parity_tests", description="Does it agree with PyTorch?")
    commands = main.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, help_line) in COMMANDS.items():
        raw = argparse.RawDescriptionHelpFormatter
        module.add_arguments(commands.add_parser(name, help=help_line, description=module.HELP, formatter_class=raw))
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    module, _ = COMMANDS[options.command]
    return module.command(options)


if __name__ == "__main__":
    sys.exit(main())
