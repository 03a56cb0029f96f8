"""The suite is put to the test: every fault of the bank is noticed, in the quantities that it is said to spoil."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from parity_tests.checks.check import verdict
from parity_tests.findings import quantity_of
from parity_tests.mutants import MUTANTS, Mutant, mutants_of
from parity_tests.mutate import Borrowed, kill, planted
from parity_tests.pair import Case
from parity_tests.pairs import BY_NAME
from parity_tests.trace import Trace

FAULTS = [pytest.param(mutant, id=mutant.name) for mutant in MUTANTS if not mutant.equivalent]
EQUIVALENT = [pytest.param(mutant, id=mutant.name) for mutant in MUTANTS if mutant.equivalent]
OF_NETWORKS = [param for param in FAULTS if BY_NAME[param.values[0].pair].family == "network"]
OF_OTHERS = [param for param in FAULTS if param not in OF_NETWORKS]


@pytest.mark.parametrize("mutant", FAULTS)
def test_it_is_killed(mutant, bench):
    fate = kill(mutant, bench)
    assert fate.ok, f"{mutant.name} survives: {mutant.says}"
    assert fate.killed_by.startswith(f"{mutant.pair}-")
    assert fate.message


@pytest.mark.parametrize("mutant", EQUIVALENT)
def test_what_is_called_equivalent_survives_every_check(mutant, bench):
    fate = kill(mutant, bench)
    assert fate.ok, f"{mutant.name} is noticed: {fate.message}"


def wrong_in(mutant: Mutant, case: Case, bench: Borrowed) -> list[str]:
    """The float64 quantities of one case that are wrong or missing, in order of computation. Of a random sample only
    the distribution is compared, which other checks do."""
    pair = BY_NAME[mutant.pair]
    with np.errstate(all="ignore"):
        actual = bench.actual(pair, case, "float64")
        expected = [name for name in bench.expected(pair, case, "float64") if not name.endswith(".sample")]
        return [
            name
            for name in expected
            if name not in actual or not verdict(bench, pair, case, "float64", name, actual[name]).ok
        ]


@pytest.mark.parametrize("mutant", OF_OTHERS)
def test_it_spoils_exactly_the_quantities_that_it_names(mutant, bench):
    wrong, pair = planted(mutant, bench), BY_NAME[mutant.pair]
    spoiled = {name for case in pair.cases for name in wrong_in(mutant, case, wrong)}
    order = [name for case in pair.cases for name in bench.expected(pair, case, "float64") if name in spoiled]
    assert tuple(dict.fromkeys(map(quantity_of, order))) == mutant.quantities


@pytest.mark.parametrize("mutant", OF_NETWORKS)
def test_a_network_first_goes_wrong_in_the_quantity_that_it_names(mutant, bench):
    wrong = planted(mutant, bench)
    first = next(found[0] for case in BY_NAME[mutant.pair].cases if (found := wrong_in(mutant, case, wrong)))
    assert quantity_of(first) == mutant.quantities[0]


def recorded(mutant: Mutant, bench: Borrowed) -> list[Trace]:
    """The float64 traces of every small case."""
    wrong, pair = planted(mutant, bench), BY_NAME[mutant.pair]
    with np.errstate(all="ignore"):
        return [wrong.actual(pair, case, "float64") for case in pair.cases if not case.name.startswith("many_")]


def the_same(some: Trace, others: Trace) -> bool:
    if some.keys() != others.keys() or any(some[name].shape != others[name].shape for name in some):
        return False
    close = {"rtol": 1e-9, "atol": 1e-12, "equal_nan": True}
    return all(np.allclose(some[name], others[name], **close) for name in some if not name.endswith(".sample"))


@pytest.mark.parametrize("pair", sorted({p.values[0].pair for p in OF_OTHERS}))
def test_no_two_faults_of_a_pair_give_the_same_arrays(pair, bench):
    """They are told apart by some case, so that a wrong array has one explanation."""
    traces = {m: recorded(m, bench) for m in mutants_of(pair) if m.quantities}
    with np.errstate(all="ignore"):
        same = [
            (a.name, b.name)
            for a, b in combinations(traces, 2)
            if all(the_same(*both) for both in zip(traces[a], traces[b], strict=True))
        ]
    assert same == []


def test_a_check_that_fails_on_the_right_code_too_has_noticed_nothing(bench):
    mutant = next(m for m in MUTANTS if m.name == "tanh_of_half_x")
    as_wrong = planted(mutant, bench)  # beside itself, a mutant is no worse than "the right code"
    assert kill(mutant, as_wrong).killed_by is None
