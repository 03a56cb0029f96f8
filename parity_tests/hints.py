"""Hints: what the size of the errors says where no known mistake gives the numbers. A question, and no explanation.

precision      errors everywhere, of the size that one rounding to a type of fewer digits leaves, and hardly one larger:
               something inside is kept in that type. The largest error of an array is typically 2^-1.4 of 2^-digits of
               its scale, whatever is rounded, inputs or sums; and it is no fixed part of the right numbers
cancellation   a batch normalisation that is right in float64 and fails in float32 where the mean is large
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from parity_tests import inputs, judge
from parity_tests.compare import RELATIVE_64
from parity_tests.explain.fit import scale
from parity_tests.findings import Finding
from parity_tests.pair import Pair
from parity_tests.pairs import BY_NAME
from parity_tests.trace import Trace, cast
from parity_tests.workbench import Workbench

DIGITS = {"bfloat16": 8, "float16": 11, "single precision": 24}  # of their mantissas
TYPICAL = 1.4  # powers of 2, as are the next two: see above
WITHIN, FAR = (-1.2, 1.5), 2.5  # where the median of the arrays lies, and nine in ten of them, above that
CANCELS = (
    "float64 is right, and so is the formula; float32 fails where the mean is large. E[x²] - E[x]² loses its digits "
    "there: subtract the mean first, or sum in double."
)
LEAST_ARRAYS, LEAST_NUMBERS = 8, 4  # of which anything is said
EVERYWHERE = 0.8  # of the numbers of most arrays
LEAST_IRREGULAR = 0.3  # of the squared error that is no multiple of the right numbers


def hinted(
    found: Iterable[Finding], traces: Mapping[str, Mapping[str, Trace]], bench: Workbench, dtypes: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The findings, with a hint where one applies. traces: by pair and case; dtypes: of the traces, by pair."""
    return tuple(replace(one, hint=hint(one, traces.get(one.pair, {}), bench, dtypes)) for one in found)


def hint(finding: Finding, traces: Mapping[str, Trace], bench: Workbench, dtypes: Mapping[str, str]) -> str:
    pair, dtype = BY_NAME.get(finding.pair), dtypes.get(finding.pair, "float64")
    if pair is None or finding.note:
        return ""
    if cancels(finding, pair, dtype):
        return CANCELS
    if finding.rule is None:
        return ""
    name = precision(list(differing(pair, traces, bench, dtype)))
    if not name or (name, dtype) == ("single precision", "float32"):
        return ""
    return f"The errors are as large as those of {name} everywhere: is something inside kept in that type?"


def cancels(finding: Finding, pair: Pair, dtype: str) -> bool:
    """Whether float64, which was looked at, is right, and float32 differs in numbers where the mean is large."""
    kinds = {(failure.dtype, failure.kind) for failure in finding.failures}
    large = {case.name for case in pair.cases if case.inputs is inputs.offset}
    of_output = {failure.case for failure in finding.failures if failure.check.endswith("output")}
    in_float32 = dtype == "float64" and kinds == {("float32", "numbers")}
    return in_float32 and pair.name == "BatchNorm" and bool(large & of_output)


def differing(
    pair: Pair, traces: Mapping[str, Trace], bench: Workbench, dtype: str
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The errors of each wrong array, and the right numbers, both as parts of its scale."""
    for name, trace in traces.items():
        case = pair.case(name)
        right = bench.truth(pair, case) if dtype == "float32" else bench.expected(pair, case, dtype)
        for quantity in judge.wrong_quantities(bench, pair, case, trace, dtype):
            expected, actual = (cast(arrays, np.float64)[quantity] for arrays in (right, trace))
            if actual.shape == expected.shape and expected.dtype.kind == "f":
                told = np.isfinite(expected) & np.isfinite(actual) & (expected != 0)
                unit = scale(expected)
                yield (actual - expected)[told] / unit, expected[told] / unit


def precision(arrays: Sequence[tuple[np.ndarray, np.ndarray]]) -> str:
    """The type whose rounding the errors look like, '' where there is none."""
    arrays = [(error, right) for error, right in arrays if error.size >= LEAST_NUMBERS and error.any()]
    if len(arrays) < LEAST_ARRAYS:
        return ""
    if np.median([np.mean(np.abs(error) > RELATIVE_64) for error, _ in arrays]) < EVERYWHERE:
        return ""
    if np.median([irregular(error, right) for error, right in arrays]) < LEAST_IRREGULAR:
        return ""
    above = np.log2([np.abs(error).max() for error, _ in arrays]) + TYPICAL
    like = [name for name, digits in DIGITS.items() if WITHIN[0] <= np.median(above) + digits <= WITHIN[1]]
    return next((name for name in like if np.quantile(above, 0.9) + DIGITS[name] <= FAR), "")


def irregular(error: np.ndarray, right: np.ndarray) -> float:
    """The part of the squared error that no factor explains: 0 where the error is a multiple of the right numbers."""
    return 1 - float((error @ right) ** 2 / ((error @ error) * (right @ right)))
