"""The files in which a report is told: those for machines, the options that ask for them, and the picture."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from parity_tests.findings import Report
from parity_tests.run import Summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    results = parser.add_argument_group("results for machines")
    add = results.add_argument
    add("--json", metavar="FILE", help="everything, in the form that docs/results.md tells")
    add("--junit", metavar="FILE", help="JUnit XML, for a build server")
    add("--gradescope", metavar="FILE", help="Gradescope's results.json, with partial credit by layer")
    add("--points", action="append", type=_points, metavar="PAIR=N", help="grade this pair, with so many points")


def _points(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a pair and its points, Conv2D=10, got {text!r}") from None


def asked(options: argparse.Namespace) -> bool:
    """Whether any of these files was asked for."""
    return any(path is not None for path in (options.json, options.junit, options.gradescope))


def write(report: Report, options: argparse.Namespace) -> list[str]:
    """Write the files that were asked for; a line for each. Raises ValueError for points that fit no pair."""
    from parity_tests.report import gradescope, json_results, junit

    points, said = dict(options.points) if options.points else 1, []
    if options.json is not None:
        said.append(f"json: {json_results.write(report, options.json)}")
    if options.junit is not None:
        said.append(f"junit: {junit.write(report, options.junit)}")
    if options.gradescope is not None:
        said.append(f"gradescope: {gradescope.write(report, options.gradescope, points)}")
    return said


def drawn(summaries: Sequence[Summary], picture: str | None) -> list[str]:
    """Draw the picture; a line that says where it is, none where none was asked for."""
    if not (picture and summaries):
        return []
    from parity_tests.report.picture import draw

    return [f"picture: {draw(summaries, picture)}"]
