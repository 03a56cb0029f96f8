"""python -m parity_tests: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parity_tests import check_command, mutate, report_command
from parity_tests.endings import exit_code
from parity_tests.exchange import commands as exchange


@dataclass(frozen=True)
class Command:
    """add(parser) declares its options and its help, run(options) does it and returns the exit code."""

    summary: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS = {
    "check": Command(
        "compare scratch_nn, or your own module, with PyTorch", check_command.add_arguments, check_command.command
    ),
    "mutate": Command("plant one-line faults, and see which check notices each", mutate.add_arguments, mutate.command),
    "report": Command(
        "write what a check finds as one page to look at", report_command.add_arguments, report_command.command
    ),
    "export": Command(
        "write what another language needs to be compared with PyTorch",
        exchange.add_export_arguments,
        exchange.export_command,
    ),
    "compare": Command(
        "judge the traces that another language wrote", exchange.add_compare_arguments, exchange.compare_command
    ),
}


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="python -m parity_tests", description="Does it agree with PyTorch?")
    commands = main.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        command.add(commands.add_parser(name, help=command.summary))
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    command = COMMANDS[options.command]
    return exit_code(f"python -m parity_tests {options.command}", lambda: command.run(options))


if __name__ == "__main__":
    sys.exit(main())
