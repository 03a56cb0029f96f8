"""python -m benchmarks: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks import machine, report
from benchmarks.cases import CASES, selected
from benchmarks.contestant import Case, DifferentWork, require_same_answer
from benchmarks.timing import PAUSE, TURN, race

SEED = 0
REPEATS = 15
DEFAULT_JSON = "runs/bench/bench.json"

Settings = Mapping[str, Any]

HELP = """How long scratch_nn takes beside PyTorch, on this machine: each layer of the two networks, forward and
backward, and both whole training steps. The contestants of a case take turns in one process and in random order, each
after a pause; before that they must give the same answer. Printed are the machine, then for each case the median
milliseconds (interquartile range) of every contestant, and

  ratio    ours to the faster of PyTorch's two memory layouts; below 1 we are faster

Exit code: 0 done, 1 contestants disagree (their times would say nothing), 2 the command was wrong."""

EXAMPLES = """examples:
  python -m benchmarks                                   all of it, under two minutes
  python -m benchmarks --case conv2 --case cnn_step      two cases
  python -m benchmarks --case relu --repeats 51          more turns, a steadier median
  python -m benchmarks --json before.json                keep a run, to compare with a later one

Close other programs first: the line `load` tells how busy the machine was. The variable OPENBLAS_CORETYPE, where set,
can slow NumPy down; a warning says so, and tells how to run without it."""


def parser(cases: Sequence[Case]) -> argparse.ArgumentParser:
    width = max(len(case.name) for case in cases)
    names = "\n".join(f"  {case.name:{width}}  {case.what}" for case in cases)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        epilog=f"cases:\n{names}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--case", action="append", metavar="NAME", help="only this case (may be given again)")
    parser.add_argument("--repeats", type=repeats, default=REPEATS, metavar="N", help=f"turns of each ({REPEATS})")
    parser.add_argument("--json", default=DEFAULT_JSON, metavar="FILE", help=f"where the record goes ({DEFAULT_JSON})")
    return parser


def repeats(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 2, for a spread, got {text!r}")
    return int(text)


def timed(case: Case, settings: Settings, after_round: Callable[[], object]) -> report.Record:
    """The record of one case. Raises DifferentWork where its contestants disagree."""
    contestants = case.build()
    require_same_answer(case.name, contestants)
    work = {contestant.name: contestant.run for contestant in contestants}
    rng = np.random.default_rng(settings["seed"])
    timings = race(work, settings["repeats"], settings["pause_seconds"], rng, after_round)
    return report.case_record(case, timings)


def all_timed(cases: Sequence[Case], settings: Settings) -> list[report.Record]:
    """One case after the other, with a progress bar."""
    records = []
    with tqdm(total=len(cases) * settings["repeats"], unit="round", leave=False, disable=None) as bar:
        for case in cases:
            bar.set_description(case.name)
            records.append(timed(case, settings, bar.update))
    return records


def main(arguments: Sequence[str] | None = None, *, cases: Sequence[Case] = CASES, pause: float = PAUSE) -> int:
    """Run, print, write; the exit code."""
    command = parser(cases)
    options = command.parse_args(arguments)
    try:
        chosen = selected(cases, options.case)
    except ValueError as error:
        command.error(str(error))
    settings = {"repeats": options.repeats, "pause_seconds": pause, "turn_seconds": TURN, "seed": SEED}
    started, about = datetime.now(timezone.utc), machine.describe()
    print("\n".join(machine.lines(about)), end="\n\n", flush=True)
    try:
        records = all_timed(chosen, settings)
    except DifferentWork as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(report.table(records, options.repeats)))
    report.write_json(options.json, report.run_record(started, about, settings, records))
    print(f"record: {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
