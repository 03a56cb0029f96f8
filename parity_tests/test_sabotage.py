"""The harness is attacked: a check that cannot fail is worth nothing.

For every pair and every fault, each recorded quantity of its first case is spoiled in turn, and the check that looks at
it must fail. Checks that need no PyTorch are attacked in test_sabotage_of_layers.py.
"""

import numpy as np
import pytest

from parity_tests.checks import checks
from parity_tests.compare import InvalidCheck
from parity_tests.pair import Case, Pair
from parity_tests.pairs import PAIRS
from parity_tests.sabotage import FAULTS, SabotagedBench, changes, without

FIRST = [pytest.param(pair, pair.cases[0], id=pair.name) for pair in PAIRS]
LOCKSTEP = [(pair, case) for pair in PAIRS for case in pair.cases if case.get("steps", 0)]


def applies(pair: Pair, fault: str) -> bool:
    """Twice nothing is nothing; one number, or a row of rates, has no orientation and need not have an order."""
    if pair.name == "zeros" and fault in ("zeroed", "doubled"):
        return False
    return pair.family not in ("schedule", "initializer") or fault not in ("transposed", "reversed_rows")


ATTACKS = [
    pytest.param(pair, pair.cases[0], fault, id=f"{pair.name}-{fault}")
    for pair in PAIRS
    for fault in FAULTS
    if applies(pair, fault)
]


def traced(pair: Pair, case: Case, dtype: str) -> list:
    """The checks of this case that look at recorded quantities."""
    return [check for check in checks(pair) if (check.case, check.dtype) == (case.name, dtype) and check.patterns]


def fails(check, bench) -> bool:
    try:
        return not check.run(bench).ok
    except InvalidCheck:
        return True


@pytest.mark.parametrize(("pair", "case", "fault"), ATTACKS)
def test_every_fault_in_every_quantity_is_noticed(pair, case, fault, bench):
    found, spoiled = traced(pair, case, "float64"), 0
    for quantity, right in bench.actual(pair, case, "float64").items():
        watchers = [check for check in found if check.looks_at(quantity)]
        if changes(right, FAULTS[fault](right)) and watchers:
            spoiled += 1
            spoiled_bench = SabotagedBench(bench, quantity, FAULTS[fault])
            assert fails(watchers[0], spoiled_bench), f"{fault} {quantity} goes unnoticed by {watchers[0].id}"
    assert spoiled


@pytest.mark.parametrize(("pair", "case"), FIRST)
def test_every_recorded_quantity_is_looked_at(pair, case, bench):
    found = traced(pair, case, "float64")
    recorded = [name for name in bench.actual(pair, case, "float64") if not name.endswith(".sample")]
    assert recorded
    assert [name for name in recorded if not any(check.looks_at(name) for check in found)] == []


@pytest.mark.parametrize(("pair", "case"), FIRST)
def test_a_missing_quantity_is_noticed(pair, case, bench):
    for check in traced(pair, case, "float64"):
        quantity = next(name for name in bench.expected(pair, case, "float64") if check.looks_at(name))
        found = check.run(without(bench, quantity))
        assert not found.ok
        assert quantity in found.message


@pytest.mark.parametrize("fault", ["doubled", "shifted", "one_nan", "one_row", "of_another_type"])
@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair.family in ("layer", "loss", "optimizer")], ids=lambda p: p.name
)
def test_every_gross_fault_is_noticed_in_float32_too(pair, fault, bench):
    case, spoiled = pair.cases[0], 0
    found = traced(pair, case, "float32")
    for quantity, right in bench.actual(pair, case, "float32").items():
        watchers = [check for check in found if check.looks_at(quantity)]
        if changes(right, FAULTS[fault](right)) and watchers:
            spoiled += 1
            assert fails(watchers[0], SabotagedBench(bench, quantity, FAULTS[fault])), f"{fault} {quantity}"
    assert spoiled


@pytest.mark.parametrize(("pair", "case"), LOCKSTEP, ids=[pair.name for pair, _ in LOCKSTEP])
def test_lockstep_notices_a_fault_in_the_last_step(pair, case, bench):
    (check,) = traced(pair, case, "float64")
    names = list(bench.actual(pair, case, "float64"))
    assert sum(name.endswith(".loss") for name in names) == 20
    for quantity in (names[-1], next(name for name in reversed(names) if ".parameter." in name)):
        found = check.run(SabotagedBench(bench, quantity, FAULTS["shifted"]))
        assert not found.ok
        assert quantity in found.message


RANDOM = [pair for pair in PAIRS if pair.family == "initializer" and pair.cases[0]["random"]]


@pytest.mark.parametrize("pair", RANDOM, ids=lambda pair: pair.name)
def test_another_distribution_of_the_same_scale_is_noticed(pair, bench):
    (check, *_) = [check for check in checks(pair) if check.name == "weight.distribution"]

    def two_valued(sample: np.ndarray) -> np.ndarray:
        return np.sort(np.where(sample > 0, sample.std(), -sample.std()))

    assert not check.run(SabotagedBench(bench, "weight.sample", two_valued)).ok
    assert not check.run(SabotagedBench(bench, "weight.sample", lambda sample: 1.1 * sample)).ok


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.family == "layer"], ids=lambda p: p.name)
def test_an_expected_gradient_of_about_zero_is_refused(pair, bench):
    case = pair.cases[0]
    (check,) = [c for c in traced(pair, case, "float64") if c.name == "training.input_gradient"]
    spoiled = SabotagedBench(bench, "training.input_gradient", np.zeros_like, side="expected")
    with pytest.raises(InvalidCheck, match=r"proves nothing"):
        check.run(spoiled)
