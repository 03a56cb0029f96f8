"""One recorded array of a network against the reference's: compare()'s float64 verdict, on the scale that is honest.

Deep in a network gradients may be small, and some are zero in exact arithmetic (of a bias in front of a batch norm),
which rounding turns into 1e-18. So both sides are first divided by u, a power of two about as large as the terms of the
sum (dividing by it rounds nothing); what is then below compare()'s ABOUT_ZERO vanishes, and must do so on both sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parity_tests.compare import ABOUT_ZERO, RELATIVE_64, Comparison, compare
from parity_tests.findings import quantity_of
from parity_tests.raised import named
from parity_tests.recording import Recording
from parity_tests.whereabouts import raised_outside


@dataclass(frozen=True)
class Measured:
    """quantity: "training.gradient.W"; kind: as in findings.Failure, "numbers", "exception", "time limit", "crash".
    cause: why it is wrong, where that is known (causes.py)."""

    quantity: str
    found: Comparison
    kind: str = "numbers"
    cause: str = ""

    @property
    def ok(self) -> bool:
        return self.found.ok

    @property
    def column(self) -> str:
        """In which column of the table it is shown; what a layer keeps (running statistics) counts as output."""
        name = quantity_of(self.quantity)
        return name if name == "input_gradient" else "gradient" if name.startswith("gradient") else "output"

    @property
    def says(self) -> str:
        """What is wrong, to the end: "its output could not be computed: ValueError: ..."."""
        measured = self.kind == "numbers" and math.isfinite(self.found.error)
        return self.briefly if measured else f"{self.briefly}: {self.found.message}"

    @property
    def briefly(self) -> str:
        """Without what was raised: "its input gradient is off by 1.2e-01 of its scale (allowed 1e-10)"."""
        name = quantity_of(self.quantity)
        name = "input gradient" if name == "input_gradient" else name.replace("gradient.", "gradient of ")
        where = " in evaluation" if self.quantity.startswith("evaluation.") else ""
        if self.kind != "numbers":
            return f"its {name}{where} could not be computed"
        why = f": {self.cause}" if self.cause else ""
        if not math.isfinite(self.found.error):
            return f"its {name}{where} is not the array that it should be{why}"
        return f"its {name}{where} is off by {self.found.error:.1e} of its scale (allowed {RELATIVE_64:.0e}){why}"


def unit(size: float) -> float:
    """The power of two at or below `size`; 1 where there is none."""
    return 2.0 ** math.floor(math.log2(size)) if 0 < size < math.inf else 1.0


def judged(quantity: str, recording: Recording, expected: np.ndarray, size: float) -> Measured:
    """`size`: of the terms of which the expected array is made."""
    if quantity not in recording.trace:
        return missing(quantity, recording.reason(quantity))
    finite = np.abs(expected[np.isfinite(expected)])
    if expected.dtype.kind != "f":
        return Measured(quantity, compare(recording.trace[quantity], expected))
    largest = float(finite.max(initial=0))
    u = unit(max(largest, size))
    vanishing = finite.size > 0 and largest / u < ABOUT_ZERO
    actual = _divided(recording.trace[quantity], u)
    found = compare(actual, _divided(expected, u), vanishing=vanishing, not_finite=finite.size == 0)
    return Measured(quantity, found)


def _divided(array: np.ndarray, u: float) -> np.ndarray:
    return np.asarray(array / u) if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array


def missing(quantity: str, reason: Exception | None) -> Measured:
    """Nothing was recorded: what was raised instead."""
    said = "there is none" if reason is None else f"{named(reason)} {raised_outside(reason)}".rstrip()
    kind = "time limit" if isinstance(reason, TimeoutError) else "exception"
    return Measured(quantity, Comparison(False, math.inf, message=said), kind)
