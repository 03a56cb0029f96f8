"""--repro DIR: one script for each finding, which shows it with numpy and torch alone.

The stranger's code runs in children only: one writes the scripts (repro/child.py), another tries each of them out. The
first that ends as the finding says is kept. Where none does, a file says so, and what to run instead.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from parity_tests import files
from parity_tests.findings import NO_RETURN, Finding, Report
from parity_tests.processes import Process
from parity_tests.repro import child
from parity_tests.sandbox_child import Setup

PATIENCE = 60.0  # seconds for one answer of a child
SLACK = 5.0


def texts(report: Report, setup: Setup) -> list[str]:
    """The scripts, one for each finding and note, in their order; those that follow from another have none."""
    return [text(finding, setup) for finding in report.findings]


def save(report: Report, scripts: Sequence[str], directory: str | os.PathLike[str]) -> list[Path]:
    """Into files of the findings' names; the folder is made."""
    folder, written = Path(directory), []
    folder.mkdir(parents=True, exist_ok=True)
    for finding, script in zip(report.findings, scripts, strict=True):
        written.append(files.write_text(folder / f"{_safe(finding.pair, written)}.py", script))
    return written


def _safe(name: str, written: list[Path]) -> str:
    """A file's name on every system; another one for each finding, also where case does not count."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "finding"
    taken = {path.stem.lower() for path in written}
    return next(n for n in (plain, *(f"{plain}_{i}" for i in range(2, len(taken) + 3))) if n.lower() not in taken)


def text(finding: Finding, setup: Setup) -> str:
    """The script of a finding."""
    kind, calling = finding.failures[0].kind, ""
    process = Process(child.serve, setup, finding)
    try:
        while True:
            said = process.answer(_seconds(finding) if kind in NO_RETURN and calling else PATIENCE)
            if said is None:
                return calling or instead(finding, setup, "the code gave no answer")
            if said[0] == "calling":
                calling = said[1]
            elif said[0] == "script":
                if _shows(said[1], finding):
                    return said[1]
                process.connection.send("another")
            else:
                return instead(finding, setup, said[1])
    finally:
        process.stop()


def _seconds(finding: Finding) -> float:
    """How long a call may take until it counts as endless here."""
    told = re.search(r"within ([\d.]+) s", finding.failures[0].message)
    return (float(told.group(1)) if told else 10.0) + SLACK


def _shows(script: str, finding: Finding) -> bool:
    """Whether a script, run in a child, ends as the finding does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "script.py")
        path.write_text(script, encoding="utf-8")
        process = Process(child.try_out, str(path))
        try:
            ended = process.answer(PATIENCE)
        finally:
            process.stop()
    first = finding.failures[0]
    return ended == "AssertionError" or (first.kind == "exception" and bool(ended) and str(ended) in first.message)


def instead(finding: Finding, setup: Setup, why: str) -> str:
    """Where no script shows it: the command that does."""
    first = finding.failures[0]
    name = finding.pair if finding.family != "network" else ""
    command = f"python -m parity_tests check {setup.place}" + (f" --pair {name} --case {first.case}" if name else "")
    says = [
        f"{finding.pair}: {finding.quantity} is not PyTorch's.",
        "",
        f"It could not be shown by numpy and torch alone ({why}).",
    ]
    quoted = "\n".join(says).replace("\\", "\\\\").replace('"""', "'''")
    message = " ".join(first.message.split())[:300]
    return f'"""{quoted}\nRun this instead: {command}\n"""\nraise SystemExit({message!r})\n'
