"""The pages that the browser looks at: ours, of eight pairs, and two modules of strangers."""

from __future__ import annotations

from pathlib import Path

import scratch_nn
from browser.small_pages import NAMES, built
from parity_tests.__main__ import main
from parity_tests.report import html

BROWSER = Path(__file__).parent
OPERATIONS = {"ours": len(NAMES), "three_faults": 4, "two_networks": 2}  # of each page
FAULTS = ("FullyConnected", "ReLU", "SoftMax")  # the pairs in which three_faults.py has one


def written(folder: Path) -> dict[str, Path]:
    """Each page, by name: the strangers' as the command writes them."""
    pages = {name: folder / f"{name}.html" for name in OPERATIONS}
    report, evidence = built(scratch_nn, *NAMES)
    html.write(report, pages["ours"], evidence)
    for name in ("three_faults", "two_networks"):
        code = main(["report", str(BROWSER / f"{name}.py"), "--out", str(pages[name])])
        if code != 1:
            raise RuntimeError(f"{name}.py: expected the exit code 1 of a module with faults, got {code}")
    return pages
