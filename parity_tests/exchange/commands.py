"""The commands `export` and `compare`: arguments, printing, exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from parity_tests.command_line import add_pairs, complain
from parity_tests.exchange.files import ENDINGS, ExchangeError
from parity_tests.report import result_files

EXPORT_HELP = """Write what another language needs to be compared with PyTorch, no Python there:
cases, weights, inputs, upstream gradients, and PyTorch's traces, as .safetensors and as .npz
(the same numbers: read whichever you have a reader for), and manifest.json, which lists them.
docs/exchange.md tells the formulas of every quantity, and holds a program in C to start from.

Whole networks are most of it (over 600 MB); all other families together are about 70 MB.

Exit code: 0 written, 2 the command was wrong.

examples:
  python -m parity_tests export exchange --family layer           layers and activations, about 50 MB
  python -m parity_tests export exchange --pair ReLU --pair L2    two pairs
  python -m parity_tests export exchange --pair Conv2D --force    replace what is there
  python -m parity_tests export exchange --format npz             all pairs, one format, about 350 MB"""

COMPARE_HELP = """Judge the traces that another language wrote for the cases of an export, and print
what `check` prints. PyTorch is not needed. A trace is one file of named arrays:

  TRACES/Conv2D/same_3x3.float64.safetensors     (or .npz; `trace` in the manifest, with an ending)

It holds the quantities that the manifest lists for this case, 'training.output', in the manifest's
layout. Write what you have: a quantity, case or pair that is missing is reported as not offered, and
neither passes nor fails. A name that is not in the manifest is an error.

Exit code: 0 what is offered agrees, 1 something does not (it is explained below the table),
           2 the command was wrong, or nothing is offered.

examples:
  python -m parity_tests export exchange --pair ReLU
  ./my_layers exchange traces
  python -m parity_tests compare exchange traces"""


def _teach(parser: argparse.ArgumentParser, text: str) -> None:
    parser.description, parser.formatter_class = text, argparse.RawDescriptionHelpFormatter


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    _teach(parser, EXPORT_HELP)
    formats = [ending[1:] for ending in ENDINGS]
    parser.add_argument("directory", metavar="DIR", help="where to write; must not exist, or be empty")
    add_pairs(parser)
    parser.add_argument("--format", action="append", choices=formats, help="only this format (default: both)")
    parser.add_argument("--force", action="store_true", help="replace an export that is there")


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    _teach(parser, COMPARE_HELP)
    parser.add_argument("directory", metavar="DIR", help="what `export` wrote")
    parser.add_argument("traces", metavar="TRACES", help="the directory of the other side's traces")
    strict = "what may be no mistake (NaN only, a few roundings) is a failure, not a note"
    parser.add_argument("--strict", action="store_true", help=strict)
    result_files.add_arguments(parser)


def _bar(name: str) -> Callable[[Iterable], Iterable]:
    from tqdm import tqdm

    return lambda cases: tqdm(cases, unit=" cases", desc=name, leave=False, disable=None)


def export_command(options: argparse.Namespace) -> int:
    """Write the export; the exit code."""
    from parity_tests.exchange.export import export
    from parity_tests.pairs import selected

    endings = tuple(f".{name}" for name in options.format or ()) or ENDINGS
    try:
        pairs = selected(options.pair, options.family)
        where = export(options.directory, pairs, endings=endings, force=options.force, progress=_bar("export"))
    except (ExchangeError, OSError, ValueError) as error:
        return complain("export", error)
    size = sum(path.stat().st_size for path in where.rglob("*") if path.is_file()) / 1e6
    cases = sum(len(pair.cases) for pair in pairs)
    print(f"{cases} cases of {len(pairs)} pairs in {where} ({size:.1f} MB). Read manifest.json first.")
    return 0


def compare_command(options: argparse.Namespace) -> int:
    """Judge the traces and print; the exit code."""
    from parity_tests.exchange.comparison import compare
    from parity_tests.exchange.text import lines

    try:
        report = compare(options.directory, options.traces, strict=options.strict, progress=_bar("compare"))
    except (ExchangeError, OSError) as error:
        return complain("compare", error)
    said, wrong = lines(report), None
    try:
        said += result_files.write(report, options)
    except (OSError, ValueError) as error:
        wrong = error
    print("\n".join(said))
    return report.exit_code if wrong is None else complain("compare", wrong)
