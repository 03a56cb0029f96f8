"""The report as one HTML file: html.write(report, path, evidence).

    tree.py      elements; text is escaped by construction      style.py    the style sheet
    maths.py     formulas as MathML                              formulas.py each operation's
    roles.py     one colour a variable                           code.py     the source, coloured; torch_calls.py
    pixels.py    arrays as PNGs                                  chart.py    lines and bars as SVG
    figures.py   what the checks measured                        evidence.py what else is told; gather.py, asked.py
    overview.py, failure.py, networks.py, lockstep.py, operation.py      the sections; page.py puts them together

Everything but gather.py, asked.py and write is pure. The file needs no network, no script and no second file.
"""

from __future__ import annotations

import os
from pathlib import Path

from parity_tests.files import write_text
from parity_tests.findings import Report
from parity_tests.report.html.evidence import Evidence as Evidence
from parity_tests.report.html.gather import gathered as gathered
from parity_tests.report.html.page import page as page


def write(report: Report, path: str | os.PathLike[str], evidence: Evidence) -> Path:
    """Write `path`, whole or not at all; returns it."""
    return write_text(path, page(report, evidence))
