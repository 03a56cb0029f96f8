"""Factors: everything right but for a constant, and which constant it is.

The sizes that a factor may come from have names; every size is tried, and so is 1 over it. A factor without a meaning
is told with its number if it is the same throughout, and without one if it differs from case to case.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.transforms.cell import Cell, cells, each
from parity_tests.findings import quantity_of

LEAST_NUMBERS = 6  # beyond those that the factor itself is read from


def sizes(cell: Cell) -> dict[str, float]:
    """The numbers that a stray factor may be, by what they mean."""
    case, given = cell.situation.case, cell.given
    X, Y = given.get("X", given.get("Y_hat")), given.get("dLdY", given.get("Y"))
    if X is None or Y is None or not X.ndim:
        return {"2": 2.0}
    pixels, m = math.prod(X.shape[1:-1]), math.prod(X.shape[:-1])
    found = {"2": 2.0, "N, the batch": len(X), "the numbers of one channel": m}
    if X.ndim == 4:
        found |= {"H W, the pixels of the input": pixels, "H W, the pixels of the output": math.prod(Y.shape[1:-1])}
        found |= {"N H W of the output": math.prod(Y.shape[:-1])}
    if "kernel" in case.arguments:
        height, width = np.broadcast_to(case["kernel"], 2).tolist()
        found |= {"the kernel's area": height * width, "the kernel's height": height, "the kernel's width": width}
    found |= {"the number of outputs": Y.shape[-1], "the number of inputs": X.shape[-1]}
    found |= {"the number of all outputs": Y.size, "the number of all inputs": X.size}
    if m > 1:
        found["m/(m-1), m the numbers of one channel"] = m / (m - 1)
    if len(X) > 1:
        found["N/(N-1)"] = len(X) / (len(X) - 1)
    if 0 < case.get("p", 0) < 1:
        found |= {"1-p": 1 - case["p"], "p": case["p"]}
    return found | {"4": 4.0, "sqrt(2)": math.sqrt(2), "3": 3.0}


def scaled(cell: Cell, factor: float | None) -> np.ndarray | None:
    return None if factor is None or cell.expected.dtype.kind != "f" else factor * cell.expected


def factor_hypotheses(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    known = {meaning: None for cell in cells(situations) for meaning in sizes(cell)}
    yield each(situations, "factor -1", "it has the wrong sign: a factor of -1", lambda c: scaled(c, -1), Kind.FACTOR)
    for meaning in known:
        times = lambda cell, meaning=meaning: scaled(cell, sizes(cell).get(meaning))  # noqa: E731
        over = lambda cell, meaning=meaning: scaled(cell, inverse(sizes(cell).get(meaning)))  # noqa: E731
        yield each(situations, f"factor {meaning}", f"there is a factor of {meaning}", times, Kind.FACTOR)
        yield each(situations, f"factor 1/({meaning})", f"it is divided by {meaning}", over, Kind.FACTOR)
    yield from nameless(situations)


def inverse(size: float | None) -> float | None:
    return 1 / size if size else None


def nameless(situations: Sequence[Situation]) -> Iterator[Hypothesis]:
    by_quantity: dict[str, list[Cell]] = {}
    for cell in cells(situations):
        by_quantity.setdefault(quantity_of(cell.name), []).append(cell)
    for quantity, found in by_quantity.items():
        if sum(cell.expected.size - 1 for cell in found) < LEAST_NUMBERS:
            continue
        factor = next((f for cell in found if (f := own_factor(cell)) is not None), None)
        if factor is not None:
            said = written(factor, found[0].situation.exact)
            says = f"there is a constant factor of {said}"
            yield each(situations, f"factor {said}", says, lambda cell, f=factor: scaled(cell, f),
                       Kind.NAMELESS, quantity=quantity)  # fmt: skip
        yield each(situations, "constant factor", "every number is multiplied by the same factor, another one in each "
                   "array", lambda cell: scaled(cell, own_factor(cell)), Kind.NAMELESS, quantity=quantity)  # fmt: skip


def own_factor(cell: Cell) -> float | None:
    """The quotient at the largest expected number; None where there is none, or where it is written as 1: so small a
    difference is no factor of anything."""
    actual, expected = cell.actual, cell.expected
    if actual is None or actual.shape != expected.shape or expected.size < 2 or expected.dtype.kind != "f":
        return None
    flat = np.where(np.isfinite(expected), np.abs(expected), 0).ravel()
    place = int(np.argmax(flat))
    quotient = actual.ravel()[place] / expected.ravel()[place] if flat[place] > 0 else np.nan
    return float(quotient) if np.isfinite(quotient) and written(quotient, cell.situation.exact) != "1" else None


def written(factor: float, exact: float) -> str:
    """A simple fraction where it is one."""
    simple = Fraction(factor).limit_denominator(32)
    return str(simple) if math.isclose(simple, factor, rel_tol=exact) else f"{factor:.6g}"
