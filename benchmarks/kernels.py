"""Which kernels the BLAS behind NumPy multiplied with, and whether the environment keeps it from its own choice.

OpenBLAS brings kernels for many processors and takes the best for the one it runs on. The variable OPENBLAS_CORETYPE
overrules it, and old kernels on a new processor can take twice as long: our times, not PyTorch's, would suffer, for
PyTorch brings a BLAS of its own. So where the variable is set, a short product is timed in two fresh processes, with
it and without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_info

PINS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
UNKNOWN = "unknown"
ROOT = Path(__file__).resolve().parents[1]

PROBE = """
import json, time
import numpy as np
from benchmarks.kernels import numpy_blas
A = np.ones((1024, 1024), np.float32)
def seconds():
    started = time.perf_counter()
    A @ A
    return time.perf_counter() - started
print(json.dumps([numpy_blas()["kernels"], min(seconds() for _ in range(8))]))
"""


@dataclass(frozen=True)
class Probe:
    """The kernels of a process, and the seconds its product of two 1024 x 1024 float32 matrices took (best of 8)."""

    kernels: str
    seconds: float


def numpy_blas() -> dict[str, str | int]:
    """Library, version, kernels and threads of the BLAS that NumPy loaded. (SciPy may load one of its own.)"""
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    found.sort(key=lambda library: "numpy" not in library["filepath"])
    library = found[0] if found else {}
    return {
        "library": library.get("internal_api", UNKNOWN),
        "version": library.get("version") or UNKNOWN,
        "kernels": library.get("architecture", UNKNOWN),
        "threads": library.get("num_threads", 1),
    }


def probe(environment: Mapping[str, str]) -> Probe | None:
    """A Probe of a fresh Python with that environment; None where it does not run."""
    command = [sys.executable, "-c", PROBE]
    run = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False)
    return Probe(*json.loads(run.stdout)) if run.returncode == 0 else None


def pinned(environment: Mapping[str, str] = os.environ) -> str | None:
    """What to say where OPENBLAS_CORETYPE pins kernels; None where it is not set."""
    if "OPENBLAS_CORETYPE" not in environment:
        return None
    free = {key: value for key, value in environment.items() if key not in PINS}
    return verdict(environment["OPENBLAS_CORETYPE"], probe(environment), probe(free))


def verdict(value: str, with_it: Probe | None, without: Probe | None) -> str:
    """One line on what the variable does, from a probe with it and one without."""
    if with_it is None or without is None:
        return f"WARNING: OPENBLAS_CORETYPE={value} is set, and may pin NumPy to slower kernels than its own choice."
    if with_it.kernels == without.kernels:
        return f"OPENBLAS_CORETYPE={value} is set, and names the kernels ({without.kernels}) taken without it as well."
    times = f"{with_it.seconds / without.seconds:.1f}x the time of {without.kernels}, which NumPy takes without it"
    if with_it.seconds < without.seconds:
        return f"OPENBLAS_CORETYPE={value} pins NumPy to {with_it.kernels}: a product takes {times}."
    cure = f"env {' '.join(f'-u {name}' for name in PINS)} make bench"
    return (
        f"WARNING: OPENBLAS_CORETYPE={value} pins NumPy to slower kernels, {with_it.kernels}: a product takes {times}. "
        f"Our times below are not the machine's best; for those: {cure}"
    )
