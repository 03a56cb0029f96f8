"""python -m parity_tests check: scratch_nn, or a stranger's module, against PyTorch."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence

from parity_tests import report_command
from parity_tests.checks import Check, checks
from parity_tests.networks.sandbox import CannotLoad, Found
from parity_tests.pair import Pair
from parity_tests.pairs import PAIRS, selected
from parity_tests.report import result_files
from parity_tests.subjects.stranger.options import CHOICES, Options

HELP = """Compare layers, activations, losses, optimisers, schedules, initialisers and networks with
PyTorch: those of scratch_nn, or, given a file or a module, those of anybody. What is found
there by name is checked; what is not there is "not offered", which is neither passed nor failed.

  python -m parity_tests check                           scratch_nn, about half a minute
  python -m parity_tests check path/to/layers.py         your own classes or functions
  python -m parity_tests check package.module            a module that Python can import

Recognised without an adapter: classes of scratch_nn's names and what they are called elsewhere
(Dense, Linear(n_in, n_out), Conv2d, MaxPool2D, BatchNorm1d, MSELoss, ...), sizes given or read off
the first input, images NHWC or NCHW, weights in either order, gradients in a dict, in attributes
or returned; CS231n's functions (affine_forward and affine_backward, conv_forward_naive, ...);
objects whose forward takes the weights. docs/strangers.md tells all of it, and how to write an
adapter of a few lines where none of it fits.

  float64 error        the worst difference from PyTorch, as a fraction of the tensor's scale; allowed 1e-10
  float32, x PyTorch   the worst float32 error as a multiple of PyTorch's own, both against float64; allowed 2,
                       and up to 100 with a note: right code may add in another order than PyTorch does

Exit code: 0 all that is offered agrees, 1 something does not (it is explained below the table),
2 the command was wrong, or nothing that is known was found.

