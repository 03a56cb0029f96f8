"""What is asked of an initialiser in each case: the exact scale, and the distribution of a large sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from parity_tests.checks.check import PASSED, Check, failed, parity, recorded
from parity_tests.compare import Comparison
from parity_tests.pair import Case, Pair
from parity_tests.workbench import Workbench

LEAST_P = 1e-3  # seeds are fixed, so the verdict is the same on every run


def checks(pair: Pair, case: Case) -> Iterator[Check]:
    for part in case["parts"]:
        yield parity(pair, case, f"{part}.scale", "float64")
        if case.get("random", True):
            yield same_distribution(pair, case, part)


def same_distribution(pair: Pair, case: Case, part: str) -> Check:
    """A two-sample Kolmogorov-Smirnov test of our sample against PyTorch's."""
    quantity = f"{part}.sample"

    def run(bench: Workbench) -> Comparison:
        ours = recorded(bench, pair, case, "float64", quantity)
        theirs = bench.expected(pair, case, "float64")[quantity]
        gap, p = kolmogorov_smirnov(ours, theirs)
        if p >= LEAST_P:
            return PASSED
        return failed(f"{quantity}: distribution functions are {gap:.3f} apart, p = {p:.1e}, at least {LEAST_P} wanted")

    return Check(pair, case.name, f"{part}.distribution", "float64", run)


def kolmogorov_smirnov(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """The largest gap between two empirical distribution functions, and its p-value."""
    from scipy.stats import ks_2samp

    found = ks_2samp(a, b, method="asymp")
    return float(found.statistic), float(found.pvalue)
