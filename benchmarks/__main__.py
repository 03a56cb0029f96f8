"""python -m benchmarks: the command line."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks import bars, caches, machine, plot, report
from benchmarks.cases import CASES, SWEEPS, Sweep, selected
from benchmarks.contestant import Case, Contestant, DifferentWork, require_same_answer
from benchmarks.course.network import PER_PIXEL
from benchmarks.memory import peak_mib
from benchmarks.timing import PAUSE, TURN, Racer, race, repeats
from parity_tests.endings import exit_code

SEED = 0
REPEATS = 11
QUICK_REPEATS = 3
DEFAULT_JSON = "runs/bench/bench.json"

Settings = Mapping[str, Any]

HELP = """How long scratch_nn takes beside PyTorch, on this machine: each layer of the two networks forward and
backward, both training steps, both forward passes, and how the CNN step grows with batch and image size. Beside them
run the same networks as a course writes them, plainly and in a loop over pixels.

The contestants of a case take turns in one process and in random order, each after a pause; before that they must give
the same answer. Printed are the machine, then for each case the median milliseconds (interquartile range) of every
contestant, and

  ratio    ours to the faster of PyTorch's two memory layouts; below 1 we are faster
  MiB      the most memory that one call of ours holds at a time, of what it allocates

then the exponents of growth, and what was asked of all this (the bars). All of it is written as JSON, and drawn in a
picture of the same name that ends in .png. How it is measured and why: docs/benchmark.md

Exit code: 0 done, 1 contestants disagree (their times would say nothing), 2 the command was wrong,
3 with --bars, a bar that was measured is missed, or none was measured."""

EXAMPLES = """examples:
  python -m benchmarks                                   all of it, five to ten minutes
  python -m benchmarks --quick                           the short form, under 40 seconds
  python -m benchmarks --case conv2 --case cnn_step      two cases
  python -m benchmarks --case relu --repeats 51          more turns, a steadier median
  python -m benchmarks --json before.json                keep a run (and before.png), to compare with a later one
  python -m benchmarks --bars                            fail if a bar is missed

Close other programs first: the line `load` tells how busy the machine was. The variable OPENBLAS_CORETYPE, where set,
can slow NumPy down; a warning says so, and tells how to run without it. On a virtual machine, two processors may share
no cache for a while; rounds in which they did not are set aside and taken again, which may double the time, and a line
below the table says how many."""


def parser(cases: Sequence[Case]) -> argparse.ArgumentParser:
    width = max(len(case.name) for case in cases)
    names = "\n".join(f"  {case.name:{width}}  {case.what}" for case in cases)
    asked = "\n".join(f"  {line}" for line in bars.asked(bars.BARS))
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        epilog=f"cases:\n{names}\n\nbars:\n{asked}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    turns = f"turns of each, fewer of a slow one ({REPEATS}; {QUICK_REPEATS} with --quick)"
    parser.add_argument("--case", action="append", metavar="NAME", help="only this case (may be given again)")
    parser.add_argument("--quick", action="store_true", help="few turns, no cases of other sizes, no loop over pixels")
    parser.add_argument("--repeats", type=repeats, metavar="N", help=turns)
    parser.add_argument("--bars", action="store_true", help="exit code 3 if a bar is missed")
    parser.add_argument("--json", default=DEFAULT_JSON, metavar="FILE", help=f"where the record goes ({DEFAULT_JSON})")
    return parser


def timed(case: Case, settings: Settings, after_round: Callable[[], object]) -> report.Record:
    """The record of one case. Raises DifferentWork where its contestants disagree."""
    contestants = [one for one in case.build() if one.name not in settings["left_out"]]
    require_same_answer(case.name, contestants)
    racers = {contestant.name: Racer(contestant.run, contestant.options) for contestant in contestants}
    rng, pause, disturbed = np.random.default_rng(settings["seed"]), settings["pause_seconds"], caches.Watch().disturbed
    raced = race(racers, settings["repeats"], pause, rng, after_round, disturbed)
    return report.case_record(case, raced, {one.name: peak(one) for one in contestants if one.counted})


def peak(contestant: Contestant) -> float:
    with contestant.options():
        return peak_mib(contestant.run)


def all_timed(cases: Sequence[Case], settings: Settings) -> list[report.Record]:
    """One case after the other, with a progress bar."""
    records = []
    with tqdm(total=len(cases) * settings["repeats"], unit="round", leave=False, disable=None) as progress:
        for case in cases:
            progress.set_description(case.name)
            records.append(timed(case, settings, progress.update))
    return records


def main(
    arguments: Sequence[str] | None = None,
    *,
    cases: Sequence[Case] = CASES,
    sweeps: Sequence[Sweep] = SWEEPS,
    pause: float = PAUSE,
) -> int:
    """Run, print, write; the exit code."""
    command = parser(cases)
    options = command.parse_args(arguments)
    target = Path(options.json)
    try:
        chosen = selected(cases, options.case, quick=options.quick)
        prepare(target)
    except ValueError as error:
        command.error(str(error))
    turns = options.repeats or (QUICK_REPEATS if options.quick else REPEATS)
    left_out = [PER_PIXEL.name] if options.quick else []
    settings = {"repeats": turns, "pause_seconds": pause, "turn_seconds": TURN, "seed": SEED, "left_out": left_out}
    started, about = datetime.now(timezone.utc), machine.describe()
    print("\n".join(machine.lines(about)), end="\n\n", flush=True)
    try:
        records = all_timed(chosen, settings)
    except DifferentWork as error:
        print(error, file=sys.stderr)
        return 1
    grown = report.sweep_records(sweeps, records)
    verdicts = bars.judged(bars.BARS, records, grown)
    record = report.run_record(started, about, settings, records, grown, verdicts)
    files = write(target, record)
    print("\n".join([*report.table(records, turns), *report.growth(grown), "", *bars.lines(verdicts), *files]))
    return 3 if options.bars and bars.missed(verdicts) else 0


def prepare(target: Path) -> None:
    """Make the folder. Raises ValueError now, not after minutes, where record or picture could not be written."""
    if target.suffix.lower() == ".png":
        raise ValueError(f"--json {target}: the picture goes there, over the record; name a file that ends in .json")
    if target.is_dir():
        raise ValueError(f"--json {target}: expected a file, this is a folder; name a file in it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise ValueError(f"--json {target}: cannot write there ({error.strerror}); name another place") from error


def write(target: Path, record: report.Record) -> list[str]:
    """The record, and its picture beside it; a line for each."""
    picture = target.with_suffix(".png")
    report.write_json(target, record)
    plot.write_png(picture, record)
    return [f"record: {target}", f"picture: {picture}"]


if __name__ == "__main__":
    sys.exit(exit_code("python -m benchmarks", main))
