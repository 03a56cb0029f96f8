"""python -m parity_tests check MODULE: somebody's module, run in the sandbox, and told in every form that is asked for.

Files are written before anything is printed: whoever reads no further still gets them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from parity_tests import report_command
from parity_tests.checks.check import DTYPES
from parity_tests.checks.strangers import stranger_checks
from parity_tests.command_line import complain
from parity_tests.findings import Report
from parity_tests.networks import check_module
from parity_tests.networks.sandbox import Found
from parity_tests.pair import Case, Pair
from parity_tests.report import html, repro, result_files, stranger_text
from parity_tests.sandbox import JOBS, SECONDS, Limits
from parity_tests.sandbox_child import MEBIBYTES, Setup
from parity_tests.stranger_report import Checked, checked, not_loaded
from parity_tests.subjects.stranger.module import CannotLoad, NoModule
from parity_tests.subjects.stranger.options import CHOICES, Options
from parity_tests.workbench import Workbench


def check_stranger(pairs: Sequence[Pair], options: argparse.Namespace) -> int:
    """Run in the sandbox and tell it in every form that was asked for; the exit code."""
    from parity_tests.subjects.torch_side import torch_side

    started, reference = time.perf_counter(), Workbench(torch_side, torch_side)
    layers = [pair for pair in pairs if pair.family != "network"]
    asked = {"case": options.case, "dtypes": tuple(options.dtype or DTYPES)}
    try:
        networks = _networks(options) if len(layers) < len(pairs) and options.case is None else Found()
        ran = _layers(layers, networks, reference, asked, options)
    except NoModule as error:
        return complain("check", error)
    except CannotLoad as error:
        known = layers or list(pairs)
        lost = known + _named_by_points(known, options)
        seconds = time.perf_counter() - started
        return _tell_not_loaded(not_loaded(options.module, lost, str(error), seconds=seconds, **asked), options)
    return _tell(ran, networks, reference, options)


def _networks(options: argparse.Namespace) -> Found:
    """The module's whole networks, layer by layer."""
    limits = {"seconds": _seconds(options), "mebibytes": _mebibytes(options)}
    return check_module(options.module, input_shape=options.input_shape, **limits)


def _layers(
    pairs: Sequence[Pair], networks: Found, reference: Workbench, asked: dict, options: argparse.Namespace
) -> Checked:
    """Everything else, pair by pair, with a progress bar."""
    from tqdm import tqdm

    told = Options(**{name: getattr(options, name) for name in CHOICES})
    setup = Setup(options.module, told, _mebibytes(options), every_trace=options.html is not None)
    limits = Limits(_seconds(options), options.jobs or JOBS)
    total = sum(len(stranger_checks(pair, asked["case"], asked["dtypes"])) for pair in pairs)
    with tqdm(total=total, unit=" checks", desc="parity", leave=False, disable=None) as bar:
        more = {"strict": options.strict, "on_result": bar.update, "networks": networks.reports}
        return checked(setup, pairs, limits, reference, **asked, **more)


def _tell(ran: Checked, networks: Found, reference: Workbench, options: argparse.Namespace) -> int:
    found, wrong = ran.report, ""
    said = stranger_text.lines(found, networks)
    try:
        said += result_files.write(found, options)
        said += result_files.drawn([summary for summary in found.summaries if summary.checks], options.picture)
    except (OSError, ValueError) as error:
        wrong = str(error)
    try:
        if not wrong:
            said += _shown(ran, networks, reference, options)
    except OSError as error:
        wrong = str(error)
    print("\n".join(said))
    return complain("check", wrong) if wrong else found.exit_code


def _shown(ran: Checked, networks: Found, reference: Workbench, options: argparse.Namespace) -> list[str]:
    """The scripts that show the findings, and the page; a line for each."""
    if options.repro is None and options.html is None:
        return []
    scripts, said = repro.texts(ran.report, ran.setup), []
    if options.repro is not None:
        said += [f"reproduce with: python {path}" for path in repro.save(ran.report, scripts, options.repro)]
    if options.html is not None:
        evidence = report_command.of_stranger(ran, networks, reference, scripts, input_shape=options.input_shape)
        said.append(f"html: {html.write(ran.report, options.html, evidence)}")
    return said


def _named_by_points(pairs: Sequence[Pair], options: argparse.Namespace) -> list[Pair]:
    """What --points names besides: layers of networks, which nobody can know before the module is loaded."""
    others = [name for name, _ in options.points or () if name not in {pair.name for pair in pairs}]
    return [Pair(name, "network", ours=None, theirs=None, cases=(Case("all"),)) for name in dict.fromkeys(others)]


def _tell_not_loaded(report: Report, options: argparse.Namespace) -> int:
    """The files say so too: results of an earlier run must not stand for this one."""
    try:
        said = result_files.write(report, options)
        if options.html is not None:
            page = html.write(report, options.html, html.Evidence(of_stranger=True))
            said.append(f"html: {page}")
    except (OSError, ValueError) as error:
        return complain("check", error)
    print("".join(f"{line}\n" for line in said), end="")
    return complain("check", report.cannot_load)


def _seconds(options: argparse.Namespace) -> float:
    return options.time_limit or SECONDS


def _mebibytes(options: argparse.Namespace) -> int:
    return options.memory_limit or MEBIBYTES
