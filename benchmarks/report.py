"""The record of a run: plain values from the timings, the table printed from them, and the JSON file.

Every turn's seconds are kept, so that whoever doubts a median can take another statistic.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from benchmarks import estimate
from benchmarks.cases import Sweep
from benchmarks.contestant import EVERY_OPTION, OURS, TORCH_CHANNELS_LAST, TORCH_NCHW, Case
from benchmarks.course.network import PER_PIXEL, PLAIN
from benchmarks.timing import Race, Timing, ratio
from torch_models import atomic_path

SCHEMA = 4
WIDE = 0.25
WIDTH = 16
COLUMNS = {
    OURS: "ours ms",
    EVERY_OPTION: "every option",
    TORCH_NCHW: "PyTorch NCHW",
    TORCH_CHANNELS_LAST: "channels_last",
    PLAIN.name: "plain",
    PER_PIXEL.name: "per pixel",
}

LEGEND = """milliseconds, median (interquartile range) of up to {repeats} interleaved turns; float32
a layer: forward and backward; a step: forward, loss, backward and update; forward: in evaluation mode
plain: im2col of the whole batch, fresh arrays; per pixel: a loop over output pixels, an einsum over the batch at each
ratio: ours to the faster PyTorch layout, below 1 we are faster. Without images PyTorch has one layout, under NCHW.
MiB: the most memory that one call of ours holds at a time, of what it allocates"""

Record = Mapping[str, Any]


def run_record(
    started: datetime,
    machine: Record,
    settings: Record,
    cases: Sequence[Record],
    sweeps: Sequence[Record],
    bars: Sequence[Record],
) -> Record:
    """The whole file."""
    return {
        "schema": SCHEMA,
        "started": started.isoformat(timespec="seconds"),
        "machine": machine,
        "settings": settings,
        "cases": cases,
        "sweeps": sweeps,
        "bars": bars,
    }


def case_record(case: Case, raced: Race, peaks: Mapping[str, float]) -> Record:
    """One case; `peaks` in MiB. `ratios` are our median to each contestant's, and to the fastest of PyTorch's.
    `no_shared_cache`: rounds that were set aside for that, with every turn's seconds, and such rounds that count."""
    timings = raced.timings
    ratios = {name: ratio(timings[OURS], timing) for name, timing in timings.items() if name != OURS}
    return {
        "name": case.name,
        "what": case.what,
        "contestants": {name: timing_record(timing, peaks.get(name)) for name, timing in timings.items()},
        "ratios": {**ratios, "fastest_torch": to_torch(timings)},
        "no_shared_cache": {
            "rounds_set_aside": raced.rounds_aside,
            "ratio_there": to_torch(raced.aside),
            "seconds_there": {name: list(timing.seconds) for name, timing in raced.aside.items()},
            "rounds_that_count": raced.rounds_disturbed,
        },
    }


def to_torch(timings: Mapping[str, Timing]) -> float | None:
    """Our median to the fastest of PyTorch's; None where one of both had no turn, as in a few rounds may happen."""
    torch = [timings[name] for name in (TORCH_NCHW, TORCH_CHANNELS_LAST) if name in timings]
    return ratio(timings[OURS], *torch) if OURS in timings and torch else None


def timing_record(timing: Timing, peak: float | None) -> Record:
    return {
        "median_seconds": timing.median,
        "iqr_seconds": timing.spread,
        "peak_mib": peak,
        "calls_per_turn": timing.calls,
        "seconds": list(timing.seconds),
    }


def sweep_records(sweeps: Sequence[Sweep], cases: Sequence[Record]) -> list[Record]:
    """Those sweeps whose cases were all timed, each with the exponents of the contestants that ran in all of them."""
    known = {case["name"]: case["contestants"] for case in cases}
    return [sweep_record(sweep, known) for sweep in sweeps if set(sweep.points.values()) <= known.keys()]


