"""Relations: a quantity that is another one. Zero, the upstream gradient, a neighbour's, that of the call before, the
sum of all calls so far; or the right numbers rounded on the way, to single precision, float16 or bfloat16."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import STAGE_NAMES, Cell, cells, each
from parity_tests.findings import quantity_of
from parity_tests.trace import group

INPUTS = {
    "dLdY": "it is the upstream gradient: the derivative is skipped",
    "X": "it is the input",
    "Y": "it is the targets",
    "Y_hat": "it is the outputs that were handed in",
}


def to_bfloat16(array: np.ndarray) -> np.ndarray:
    """The nearest numbers that are the upper 16 bits of a float32; at a tie the one whose last bit is 0."""
    bits = array.astype(np.float32).view(np.uint32)
    upper = (bits + (bits >> 16 & 1) + 0x7FFF) & 0xFFFF0000
    return np.where(np.isnan(array), np.nan, upper.astype(np.uint32).view(np.float32))


# The types that numbers may be rounded to inside, and how far that may lead off, as a part of the scale. The coarsest
# comes first: most of its numbers are numbers of the others too.
ROUNDED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "bfloat16": (to_bfloat16, 5e-2),
    "float16": (lambda array: array.astype(np.float16), 1e-2),
    "single precision": (lambda array: array.astype(np.float32), 1e-4),
}


def relation_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    for name, says, transform in (
        ("zero", "it is zero everywhere", lambda cell: np.zeros_like(cell.expected)),
        ("previous call", "it is that of the call before", previous),
        ("accumulated", "it is the sum of this and all earlier calls: gradients accumulate", accumulated),
        ("accumulated of shape", "it is the sum of this and the call before", with_previous),
        *((name, f"the right numbers are rounded to {name} inside", partial(rounded, name)) for name in ROUNDED),
        ("not updated", "no step changes it: it stays as it was", unmoved),
        ("weight decay in the gradient", "a multiple of the parameter is added to it, as weight decay adds", decayed),
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


def decayed(cell: Cell) -> np.ndarray | None:
    """Of a gradient: with so much of its parameter as the candidate's has at its largest number."""
    parameter = cell.situation.batch.get(f"parameter.{quantity_of(cell.name).removeprefix('gradient.')}")
    actual, expected = cell.actual, cell.expected
    if parameter is None or actual is None or not actual.shape == expected.shape == parameter.shape or actual.size < 2:
        return None
    place = np.unravel_index(np.argmax(np.abs(parameter)), parameter.shape)
    return expected + (actual - expected)[place] / parameter[place] * parameter


def unmoved(cell: Cell) -> np.ndarray | None:
    """Of an optimiser: the parameter before the first step."""
    step, _, parameter = cell.name.partition(".")
    return cell.situation.batch.get(f"parameter.{parameter}") if step.startswith("step") else None


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


def rounded(name: str, cell: Cell) -> np.ndarray | None:
    """The candidate's own numbers, if all are numbers of that type and all are nearly right."""
    to_type, most = ROUNDED[name]
    actual, expected = cell.actual, cell.expected
    if actual is None or actual.dtype.kind != "f" or actual.shape != expected.shape:
        return None
    if cell.situation.dtype == "float32" and name == "single precision":
        return None  # as all that it gives
    if not np.array_equal(actual, to_type(actual), equal_nan=True):
        return None
    finite = np.isfinite(expected)
    if not np.array_equal(finite, np.isfinite(actual)) or not finite.any():
        return None
    near = np.abs(actual[finite] - expected[finite]).max() <= most * np.abs(expected[finite]).max()
    return actual if near else None
