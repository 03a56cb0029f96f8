"""The machine that a benchmark ran on: processor, versions, threads, kernels, and how busy it was before the start.

Times mean nothing without it, so it is printed first and kept in the JSON.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.kernels import numpy_blas, pinned

# Variables that change what is timed; those that are set are recorded.
PREFIXES = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_BLOCKTIME", "KMP_AFFINITY", "MKL_", "DNNL_", "ONEDNN_")


def describe() -> dict[str, Any]:
    """Everything as plain values, ready for JSON."""
    return {
        "processor": processor(),
        "system": platform.platform(),
        "cores": cores(),
        "load_average": load_average(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "blas": numpy_blas(),
        "torch_threads": torch.get_num_threads(),
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "environment": {key: value for key, value in sorted(os.environ.items()) if key.startswith(PREFIXES)},
        "pinned": pinned(),
    }


def lines(machine: Mapping[str, Any]) -> list[str]:
    """The same, to be read."""
    blas, load, variables = machine["blas"], machine["load_average"], machine["environment"]
    told = [
        f"machine   {machine['processor']}, {machine['cores']} cores, {machine['system']}",
        f"versions  Python {machine['python']}, NumPy {machine['numpy']}, PyTorch {machine['torch']}",
        f"NumPy     {blas['library']} {blas['version']}, {blas['kernels']} kernels, {blas['threads']} threads",
        f"PyTorch   {machine['torch_capability']} kernels, {machine['torch_threads']} threads",
    ]
    if load is not None:
        busy = " (others were at work: mind the spreads)" if load > 0.25 * machine["cores"] else ""
        told.append(f"load      {load:.2f} on average in the minute before the start{busy}")
    if variables:
        told.append(f"set       {', '.join(f'{key}={value}' for key, value in variables.items())}")
    return told + ([machine["pinned"]] if machine["pinned"] else [])


def processor() -> str:
    """The processor's name; Linux keeps it in a file, elsewhere Python may know it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or platform.machine()


def cores() -> int:
    """Those that this process may use, where the system tells; otherwise all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_average() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
