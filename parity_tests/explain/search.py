"""The search: all hypotheses against a few telling cases, what is left against the rest, and the choice.

screening   up to 8 failing cases, small ones first, with different sets of wrong quantities among them
rest        the other failing cases; and for a formula those in which all is right, where it would be wrong too
choice      the hypothesis that explains most quantities; among equals the most telling kind, then the one that
            gives most arrays. What it leaves unexplained is asked of the others again: independent faults of one
            layer get an explanation each.
order       the explanation of what is computed first comes first: the rest may follow from it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from parity_tests.checks.check import matches
from parity_tests.explain.bank import bank_hypotheses
from parity_tests.explain.fit import Fit
from parity_tests.explain.formulas import formula_hypotheses
from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation, Wrong, whole_of
from parity_tests.explain.references import reference_in
from parity_tests.explain.transforms import transform_hypotheses
from parity_tests.findings import Explanation
from parity_tests.pair import Case, Pair
from parity_tests.trace import Trace, cast
from parity_tests.workbench import Workbench

SCREENED = 8
PATIENCE = 3  # cases in which a hypothesis may give nothing, if that many kinds of failure were seen


def explain(
    pair: Pair,
    wrong: Sequence[Wrong],
    bench: Workbench,
    right: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    dtype: str = "float64",
) -> tuple[Explanation, ...]:
    """The explanations of what is wrong with a pair, best first; () where nothing fits.

    right: the cases in which all is right, by name, and what was compared there (patterns of quantities).
    dtype: in which the candidate has computed.
    Of the bench only the batches and what PyTorch gave for them are read. What is not explained is looked at once more
    where nothing that is explained is wrong: a gradient behind a wrong output tells little about itself.
    """
    situations = [found for one in wrong if (found := _situation(pair, one, bench, dtype)).wrong]
    agreed = [_agreed(pair, case, right[case.name], bench, dtype) for case in pair.cases if case.name in right]
    right_ones = [_situation(pair, one, bench, dtype) for one in agreed]
    found = _explained(pair, situations, right_ones)
    covered = {quantity for explanation in found for quantity in explanation.quantities}
    apart = [situation for situation in situations if not situation.kinds & covered]
    return found + (_explained(pair, apart, right_ones) if found else ())


def _explained(pair: Pair, situations: Sequence[Situation], right: Sequence[Situation]) -> tuple[Explanation, ...]:
    """What gives the numbers of these situations, as far as it can be told from all of them together, and gives nothing
    wrong where all is right."""
    if not situations:
        return ()
    few, order = telling(situations), _order(situations)
    rest = [situation for situation in situations if situation not in few]
    fits: list[Fit] = []
    for some in sources(pair, few):
        fits += [fit for hypothesis in some if (fit := screened(hypothesis, few)) is not None]
        told = chosen(fits, rest, right, order)
        if len(told) == 1 and merit(told[0][0], frozenset(order))[:2] == (len(order), True):
            break  # one mistake that has a name gives every number
    return tuple(_told(pair, fit, new, situations) for fit, new in told)


def _situation(pair: Pair, one: Wrong, bench: Workbench, dtype: str) -> Situation:
    """Without the samples of initialisers: their distribution is compared, not their numbers."""
    batch, expected = cast(bench.batch(pair, one.case, dtype), np.float64), _expected(pair, one.case, bench, dtype)
    numbers = {name: array for name, array in expected.items() if not name.endswith(".sample")}
    actual, wrong = cast(one.trace, np.float64), frozenset(one.quantities) & frozenset(numbers)
    return Situation(pair, one.case, batch, numbers, actual, wrong, dtype)


def _expected(pair: Pair, case: Case, bench: Workbench, dtype: str) -> Trace:
    """What PyTorch gives in float64 for the inputs of this type."""
    return bench.truth(pair, case) if dtype == "float32" else bench.expected(pair, case, dtype)


def _agreed(pair: Pair, case: Case, compared: tuple[str, ...], bench: Workbench, dtype: str) -> Wrong:
    """A case in which nothing is wrong: what was compared is PyTorch's."""
    expected = _expected(pair, case, bench, dtype)
    return Wrong(case, {name: array for name, array in expected.items() if matches(name, compared)}, ())


