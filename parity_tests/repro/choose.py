"""What a script is about: the case, the quantity and the numbers, as small and as round as still show the failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parity_tests.checks.check import Check, compared, matches, verdict
from parity_tests.checks.strangers import stranger_checks
from parity_tests.compare import MOST_32, RELATIVE_64, ULP_32, InvalidCheck, absolute_difference, misfit
from parity_tests.findings import Failure, Finding, quantity_of
from parity_tests.judge import SPECIAL_INPUTS
from parity_tests.pair import Case, NotOffered, Pair, Subject
from parity_tests.repro.plays import Play, size
from parity_tests.trace import Trace, frozen
from parity_tests.workbench import Workbench

DECIMALS = (1, 2, 3, 4)
FEW = 200  # numbers; of more, none would be read anyway


class Rounded(Workbench):
    """Batches of numbers with few decimals."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench.subject, bench.reference)

    def batch(self, pair: Pair, case: Case, dtype: str) -> Trace:
        found = super().batch(pair, case, dtype)
        return found if dtype == "float32" else {name: frozen(rounded(array)) for name, array in found.items()}


class Strided(Rounded):
    """The same numbers in arrays with gaps, and with a first axis that runs backwards."""

    def batch(self, pair: Pair, case: Case, dtype: str) -> Trace:
        found = super().batch(pair, case, dtype)
        return {name: strided(a) if name.startswith("training.") else a for name, a in found.items()}


def strided(array: np.ndarray) -> np.ndarray:
    """As values.py writes it."""
    return np.repeat(array[::-1], 2, axis=-1)[::-1, ..., ::2] if array.dtype.kind == "f" else array


def rounded(array: np.ndarray) -> np.ndarray:
    """With as few decimals as keep all its numbers apart, and their signs; the array itself where many are needed."""
    if array.dtype.kind != "f" or array.size > FEW:
        return array
    for decimals in DECIMALS:
        near = np.round(array, decimals)
        signs_stay = np.array_equal(np.sign(near), np.sign(array), equal_nan=True)
        if signs_stay and len(np.unique(near)) == len(np.unique(array)):
            return near
    return array


@dataclass(frozen=True)
class Scene:
    """got, expected: of the stranger and of PyTorch. room: how much they may differ."""

    pair: Pair
    case: Case
    dtype: str
    batch: Trace
    play: Play
    expected: np.ndarray
    room: float

    @property
    def name(self) -> str:
        if not self.play.rates:
            return quantity_of(self.play.quantity)
        return f"{self.play.quantity.partition('.')[2]} after {len(self.play.rates)} steps"


def candidates(finding: Finding, pair: Pair) -> list[tuple[Failure, Case]]:
    """The failures of the finding's own quantity, the smallest case first; what is as it is for float32 last."""
    cases = {case.name: case for case in pair.cases}
    first = finding.failures[0]
    alike = [f for f in finding.failures if f.case in cases and f.kind == first.kind]
    own = [f for f in alike if quantity_of(f.check) == finding.quantity] or alike
    in_order = sorted(own, key=lambda f: (f.dtype != first.dtype, is_special(cases[f.case]), size(pair, cases[f.case])))
    return [(failure, cases[failure.case]) for failure in in_order]


def is_special(case: Case) -> bool:
    """Inputs that are no numbers: told last."""
    return case.inputs in SPECIAL_INPUTS


def check_of(pair: Pair, failure: Failure) -> Check:
    return next(check for check in stranger_checks(pair, failure.case) if check.id == failure.id)


def wrong_quantity(bench: Workbench, pair: Pair, case: Case, check: Check) -> str | None:
    """The first of the quantities that a check looks at that is wrong, or missing."""
    recording = bench.recording(pair, case, check.dtype)
    for name in bench.expected(pair, case, check.dtype):
        if not matches(name, check.patterns):
            continue
        if name not in recording.trace:
            return name
        try:
            found = verdict(bench, pair, case, check.dtype, name, recording.trace[name])
        except InvalidCheck:
            continue
        if not found.ok:
            return name
    return None


def without_masks(batch: Trace) -> Trace:
    """A dropout of a stranger's draws its own."""
    return {name: array for name, array in batch.items() if ".mask." not in name}


def scenes(benches: Sequence[Workbench], pair: Pair, case: Case, dtype: str, chosen: Sequence[Play]) -> Iterator[Scene]:
    """Those in which the stranger's numbers are wrong, the shortest and roundest first."""
    for play in chosen:
        for each in benches:
            scene = _scene(each, pair, case, dtype, play)
            if scene is not None:
                yield scene
                break


def _scene(bench: Workbench, pair: Pair, case: Case, dtype: str, play: Play) -> Scene | None:
    batch = bench.batch(pair, case, dtype)
    expected = _array(play.run(bench.reference(pair, case, dtype), batch), dtype)
    own = without_masks(batch)
    is_dropped = own.keys() != batch.keys() and play.stages[-1] != "evaluation" and 0 < case["p"] < 1
    try:
        subject: Subject = bench.subject(pair, case, dtype)
        if is_dropped:
            got, expected = dropped(subject, own, play, case)
        else:
            got = play.run(subject, own)
        if isinstance(got, Exception):
            raise got
    except NotOffered:
        return None
    got = _array(got, dtype)
    room = _room(bench, pair, case, dtype, play, expected)
    if not misfit(got, expected):
        try:
            if dtype == "float64":
                if compared(got, expected, case, play.quantity).ok:
                    return None
            elif np.all(absolute_difference(got, _truth(bench, pair, case, play)) <= room):
                return None
        except InvalidCheck:
            return None
    if dtype == "float32":  # told by its distance from PyTorch's float32, which has an error of its own
        room = float(np.max(room + absolute_difference(expected, _truth(bench, pair, case, play))))
    return Scene(pair, case, dtype, own, play, expected, room)


def dropped(subject: Subject, batch: Trace, play: Play, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """(what it gave, what PyTorch gives for the mask that it drew)."""
    stage, _, what = play.quantity.partition(".")
    subject.load({}, {})
    X = batch[f"{stage}.X"]
    Y = np.array(subject.forward(X, training=True, masks={}))
    kept = (Y != 0) / (1 - case["p"])
    return (
        (Y, X * kept) if what == "output" else (subject.backward(batch[f"{stage}.dLdY"]), batch[f"{stage}.dLdY"] * kept)
    )


def _array(value: object, dtype: str) -> np.ndarray:
    return np.array(value, dtype=dtype if np.ndim(value) == 0 else None, order="C")


def _truth(bench: Workbench, pair: Pair, case: Case, play: Play) -> np.ndarray:
    """PyTorch in float64, on the numbers that float32 holds."""
    batch = {
        n: a.astype(np.float64) if a.dtype.kind == "f" else a for n, a in bench.batch(pair, case, "float32").items()
    }
    return _array(play.run(bench.reference(pair, case, "float64"), batch), "float64")


def _room(bench: Workbench, pair: Pair, case: Case, dtype: str, play: Play, expected: np.ndarray) -> np.ndarray | float:
    """As compare.py allows it."""
    finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind == "f" else np.zeros(0)
    if dtype == "float64":
        special = matches(play.quantity, (*case.vanishing, *case.not_finite))
        return RELATIVE_64 * (1.0 if special else float(finite.max(initial=0)))
    truth, absolute = _truth(bench, pair, case, play), bench.absolute(pair, case)
    terms = absolute.get(play.quantity, np.abs(truth))
    return MOST_32 * (absolute_difference(expected, truth).max() + 2 * ULP_32 * np.where(np.isfinite(terms), terms, 0))