def sweep_record(sweep: Sweep, known: Mapping[str, Record]) -> Record:
    timed = [known[name] for name in sweep.points.values()]
    exponents = {
        name: asdict(estimate.exponent(list(sweep.points), [contestants[name]["seconds"] for contestants in timed]))
        for name in COLUMNS
        if all(name in contestants for contestants in timed)
    }
    points = [{"size": size, "case": name} for size, name in sweep.points.items()]
    return {"name": sweep.name, "what": sweep.what, "unit": sweep.unit, "points": points, "exponents": exponents}


# ---- to be read


def table(cases: Sequence[Record], repeats: int) -> list[str]:
    """The lines of the table, a legend below it. A contestant that took part nowhere has no column."""
    names = [name for name in COLUMNS if any(name in case["contestants"] for case in cases)]
    width = max(len(title(case)) for case in cases)
    head = f"{'case':{width}}" + "".join(f"{COLUMNS[name]:>{WIDTH}}" for name in names) + f"{'ratio':>8}{'MiB':>8}"
    legend = [*LEGEND.format(repeats=repeats).splitlines(), *unsteady(cases), *without_shared_cache(cases)]
    return [head, "-" * len(head), *(row(case, names, width) for case in cases), "", *legend]


def title(case: Record) -> str:
    return f"{case['name']}: {case['what']}"


def row(case: Record, names: Sequence[str], width: int) -> str:
    timed = case["contestants"]
    cells = "".join(f"{cell(timed.get(name)):>{WIDTH}}" for name in names)
    return f"{title(case):{width}}{cells}{case['ratios']['fastest_torch']:8.2f}{timed[OURS]['peak_mib']:8.1f}"


def cell(timing: Record | None) -> str:
    """Milliseconds, with as many digits for microseconds as for seconds."""
    if timing is None:
        return "-"
    median, spread = 1000 * timing["median_seconds"], 1000 * timing["iqr_seconds"]
    digits = 3 if median < 1 else 2 if median < 100 else 0
    return f"{median:.{digits}f} ({spread:.{digits}f})"


def unsteady(cases: Sequence[Record]) -> list[str]:
    """A line that names the cases whose ratio should not be trusted to the second digit; none if there are none."""
    names = [
        case["name"]
        for case in cases
        if any(timing["iqr_seconds"] > WIDE * timing["median_seconds"] for timing in case["contestants"].values())
    ]
    limit = f"a spread above {WIDE:.0%} of its median, a rough ratio"
    return [f"{limit}: {', '.join(names)}. Run these again on a quiet machine."] if names else []


def without_shared_cache(cases: Sequence[Record]) -> list[str]:
    """Lines that name the cases in whose rounds two processors shared no cache; none if there are none."""
    found = {case["name"]: case["no_shared_cache"] for case in cases}
    lines = {
        "processors shared no cache, rounds set aside and taken again (the ratio in them)": [
            f"{name} {at['rounds_set_aside']} ({_or_dash(at['ratio_there'])})"
            for name, at in found.items()
            if at["rounds_set_aside"]
        ],
        "processors shared no cache, rounds that count: NumPy's products over two threads are slow there": [
            f"{name} {at['rounds_that_count']}" for name, at in found.items() if at["rounds_that_count"]
        ],
    }
    return [f"{said}: {', '.join(names)}" for said, names in lines.items() if names]


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def growth(sweeps: Sequence[Record]) -> list[str]:
    """A line for each sweep: the exponent of every contestant, and how far noise may have moved it."""
    return [
        f"{sweep['what']}, time ~ ({sweep['unit']})^p: "
        + ", ".join(
            f"{name} {p['value']:.2f} ({p['low']:.2f} to {p['high']:.2f})" for name, p in exponents(sweep).items()
        )
        for sweep in sweeps
    ]


def exponents(sweep: Record) -> dict[str, Record]:
    return {COLUMNS[name].removesuffix(" ms"): p for name, p in sweep["exponents"].items()}


def write_json(path: str | os.PathLike[str], record: Record) -> None:
    """Written beside `path`, then renamed over it: a reader never finds half a file."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
