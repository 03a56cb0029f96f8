"""Sabotage: what is done to a candidate's arrays to see whether the harness notices.

Each fault takes a recorded array and gives a wrong one, or None where it would change nothing (a 1 x 1 array cannot be
transposed). They stand for the classic mistakes: a gradient that is forgotten, applied twice, of the wrong orientation,
nearly right, of a shape that would broadcast.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.pair import Case, Pair
from parity_tests.trace import Trace
from parity_tests.workbench import Workbench

Fault = Callable[[np.ndarray], "np.ndarray | None"]


def zeroed(array: np.ndarray) -> np.ndarray | None:
    return np.zeros_like(array) if np.any(array) else None


def doubled(array: np.ndarray) -> np.ndarray | None:
    return 2 * array if np.any(array) else None


def transposed(array: np.ndarray) -> np.ndarray | None:
    """The two last axes swapped: another shape, or for a square array other numbers in the same shape."""
    swapped = np.swapaxes(array, -1, -2) if array.ndim >= 2 else array
    same = swapped.shape == array.shape and np.array_equal(swapped, array, equal_nan=array.dtype.kind == "f")
    return None if same else swapped


def reversed_rows(array: np.ndarray) -> np.ndarray | None:
    """The examples in another order: the mean, the sum and the norm stay what they were."""
    turned = array[::-1] if array.ndim else array
    return None if np.array_equal(turned, array, equal_nan=array.dtype.kind == "f") else turned


def off_by_a_millionth(array: np.ndarray) -> np.ndarray | None:
    """One element off by 1e-6 of the tensor's scale."""
    finite = np.isfinite(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    if not finite.any():
        return None
    wrong = array.copy()
    place = np.unravel_index(np.argmax(finite), array.shape)
    wrong[place] += 1e-6 * max(np.abs(array[finite]).max(), 1e-3)
    return wrong


def shifted(array: np.ndarray) -> np.ndarray:
    return array + 1


def one_nan(array: np.ndarray) -> np.ndarray | None:
    if array.dtype.kind != "f" or np.isnan(array.flat[-1]):
        return None
    wrong = array.copy()
    wrong.flat[-1] = np.nan
    return wrong


def one_row(array: np.ndarray) -> np.ndarray | None:
    """The mean over the first axis, kept: a shape that would broadcast against the right one."""
    return array.mean(axis=0, keepdims=True) if array.ndim and len(array) > 1 else array[None]


def of_another_type(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32 if array.dtype != np.float32 else np.float64)


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        zeroed, doubled, transposed, reversed_rows, off_by_a_millionth, shifted, one_nan, one_row, of_another_type
    )
}  # fmt: skip


def changes(right: np.ndarray, wrong: np.ndarray | None) -> bool:
    """Whether a fault made any difference; a scale turned upside down is still the same scale."""
    if wrong is None or wrong.shape != right.shape or wrong.dtype != right.dtype:
        return wrong is not None
    return not np.allclose(wrong, right, rtol=1e-9, atol=1e-12, equal_nan=True)


class SabotagedBench:
    """A workbench on which the trace of one side ("actual", the candidate's) has one quantity changed by a fault.

    A fault that returns None takes the quantity away.
    """

    def __init__(self, bench: Workbench, quantity: str, fault: Fault, *, side: str = "actual") -> None:
        self._bench, self._quantity, self._fault = bench, quantity, fault
        setattr(self, side, self._spoiled(getattr(bench, side)))

    def __getattr__(self, name: str):
        return getattr(self._bench, name)

    def _spoiled(self, recorded: Callable[[Pair, Case, str], Trace]) -> Callable[[Pair, Case, str], Trace]:
        def trace(pair: Pair, case: Case, dtype: str) -> Trace:
            arrays = dict(recorded(pair, case, dtype))
            arrays[self._quantity] = self._fault(arrays[self._quantity])
            return {name: array for name, array in arrays.items() if array is not None}

        return trace


def without(bench: Workbench, quantity: str) -> SabotagedBench:
    """A workbench on which the candidate never recorded the quantity."""
    return SabotagedBench(bench, quantity, lambda array: None)