def sources(pair: Pair, situations: Sequence[Situation]) -> Iterator[Iterable[Hypothesis]]:
    """The most telling first, so that the others need not be asked where one of these gives everything."""
    yield formula_hypotheses(pair)
    yield bank_hypotheses(pair)
    yield transform_hypotheses(situations)


def telling(situations: Sequence[Situation]) -> list[Situation]:
    """Small cases first, but first of all one for every set of wrong quantities."""
    smallest = sorted(situations, key=ease)
    first = {situation.kinds: situation for situation in reversed(smallest)}
    heads = sorted(first.values(), key=ease)
    return [*heads, *(situation for situation in smallest if situation not in heads)][:SCREENED]


def ease(situation: Situation) -> tuple[bool, int]:
    """Finite numbers before NaN, on which two ways to make one mistake may differ; then small before large."""
    numbers = (array for array in situation.batch.values() if array.dtype.kind == "f")
    return not all(np.isfinite(array).all() for array in numbers), situation.size


def screened(hypothesis: Hypothesis, few: Sequence[Situation]) -> Fit | None:
    """Its fit to these cases; None as soon as it is refuted, or has given nothing for some time."""
    fit = Fit(hypothesis)
    patience = max(PATIENCE, len({situation.kinds for situation in few}))
    for tried, situation in enumerate(few, start=1):
        fit.add(situation)
        if (tried >= 2 and fit.contradicted) or (tried >= patience and not fit.matched):
            return None
    return fit if fit.alive else None


def chosen(
    fits: Sequence[Fit], rest: Sequence[Situation], right: Sequence[Situation], order: Sequence[str]
) -> list[tuple[Fit, frozenset[str]]]:
    """The fits that are told, each with the quantities that it explains and none before it did."""
    left, told = frozenset(order), []
    fits = list(fits)
    while fits:
        best = max(fits, key=lambda fit: merit(fit, left))
        if not merit(best, left)[0]:
            break
        if not best.complete:
            complete(best, rest, right)
            continue
        told.append((best, best.quantities & left))
        left -= best.quantities
        fits.remove(best)
    return sorted(told, key=lambda pair: min(order.index(quantity) for quantity in pair[1]))


def complete(fit: Fit, rest: Sequence[Situation], right: Sequence[Situation]) -> None:
    """Hold it against every other case; a formula, which speaks of the whole layer, against the right ones too."""
    for situation in (*rest, *(() if fit.hypothesis.apart else right)):
        fit.add(situation)
    fit.complete = True


def merit(fit: Fit, left: frozenset[str]) -> tuple[float, ...]:
    """How many of the quantities that are left it explains; whether it is a mistake that gives them in every case; how
    telling it is; in how many cases; and how much else would have to be wrong."""
    new = fit.quantities & left if fit.alive else frozenset()
    tallies = [fit.tallies[quantity] for quantity in new]
    share = sum(tally.matched for tally in tallies) / max(1, sum(tally.of for tally in tallies))
    return len(new), fit.hypothesis.kind <= Kind.MUTANT and share == 1, -fit.hypothesis.kind, share, -fit.not_followed


def _order(situations: Sequence[Situation]) -> list[str]:
    """The wrong quantities, without their stages and steps, in the order of computation."""
    names = [name for situation in situations for name in situation.expected if name in situation.wrong]
    return list(dict.fromkeys(map(whole_of, names)))


def _told(pair: Pair, fit: Fit, new: frozenset[str], situations: Sequence[Situation]) -> Explanation:
    quantities = tuple(quantity for quantity in _order(situations) if quantity in new)
    tallies = [fit.tallies[quantity] for quantity in quantities]
    hypothesis = fit.hypothesis
    cases = (situation.case for situation in situations if quantities[0] in situation.kinds)
    reference = hypothesis.reference or reference_in(pair.name, quantities[0], cases)
    return Explanation(
        hypothesis.name,
        hypothesis.says,
        quantities,
        matched=sum(tally.matched for tally in tallies),
        of=sum(tally.of for tally in tallies),
        error=max(tally.error for tally in tallies),
        rule=reference.rule if reference else "",
        place=reference.place if reference else "",
        line=reference.line if reference else "",
        convention=hypothesis.convention,
    )