examples:
  python -m parity_tests check --pair Conv2D --pair ReLU       two layers of scratch_nn
  python -m parity_tests check --pair Conv2D --case nan        one case
  python -m parity_tests check --family optimizer --list       the names
  python -m parity_tests check layers.py --pair Conv2D         one layer of yours
  python -m parity_tests check layers.py --images NCHW         where looking cannot tell
  python -m parity_tests check layers.py --dtype float64       forget float32
  python -m parity_tests check layers.py --json results.json --junit results.xml --repro repro/
  python -m parity_tests check scratch_nn --dtype float64      ours, as if it were a module of yours"""


SECONDS, MEBIBYTES, JOBS = 10, 4096, min(4, os.cpu_count() or 1)

# Options that say something of a module, or of the child in which it runs; our own checks run in this process.
OF_A_MODULE = ("images", "dropout_p", "targets", "loss_input", "input_shape", "dtype", "strict", "time_limit")
OF_A_MODULE += ("memory_limit", "jobs", "repro")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.formatter_class = HELP, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    families = sorted({pair.family for pair in PAIRS})
    add("module", nargs="?", metavar="MODULE", help="a Python file, or a dotted module (default: scratch_nn itself)")
    add("--pair", action="append", metavar="NAME", help="only this pair (may be given again)")
    add("--case", metavar="NAME", help="only the case of this name, as test ids show it")
    add("--family", action="append", choices=families, help="only this family (may be given again)")
    add("--list", action="store_true", help="list the pairs and stop")
    add("--picture", metavar="FILE.png", help="also draw the result")
    add("--html", metavar="FILE.html", help="also write it as a page to look at, as `report` does")
    told = parser.add_argument_group("of a module that you name")
    add = told.add_argument
    add("--images", choices=CHOICES["images"], help="the order of an image's axes (told by looking)")
    add("--dropout-p", choices=CHOICES["dropout_p"], help="what p is the probability of (told by its name)")
    add("--targets", choices=CHOICES["targets"], help="what a loss takes for targets (told by looking)")
    add("--loss-input", choices=CHOICES["loss_input"], help="what a cross-entropy takes (told by looking)")
    add("--input-shape", type=_shape, metavar="H,W,C", help="of one input of a network that does not tell it")
    add("--dtype", action="append", choices=("float64", "float32"), help="judge in this type only")
    add(
        "--strict",
        action="store_true",
        help="what may be no mistake (NaN only, a few roundings) is a failure, not a note",
    )
    add("--time-limit", type=_positive, metavar="S", help=f"seconds for one check (default: {SECONDS})")
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
        return _complain(str(error))
    if options.list:
        print("\n".join(f"{pair.family:<12} {pair.name}" for pair in pairs))
        return 0
    if options.module is None:
        given = [f"--{name.replace('_', '-')}" for name in OF_A_MODULE if getattr(options, name)]
        if given:
            cure = "leave it out, or name the module: check scratch_nn"
            return _complain(f"{given[0]} is for the check of a module: {cure} {given[0]} ...")
        return check_ours([check for pair in pairs for check in checks(pair, options.case)], options)
    return check_stranger(pairs, options)


def _complain(sentence: str) -> int:
    return report_command.complain("check", sentence)


def check_ours(found: Sequence[Check], options: argparse.Namespace) -> int:
    """Run, and tell it in every form that was asked for; the exit code."""
    from parity_tests.own_run import own_run
    from parity_tests.report import table
    from parity_tests.run import summarise

    ran = own_run(found)
    summaries = summarise(ran.results)
    print("\n".join(table.lines(summaries)))
    asked = options.html is not None or result_files.asked(options)
    report = report_command.of_ours(ran) if asked else None  # it explains what fails, which takes time
    try:
        if report is not None:
            _print(result_files.write(report, options))
        _draw(summaries, options.picture)
    except (OSError, ValueError) as error:
        return _complain(str(error))
    if options.html is not None:
        evidence = report_command.evidence_of_ours(ran, report)
        return report_command.written(report, evidence, options.html, command="check")
    return 1 if any(summary.failures for summary in summaries) else 0


def check_stranger(pairs: Sequence[Pair], options: argparse.Namespace) -> int:
    """Run in the sandbox and tell it in every form that was asked for; the exit code."""
    from tqdm import tqdm

    from parity_tests.checks.strangers import stranger_checks
    from parity_tests.report import repro, stranger_text
    from parity_tests.sandbox import CannotStart, Limits
    from parity_tests.sandbox_child import Setup
    from parity_tests.stranger_report import checked
    from parity_tests.subjects.torch_side import torch_side
    from parity_tests.workbench import Workbench

    told = Options(options.images, options.dropout_p, options.targets, options.loss_input)
    setup = Setup(options.module, told, options.memory_limit or MEBIBYTES, every_trace=options.html is not None)
    limits = Limits(options.time_limit or SECONDS, options.jobs or JOBS)
    dtypes = tuple(options.dtype or ("float64", "float32"))
    with_networks = any(pair.family == "network" for pair in pairs) and options.case is None
    pairs = [pair for pair in pairs if pair.family != "network"]
    total = sum(len(stranger_checks(pair, options.case, dtypes)) for pair in pairs)
    reference = Workbench(torch_side, torch_side)
    try:
        with tqdm(total=total, unit=" checks", desc="parity", leave=False, disable=None) as bar:
            settings = {"case": options.case, "dtypes": dtypes, "strict": options.strict, "on_result": bar.update}
            networks = _networks(options) if with_networks else Found()
            ran = checked(setup, pairs, limits, reference, networks=networks.reports, **settings)
    except (CannotStart, CannotLoad) as error:
        return _complain(str(error))
    found = ran.report
    print("\n".join(stranger_text.lines(found, networks)))
    try:
        _print(result_files.write(found, options))
        _draw([summary for summary in found.summaries if summary.checks], options.picture)
    except (OSError, ValueError) as error:
        return _complain(str(error))
    scripts = repro.texts(found, setup) if (options.repro or options.html) is not None else []
    try:
        if options.repro is not None:
            _print(f"reproduce with: python {path}" for path in repro.save(found, scripts, options.repro))
    except OSError as error:
        return _complain(str(error))
    if options.html is not None:
        evidence = report_command.of_stranger(ran, networks, reference, scripts, input_shape=options.input_shape)
        return report_command.written(found, evidence, options.html, command="check")
    return found.exit_code


def _networks(options: argparse.Namespace) -> Found:
    """The module's whole networks, layer by layer."""
    from parity_tests.networks import check_module

    limits = {"seconds": options.time_limit or SECONDS, "mebibytes": options.memory_limit or MEBIBYTES}
    return check_module(options.module, input_shape=options.input_shape, **limits)


def _print(lines: Iterable[str]) -> None:
    print("".join(f"{line}\n" for line in lines), end="")


def _draw(summaries: Sequence, picture: str | None) -> None:
    if picture and summaries:
        from parity_tests.report.picture import draw

        print(f"picture: {draw(summaries, picture)}")
