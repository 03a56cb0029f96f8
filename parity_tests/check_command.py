"""python -m parity_tests check: scratch_nn, or a stranger's module, against PyTorch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from parity_tests import report_command
from parity_tests.checks import Check, checks
from parity_tests.checks.check import DTYPES
from parity_tests.command_line import add_pairs, complain
from parity_tests.own_run import own_run
from parity_tests.pairs import selected
from parity_tests.report import html, result_files, table
from parity_tests.run import summarise
from parity_tests.sandbox import JOBS, SECONDS
from parity_tests.sandbox_child import MEBIBYTES
from parity_tests.stranger_command import check_stranger
from parity_tests.subjects.stranger.options import CHOICES

HELP = """Compare layers, activations, losses, optimisers, schedules, initialisers and networks with
PyTorch: those of scratch_nn, or, given a file or a module, those of anybody. What is found
there by name is checked; what is not there is "not offered", which is neither passed nor failed.

  python -m parity_tests check                           scratch_nn, about half a minute
  python -m parity_tests check path/to/layers.py         your own classes or functions
  python -m parity_tests check package.module            a module that Python can import

Recognised without an adapter: classes of scratch_nn's names and what they are called elsewhere
(Dense, Linear(n_in, n_out), Conv2d, MaxPool2D, BatchNorm1d, MSELoss, ...), sizes given or read off
the first input, images NHWC or NCHW, examples as rows or columns, weights in either order,
gradients in a dict, in attributes or returned; functions (affine_forward and affine_backward,
conv_forward_naive, relu and relu_derivative, ...); objects whose forward takes the weights; and
with tensors, torch.nn.Module, torch.autograd.Function and torch.optim.Optimizer.
docs/strangers.md tells all of it, and how to write an adapter where none of it fits.

  float64 error        the worst difference from PyTorch, as a fraction of the tensor's scale; allowed 1e-10
  float32, x PyTorch   the worst float32 error as a multiple of PyTorch's own, both against float64; allowed 2,
                       and up to 100 with a note: right code may add in another order than PyTorch does

Exit code: 0 all that is offered agrees, 1 something does not (it is explained below the table),
2 the command was wrong, the module cannot be loaded, or nothing that is known was found.

examples:
  python -m parity_tests check --pair Conv2D --pair ReLU       two layers of scratch_nn
  python -m parity_tests check --pair Conv2D --case nan        one case
  python -m parity_tests check --family optimizer --list       the names
  python -m parity_tests check layers.py --pair Conv2D         one layer of yours
  python -m parity_tests check layers.py --images NCHW         where looking cannot tell
  python -m parity_tests check layers.py --dtype float64       forget float32
  python -m parity_tests check layers.py --json results.json --junit results.xml --repro repro/
  python -m parity_tests check scratch_nn --dtype float64      ours, as if it were a module of yours"""

# Options that say something of a module, or of the child in which it runs; our own checks run in this process.
OF_A_MODULE = ("images", "dropout_p", "targets", "loss_input", "examples", "input_shape", "dtype", "strict")
OF_A_MODULE += ("time_limit", "memory_limit", "jobs", "repro")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.formatter_class = HELP, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add(
        "module",
        nargs="?",
        metavar="MODULE",
        help="a Python file, a package's folder, or a dotted module (default: scratch_nn itself)",
    )
    add_pairs(parser)
    add("--case", metavar="NAME", help="only the case of this name, as test ids show it")
    add("--list", action="store_true", help="list the pairs and stop")
    add("--picture", metavar="FILE.png", help="also draw the result")
    add("--html", metavar="FILE.html", help="also write it as a page to look at, as `report` does")
    told = parser.add_argument_group("of a module that you name")
    add = told.add_argument
    add("--images", choices=CHOICES["images"], help="the order of an image's axes (told by looking)")
    add("--dropout-p", choices=CHOICES["dropout_p"], help="what p is the probability of (told by its name)")
    add("--targets", choices=CHOICES["targets"], help="what a loss takes for targets (told by looking)")
    add("--loss-input", choices=CHOICES["loss_input"], help="what a cross-entropy takes (told by looking)")
    add("--examples", choices=CHOICES["examples"], help="(N, features), or (features, N) (told by looking)")
    add("--input-shape", type=_shape, metavar="H,W,C", help="of one input of a network that does not tell it")
    add("--dtype", action="append", choices=DTYPES, help="judge in this type only")
    add(
        "--strict",
        action="store_true",
        help="what may be no mistake (NaN only, a few roundings) is a failure, not a note",
    )
    add("--time-limit", type=_positive, metavar="S", help=f"seconds for one check (default: {SECONDS:g})")
    add("--memory-limit", type=_whole, metavar="MIB", help=f"MiB of memory (default: {MEBIBYTES})")
    add("--jobs", type=_whole, metavar="N", help=f"processes (default: {JOBS})")
    add("--repro", metavar="DIR", help="for each finding a script that shows it with numpy and torch alone")
    result_files.add_arguments(parser)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _shape(text: str) -> tuple[int, ...]:
    sizes = text.split(",")
    if not all(size.strip().isdecimal() and int(size) > 0 for size in sizes):
        raise argparse.ArgumentTypeError(f"expected sizes such as 28,28,1 or 784, got {text!r}")
    return tuple(map(int, sizes))


def command(options: argparse.Namespace) -> int:
    try:
        pairs = selected(options.pair, options.family)
        cases = sorted({case.name for pair in pairs for case in pair.cases})
        refusals = {refusal.name for pair in pairs for refusal in pair.refusals if options.module is None}
        if options.case is not None and options.case not in {*cases, *refusals}:
            raise ValueError(f"no case is called {options.case}; there are {', '.join(cases)}")
    except ValueError as error:
        return complain("check", error)
    if options.list:
        print("\n".join(f"{pair.family:<12} {pair.name}" for pair in pairs))
        return 0
    if options.module is None:
        given = [f"--{name.replace('_', '-')}" for name in OF_A_MODULE if getattr(options, name)]
        if given:
            cure = "leave it out, or name the module: check scratch_nn"
            return complain("check", f"{given[0]} is for the check of a module: {cure} {given[0]} ...")
        return check_ours([check for pair in pairs for check in checks(pair, options.case)], options)
    return check_stranger(pairs, options)


def check_ours(found: Sequence[Check], options: argparse.Namespace) -> int:
    """Run, and tell it in every form that was asked for; the exit code. The files come first, then what is printed."""
    ran = own_run(found)
    summaries = summarise(ran.results)
    said, wrong = table.lines(summaries), ""
    asked = options.html is not None or result_files.asked(options)
    report = report_command.of_ours(ran) if asked else None  # it explains what fails, which takes time
    evidence = report_command.evidence_of_ours(ran, report) if options.html is not None else None
    try:
        if report is not None:
            said += result_files.write(report, options)
        said += result_files.drawn(summaries, options.picture)
        if evidence is not None:
            said.append(f"html: {html.write(report, options.html, evidence)}")
    except (OSError, ValueError) as error:
        wrong = str(error)
    print("\n".join(said))
    return complain("check", wrong) if wrong else int(any(summary.failures for summary in summaries))
