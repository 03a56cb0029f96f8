"""What is asked of a stranger's code: what is asked of ours, but for what only ours promises; and its manners.

Left out are our error messages, and checks that need no PyTorch and take long: PyTorch's own numbers are the judge.

    side_effects   prints nothing, seeds no global generator and leaves np.seterr as it is
    share_kept     a dropout, left to its own chance, keeps a share of 1 - p, others at the next call
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from parity_tests.checks import checks
from parity_tests.checks.check import DTYPES, PASSED, Check, failed, intrinsic
from parity_tests.compare import Comparison
from parity_tests.families import FAMILIES
from parity_tests.pair import Case, Pair
from parity_tests.recording import Recording
from parity_tests.workbench import Workbench

OURS_ALONE = ("refused", "finite_difference", "autograd_gradcheck")
DRAWS, SIGMAS = (60, 50), 5


def stranger_checks(pair: Pair, only: str | None = None, dtypes: tuple[str, ...] = DTYPES) -> list[Check]:
    """Every check of a stranger's pair, case by case. `only`: of one case."""
    found = [check for check in checks(pair, only) if check.name not in OURS_ALONE and check.dtype in (*dtypes, "any")]
    for case in pair.cases:
        if only in (None, case.name):
            found += _more(pair, case)
    order = {case.name: i for i, case in enumerate(pair.cases)}
    return sorted(found, key=lambda check: order.get(check.case, len(order)))


def _more(pair: Pair, case: Case) -> Iterator[Check]:
    if pair.family != "network":
        yield intrinsic(pair, case, side_effects)
    if pair.name == "Dropout" and len(case.shape) == 2:
        yield intrinsic(pair, case, share_kept)


def side_effects(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    printed, seeds, recording = io.StringIO(), [], Recording()
    with (
        np.errstate(),  # put back afterwards
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        patch.object(np.random, "seed", lambda *seed: seeds.append("numpy.random.seed")),
        patch.object(random, "seed", lambda *seed, **more: seeds.append("random.seed")),
    ):
        subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
        before = np.geterr()
        FAMILIES[pair.family].record(subject, batch, recording)
        after = np.geterr()
    if after != before:
        return failed("changed np.seterr for everybody else. Use `with np.errstate(...)` around what needs it.")
    if seeds:
        return failed(f"called {seeds[0]}: that changes the chance of everybody else. Take a generator as an argument.")
    if text := printed.getvalue().strip():
        return failed(f"printed {text.splitlines()[0][:60]!r}. Nothing is printed by a layer that others use.")
    recording.anything()
    return replace(PASSED, message="; ".join(getattr(subject, "notes", ())))  # how it was told what it was told


def share_kept(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, p = bench.subject(pair, case, dtype), case["p"]
    subject.load({}, {})
    first, second = (subject.forward(np.ones(DRAWS), training=True, masks={}).copy() for _ in range(2))
    share, n = np.count_nonzero(first) / first.size, first.size
    if abs(share - (1 - p)) > SIGMAS * np.sqrt(p * (1 - p) / n) + 1e-12:
        return failed(f"keeps {share:.3f} of {n:,} numbers, expected {1 - p:g}: p is the probability of dropping")
    if 0 < p < 1 and np.array_equal(first, second):
        return failed("drops the same numbers at the next call: the mask is drawn anew at every forward")
    return PASSED
