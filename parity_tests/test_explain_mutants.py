"""Every mutant of the bank, run as a stranger, is explained; and the first explanation is the mutant itself, or another
mistake with the very same numbers, in at least 90 of 100."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.explain import Situation, Wrong, explain
from parity_tests.explain.bank import bank_hypotheses
from parity_tests.explain.fit import gives, is_right, prediction
from parity_tests.explain.formulas import formula_hypotheses
from parity_tests.mutants import MUTANTS, library
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)
LEAST_SHARE = 0.9


def wrongs(mutant):
    """What it gets wrong in numbers; a mutant may raise instead, or spoil what it is given: then there are none."""
    pair, found, bench = BY_NAME[mutant.pair], [], Workbench(ScratchSide(library(mutant)), torch_side)
    for case in pair.cases:
        with np.errstate(all="ignore"):
            actual, expected = bench.actual(pair, case, "float64"), BENCH.expected(pair, case, "float64")
        names = [n for n in expected if n in actual and not n.endswith(".sample")]
        odd = tuple(n for n in names if not is_right(actual[n], expected[n]))
        found += [Wrong(case, actual, odd)] if odd else []
    return found


def right_numbers(mutant, wrong, first):
    """Whether what is told first gives the mutant's arrays, all of them, of the first quantity that is wrong."""
    pair = BY_NAME[mutant.pair]
    if first.name == mutant.name:
        return True
    mistakes = (*formula_hypotheses(pair), *bank_hypotheses(pair))
    told = next((one for one in mistakes if one.name == first.name), None)
    for one in wrong if told else ():
        batch, expected = (trace(pair, one.case, "float64") for trace in (BENCH.batch, BENCH.expected))
        at = Situation(pair, one.case, batch, expected, one.trace, frozenset(one.quantities))
        predicted = prediction(told, at)
        if any(gives(predicted, at, n) is None for n in one.quantities):
            return False
    return told is not None


@pytest.mark.slow
def test_mutants_are_explained(capsys):
    explained, right, shown, odd = 0, 0, 0, []
    for mutant in MUTANTS:
        wrong = [] if mutant.equivalent or BY_NAME[mutant.pair].family == "network" else wrongs(mutant)
        if wrong:
            explanations = explain(BY_NAME[mutant.pair], wrong, BENCH)
            fits = bool(explanations) and right_numbers(mutant, wrong, explanations[0])
            shown, explained, right = shown + 1, explained + bool(explanations), right + fits
            odd += [] if fits else [(mutant.name, [one.name for one in explanations])]
    with capsys.disabled():
        print(f"\n{explained} of {shown} mutants explained, {right} rightly first; not: {odd}")
    assert shown >= 80
    assert right >= LEAST_SHARE * shown, odd
