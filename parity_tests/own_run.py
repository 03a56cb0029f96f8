"""Every check of scratch_nn in this process, for whoever tells of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from parity_tests.checks import Check
from parity_tests.run import Result, run_all
from parity_tests.workbench import Workbench


@dataclass(frozen=True)
class OwnRun:
    """bench: on which it ran, which holds all the traces."""

    results: tuple[Result, ...]
    bench: Workbench
    seconds: float


def own_bench() -> Workbench:
    """scratch_nn is the candidate, PyTorch the reference."""
    import scratch_nn
    from parity_tests.subjects.scratch import ScratchSide
    from parity_tests.subjects.torch_side import torch_side

    return Workbench(ScratchSide(scratch_nn), torch_side)


def own_run(found: Sequence[Check]) -> OwnRun:
    """Run the checks, with a progress bar."""
    from tqdm import tqdm

    started, bench = time.perf_counter(), own_bench()
    bar = tqdm(run_all(found, bench), total=len(found), unit=" checks", desc="parity", leave=False, disable=None)
    return OwnRun(tuple(bar), bench, time.perf_counter() - started)
