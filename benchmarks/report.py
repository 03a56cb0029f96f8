"""The record of a run: plain values from the timings, the table printed from them, and the JSON file.

Every turn's seconds are kept, so that whoever doubts a median can take another statistic.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.contestant import OURS, TORCH_CHANNELS_LAST, TORCH_NCHW, Case
from benchmarks.timing import Timing, ratio
from torch_models import atomic_path

SCHEMA = 1
WIDE = 0.25
COLUMNS = {OURS: "ours ms", TORCH_NCHW: "PyTorch NCHW ms", TORCH_CHANNELS_LAST: "channels_last ms"}

LEGEND = """milliseconds, median (interquartile range) of {repeats} interleaved turns; float32
layers: forward and backward; networks: a training step, forward, loss, backward and update
ratio: ours to the faster PyTorch layout, below 1 we are faster. Without images PyTorch has one layout, under NCHW."""

Record = Mapping[str, Any]


def run_record(started: datetime, machine: Record, settings: Record, cases: Sequence[Record]) -> Record:
    """The whole file."""
    return {
        "schema": SCHEMA,
        "started": started.isoformat(timespec="seconds"),
        "machine": machine,
        "settings": settings,
        "cases": cases,
    }


def case_record(case: Case, timings: Mapping[str, Timing]) -> Record:
    """One case. `ratios` are our median to each contestant's, and to the fastest of PyTorch's."""
    others = {name: timing for name, timing in timings.items() if name != OURS}
    torch = [timing for name, timing in others.items() if name.startswith("torch")]
    ratios = {name: ratio(timings[OURS], timing) for name, timing in others.items()}
    return {
        "name": case.name,
        "what": case.what,
        "contestants": {name: timing_record(timing) for name, timing in timings.items()},
        "ratios": {**ratios, "fastest_torch": ratio(timings[OURS], *torch)},
    }


def timing_record(timing: Timing) -> Record:
    return {
        "median_seconds": timing.median,
        "iqr_seconds": timing.spread,
        "calls_per_turn": timing.calls,
        "seconds": list(timing.seconds),
    }


def table(cases: Sequence[Record], repeats: int) -> list[str]:
    """The lines of the table, a legend below it."""
    width = max(len(f"{case['name']}: {case['what']}") for case in cases)
    head = f"{'case':{width}}" + "".join(f"{title:>20}" for title in COLUMNS.values()) + f"{'ratio':>8}"
    legend = [*LEGEND.format(repeats=repeats).splitlines(), *unsteady(cases)]
    return [head, "-" * len(head), *(row(case, width) for case in cases), "", *legend]


def unsteady(cases: Sequence[Record]) -> list[str]:
    """A line that names the cases whose ratio should not be trusted to the second digit; none if there are none."""
    names = [
        case["name"]
        for case in cases
        if any(timing["iqr_seconds"] > WIDE * timing["median_seconds"] for timing in case["contestants"].values())
    ]
    limit = f"a spread above {WIDE:.0%} of its median, a rough ratio"
    return [f"{limit}: {', '.join(names)}. Run these again on a quiet machine."] if names else []


def row(case: Record, width: int) -> str:
    title = f"{case['name']}: {case['what']}"
    cells = "".join(f"{cell(case['contestants'].get(name)):>20}" for name in COLUMNS)
    return f"{title:{width}}{cells}{case['ratios']['fastest_torch']:8.2f}"


def cell(timing: Record | None) -> str:
    """Milliseconds, with as many digits for microseconds as for seconds."""
    if timing is None:
        return "-"
    median, spread = 1000 * timing["median_seconds"], 1000 * timing["iqr_seconds"]
    digits = 3 if median < 1 else 2 if median < 100 else 0
    return f"{median:.{digits}f} ({spread:.{digits}f})"


def write_json(path: str | os.PathLike[str], record: Record) -> None:
    """Written beside `path`, then renamed over it: a reader never finds half a file."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
