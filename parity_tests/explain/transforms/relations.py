"""Relations: a quantity that is another one. Zero, the upstream gradient, a neighbour's, that of the call before, the
sum of all calls so far; or the right numbers rounded to single precision on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import STAGE_NAMES, Cell, cells, each
from parity_tests.trace import group

INPUTS = {
    "dLdY": "it is the upstream gradient: the derivative is skipped",
    "X": "it is the input",
    "Y": "it is the targets",
    "Y_hat": "it is the outputs that were handed in",
}
SINGLE = 1e-4  # of the scale: how far single precision may lead off


def relation_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    for name, says, transform in (
        ("zero", "it is zero everywhere", lambda cell: np.zeros_like(cell.expected)),
        ("previous call", "it is that of the call before", previous),
        ("accumulated", "it is the sum of this and all earlier calls: gradients accumulate", accumulated),
        ("accumulated of shape", "it is the sum of this and the call before", with_previous),
        ("single precision", "the right numbers are rounded to single precision inside", single),
        ("absolute value", "its sign is lost", lambda cell: np.abs(cell.expected)),
    ):
        yield each(situations, name, says, transform, Kind.RELATION)
    found = cells(situations)
    for name in dict.fromkeys(name for cell in found for name in cell.given if name in INPUTS):
        yield each(situations, f"equals {name}", INPUTS[name], lambda c, n=name: c.given.get(n), Kind.RELATION)
    for name in dict.fromkeys(name for cell in found for name in cell.beside):
        yield each(situations, f"equals {name}", f"it is the {name.replace('_', ' ')}",
                   lambda c, n=name: c.beside.get(n) if c.name.removeprefix(f"{c.stage}.") != n else None,
                   Kind.RELATION)  # fmt: skip
    for name in dict.fromkeys(name for cell in found for name in group(cell.situation.batch, "parameter")):
        yield each(situations, f"equals parameter {name}", f"it is the parameter {name} itself",
                   lambda c, n=name: c.situation.batch.get(f"parameter.{n}"), Kind.RELATION)  # fmt: skip


def earlier(cell: Cell) -> list[np.ndarray]:
    """What was expected of the earlier calls, oldest first."""
    if cell.stage:
        stages = STAGE_NAMES[: STAGE_NAMES.index(cell.stage)]
        return [array for stage in stages if (array := cell.at(stage)) is not None]
    step, _, rest = cell.name.partition(".")
    if not step.startswith("step") or not rest:
        return []
    names = [f"step{number}.{rest}" for number in range(int(step.removeprefix("step")))]
    return [cell.situation.expected[name] for name in names if name in cell.situation.expected]


def previous(cell: Cell) -> np.ndarray | None:
    return next(reversed(earlier(cell)), None)


def accumulated(cell: Cell) -> np.ndarray | None:
    """None where the calls were of different shapes: they cannot be added."""
    past = earlier(cell)
    same = bool(past) and all(array.shape == cell.expected.shape for array in past)
    return sum(past, start=cell.expected) if same else None


def with_previous(cell: Cell) -> np.ndarray | None:
    past = previous(cell)
    return cell.expected + past if past is not None and past.shape == cell.expected.shape else None


def single(cell: Cell) -> np.ndarray | None:
    """The candidate's own numbers, if all are numbers of single precision and all are nearly right."""
    actual, expected = cell.actual, cell.expected
    if actual is None or actual.dtype.kind != "f" or actual.shape != expected.shape:
        return None
    if not np.array_equal(actual, actual.astype(np.float32), equal_nan=True):
        return None
    finite = np.isfinite(expected)
    if not np.array_equal(finite, np.isfinite(actual)) or not finite.any():
        return None
    near = np.abs(actual[finite] - expected[finite]).max() <= SINGLE * np.abs(expected[finite]).max()
    return actual if near else None
