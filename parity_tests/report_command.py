"""python -m parity_tests report: a check as one HTML file, for people who would rather look than read."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from parity_tests import judge
from parity_tests.checks import checks
from parity_tests.checks.strangers import stranger_checks
from parity_tests.command_line import add_pairs, complain
from parity_tests.findings import NO_RETURN, Explanation, Report
from parity_tests.judge import Agreeing
from parity_tests.networks import check_module
from parity_tests.networks.sandbox import Found
from parity_tests.own_run import OwnRun, own_run
from parity_tests.pair import Pair
from parity_tests.pairs import selected
from parity_tests.report import html, repro
from parity_tests.report.html import gather
from parity_tests.report.html.asked import asked
from parity_tests.report.html.evidence import Bank, Evidence
from parity_tests.report.html.overview import verdict
from parity_tests.run import summarise
from parity_tests.sandbox import Limits
from parity_tests.sandbox_child import Setup
from parity_tests.stranger_report import Checked, checked, environment, explained
from parity_tests.subjects.stranger.module import CannotLoad
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench

HELP = """Check scratch_nn, or a module of yours, and write what was found as one HTML file: every pair and
quantity as a heat map, each operation's formula, NumPy lines and PyTorch call beside each other, real images
going through, and for each finding where it is, why, and how to see it again. The file needs no network and no
script.

Exit code: 0 all that is offered agrees, 1 something does not, 2 the command was wrong.

examples:
  python -m parity_tests report                                     scratch_nn, about a minute
  python -m parity_tests report --bank                              and every planted fault, another half minute
  python -m parity_tests report path/to/layers.py --out layers.html
  python -m parity_tests report --pair Conv2D --pair ReLU"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.formatter_class = HELP, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("module", nargs="?", metavar="MODULE", help="a Python file, or a dotted module (default: scratch_nn itself)")
    add("--out", type=Path, default=Path("report.html"), metavar="FILE", help="where to write (default: %(default)s)")
    add_pairs(parser)
    add("--bank", action="store_true", help="also plant the faults of the bank, and count those that are noticed")


def command(options: argparse.Namespace) -> int:
    try:
        pairs = selected(options.pair, options.family)
    except ValueError as error:
        return complain("report", error)
    if options.out.is_dir():
        return complain("report", f"--out {options.out}: expected a file, this is a folder")
    if options.module is None:
        return report_ours(pairs, options.out, bank=options.bank)
    return report_stranger(options.module, pairs, options.out, bank=options.bank)


def report_ours(pairs: Sequence[Pair], out: Path, *, bank: bool = False) -> int:
    """Check scratch_nn in this process and write the page; the exit code."""
    ran = own_run([check for pair in pairs for check in checks(pair)])
    report = of_ours(ran)
    print(f"scratch_nn: {verdict(report)}")
    return written(report, replace(evidence_of_ours(ran, report), bank=_bank(pairs, bank)), out)


def of_ours(ran: OwnRun) -> Report:
    """What a run of scratch_nn in this process came to."""

    def explain(pair: Pair, of_pair: dict[str, Trace], agreeing: Agreeing) -> tuple[Explanation, ...]:
        return () if pair.family == "network" else explained(pair, of_pair, agreeing, ran.bench)

    findings = judge.findings(ran.results, _traces(ran), explain)
    return Report("scratch_nn", tuple(summarise(ran.results)), findings, environment(), ran.seconds)


def evidence_of_ours(ran: OwnRun, report: Report) -> Evidence:
    """What the page shows beside the report; both networks are trained for it, which takes seconds."""
    import scratch_nn

    evidence = gather.gathered(ran.results, _traces(ran), report.findings, ran.bench)
    return gather.of_ours(evidence, ran.bench, scratch_nn)


def _traces(ran: OwnRun) -> dict[str, dict[str, Trace]]:
    return gather.traces_of(ran.bench, list(dict.fromkeys(result.check.pair for result in ran.results)))


def report_stranger(module: str, pairs: Sequence[Pair], out: Path, *, bank: bool = False) -> int:
    """Check a module in the sandbox and write the page; the exit code."""
    from parity_tests.subjects.torch_side import torch_side

    setup, reference = Setup(module, every_trace=True), Workbench(torch_side, torch_side)
    with_networks = any(pair.family == "network" for pair in pairs)
    pairs = [pair for pair in pairs if pair.family != "network"]
    try:
        networks = check_module(module) if with_networks else Found()
        ran = checked(setup, pairs, Limits(), reference, networks=networks.reports)
    except CannotLoad as error:
        return complain("report", error)
    evidence = of_stranger(ran, networks, reference, repro.texts(ran.report, setup))
    print(f"{module}: {verdict(ran.report)}")
    return written(ran.report, replace(evidence, bank=_bank(pairs, bank)), out)


def of_stranger(
    ran: Checked,
    networks: Found,
    reference: Workbench,
    scripts: Sequence[str],
    *,
    input_shape: tuple[int, ...] | None = None,
) -> Evidence:
    """The evidence for the report of a module that was run in the sandbox. scripts: those that reproduce its findings,
    in their order. input_shape: of a network that does not tell it."""
    findings = ran.report.findings
    by_pair = {finding.pair: script for finding, script in zip(findings, scripts, strict=True)}
    pairs, lost = _with_float32(ran)
    found = asked(ran.setup, pairs, [each.name for each in networks.reports], input_shape=input_shape)
    more = {"networks": tuple(networks.reports), "closed": networks.closed, "scripts": by_pair, "of_stranger": True}
    more |= {"rounding": found.rounding, "training": tuple(found.training), "missing": lost | found.missing}
    return gather.gathered(ran.results, ran.traces, findings, reference, **more)


def _with_float32(ran: Checked) -> tuple[list[Pair], dict[str, str]]:
    """The pairs whose rounding can be asked for; and of the others, why not."""
    lost = {result.check.pair.name: result.kind for result in ran.results if result.kind in NO_RETURN}
    found, why = [], {}
    for pair in dict.fromkeys(result.check.pair for result in ran.results if result.offered):
        if pair.name in lost:
            why[pair.name] = f"a check of it ended in {lost[pair.name]}"
        elif any(r.offered and r.check.pair is pair and r.check.dtype == "float32" for r in ran.results):
            found.append(pair)
        elif any(check.dtype == "float32" for check in stranger_checks(pair)):
            why[pair.name] = "it was not compared in float32"
    return found, why


def _bank(pairs: Sequence[Pair], planted: bool) -> Bank | None:
    return gather.planted([pair.name for pair in pairs]) if planted else None


def written(report: Report, evidence: Evidence, out: str | os.PathLike[str]) -> int:
    """Write the page and say so; the exit code."""
    try:
        path = html.write(report, out, evidence)
    except OSError as error:
        return complain("report", f"cannot write {out}: {error.strerror}")
    print(f"html: {path}")
    return report.exit_code
