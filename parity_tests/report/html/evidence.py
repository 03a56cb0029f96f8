"""Evidence: everything that the page tells beside the report itself. Data only; gather.py collects it.

Recorded   one case in float64: what went in, what PyTorch gave, what the candidate gave
Rounding   how many float32 numbers of one pair are off by how many units in the last place, ours and PyTorch's
Training   the same steps on both sides: losses, and the difference of every parameter after each step
Bank       how many planted faults the suite noticed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from parity_tests.networks.report import NetworkReport
from parity_tests.pair import Case, Pair
from parity_tests.report.html.figures import Figures
from parity_tests.trace import Trace

EDGES = (0.5, 1, 2, 4, 8, 16, 32, float("inf"))  # units in the last place


@dataclass(frozen=True)
class Recorded:
    pair: Pair
    case: Case
    batch: Trace
    expected: Trace
    actual: Trace


@dataclass(frozen=True)
class Rounding:
    """ours, theirs: how many numbers are off by at most EDGES[i], and by more than EDGES[i - 1]."""

    ours: tuple[int, ...] = (0,) * len(EDGES)
    theirs: tuple[int, ...] = (0,) * len(EDGES)

    def __add__(self, other: Rounding) -> Rounding:
        add = [
            tuple(map(sum, zip(*both, strict=True))) for both in ((self.ours, other.ours), (self.theirs, other.theirs))
        ]
        return Rounding(*add)


@dataclass(frozen=True)
class Training:
    """dtype: "float64" or "float32". differences: {parameter: its worst difference after each step, as a fraction of
    its scale}; own: PyTorch's own float32 error alike, the worst of all parameters; () in float64. how: which steps, as
    a sentence, where they are not those of the network itself."""

    network: str
    dtype: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    differences: Mapping[str, tuple[float, ...]]
    own: tuple[float, ...] = ()
    how: str = ""


@dataclass(frozen=True)
class Bank:
    """faults: that can be noticed; noticed: of them; survived: the names of the others; equivalent: proven harmless."""

    faults: int
    noticed: int
    survived: tuple[str, ...]
    equivalent: int
    seconds: float


@dataclass(frozen=True)
class Evidence:
    """figures, cases: see figures.py. pictures: of a pair, a real image that went through. wrong: of a finding, by the
    pair's name, the case of its first failure. networks, closed: those that could be opened, and why the others could
    not. scripts: of a finding, the text that reproduces it. bank: None where the planted faults were not run.
    of_stranger: whether a stranger's module was asked, which is asked less. missing: of a pair or a network, why it
    has no rounding or no training."""

    pairs: Sequence[Pair] = ()
    figures: Figures = field(default_factory=dict)
    cases: Figures = field(default_factory=dict)
    pictures: Mapping[str, Recorded] = field(default_factory=dict)
    wrong: Mapping[str, Recorded] = field(default_factory=dict)
    rounding: Mapping[str, Rounding] = field(default_factory=dict)
    networks: Sequence[NetworkReport] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    training: Sequence[Training] = ()
    scripts: Mapping[str, str] = field(default_factory=dict)
    bank: Bank | None = None
    of_stranger: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)


def counted(ulps: np.ndarray) -> tuple[int, ...]:
    """How many fall below each of EDGES."""
    return tuple(int(n) for n in np.histogram(ulps, bins=[0, *np.nextafter(EDGES[:-1], np.inf), np.inf])[0])


def ulps(array: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """|array - truth| of the finite numbers in units of the last place of a float32 as large as the truth."""
    finite = np.isfinite(truth) & np.isfinite(array)
    unit = np.spacing(np.maximum(np.abs(truth[finite]), np.finfo(np.float32).tiny).astype(np.float32)).astype(float)
    return np.abs(array[finite].astype(np.float64) - truth[finite]) / unit


def rounding(ours: Trace, theirs: Trace, truth: Trace) -> Rounding:
    """Of everything that one case recorded in float32. What has another shape has another fault, told elsewhere."""
    found = Rounding()
    for name, exact in truth.items():
        if name in ours and exact.dtype.kind == "f" and np.shape(ours[name]) == exact.shape:
            found += Rounding(counted(ulps(ours[name], exact)), counted(ulps(theirs[name], exact)))
    return found


def training(
    network: str, dtype: str, ours: Trace, theirs: Trace, truth: Trace | None = None, how: str = ""
) -> Training:
    """From the traces of a case with steps: step<k>.loss, step<k>.parameter.<name>."""
    steps = sorted({name.split(".")[0] for name in theirs})
    names = [n.removeprefix(f"{steps[0]}.parameter.") for n in theirs if n.startswith(f"{steps[0]}.parameter.")]

    def apart(one: Trace, other: Trace, name: str) -> tuple[float, ...]:
        keys = [f"{step}.parameter.{name}" for step in steps]
        return tuple(_apart(one[key], other[key]) for key in keys if key in one)

    own = (
        ()
        if truth is None
        else tuple(max(each) for each in zip(*(apart(theirs, truth, n) for n in names), strict=True))
    )
    losses = [
        tuple(float(trace[f"{step}.loss"]) for step in steps if f"{step}.loss" in trace) for trace in (ours, theirs)
    ]
    return Training(network, dtype, *losses, {name: apart(ours, theirs, name) for name in names}, own, how)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """The worst difference as a fraction of the scale; NaN where the two have no shape in common."""
    if np.shape(one) != other.shape:
        return float("nan")
    scale = np.abs(other).max() or 1.0
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max() / scale)
