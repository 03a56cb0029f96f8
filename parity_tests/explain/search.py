"""The search: all hypotheses against a few telling cases, what is left against the rest, and the choice.

    screening   up to 8 failing cases, small ones first, with different sets of wrong quantities among them
    choice      the hypothesis that explains most quantities; among equals the most telling kind, then the one that
                gives most arrays. What it leaves unexplained is asked of the others again: independent faults of one
                layer get an explanation each.
    order       the explanation of what is computed first comes first: the rest may follow from it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from parity_tests.explain.bank import bank_hypotheses
from parity_tests.explain.fit import Fit
from parity_tests.explain.formulas import formula_hypotheses
from parity_tests.explain.hypothesis import Hypothesis, Situation, Wrong
from parity_tests.explain.references import reference_of
from parity_tests.explain.transforms import transform_hypotheses
from parity_tests.findings import Explanation, quantity_of
from parity_tests.pair import Pair
from parity_tests.workbench import Workbench

SCREENED = 8


def explain(pair: Pair, wrong: Sequence[Wrong], bench: Workbench) -> tuple[Explanation, ...]:
    """The explanations of what is wrong with a pair, best first; () where nothing fits.

    Of the bench only the batches and what PyTorch gave for them are read.
    """
    situations = [_situation(pair, one, bench) for one in wrong if one.quantities]
    if not situations:
        return ()
    few = telling(situations)
    rest = [situation for situation in situations if situation not in few]
    fits = [fit for hypothesis in hypotheses(pair, few) if (fit := screened(hypothesis, few)) is not None]
    order = _order(situations)
    return tuple(_told(pair, fit, new, order) for fit, new in chosen(fits, rest, order))


def _situation(pair: Pair, one: Wrong, bench: Workbench) -> Situation:
    batch, expected = (trace(pair, one.case, "float64") for trace in (bench.batch, bench.expected))
    return Situation(pair, one.case, batch, expected, one.trace, frozenset(one.quantities) & frozenset(expected))


def hypotheses(pair: Pair, situations: Sequence[Situation]) -> Iterable[Hypothesis]:
    yield from formula_hypotheses(pair)
    yield from bank_hypotheses(pair)
    yield from transform_hypotheses(situations)


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
    """Its fit to these cases, None as soon as two cases have gone by in which it gave nothing."""
    fit = Fit(hypothesis)
    for tried, situation in enumerate(few, start=1):
        fit.add(situation)
        if tried >= 2 and not fit.alive and not _silent(fit):
            return None
    return fit if fit.alive else None


def _silent(fit: Fit) -> bool:
    """It has not yet been contradicted: what it missed may belong to another fault."""
    return not any(tally.refuted for tally in fit.tallies.values())


def chosen(fits: Sequence[Fit], rest: Sequence[Situation], order: Sequence[str]) -> list[tuple[Fit, frozenset[str]]]:
    """The fits that are told, each with the quantities that it explains and none before it did."""
    left, told, verified = frozenset(order), [], set()
    while fits:
        best = max(fits, key=lambda fit: (*merit(fit, left),))
        if not best.quantities & left:
            break
        if best not in verified and rest:
            for situation in rest:
                best.add(situation)
            verified.add(best)
            continue
        told.append((best, best.quantities & left))
        left -= best.quantities
        fits = [fit for fit in fits if fit is not best]
    return sorted(told, key=lambda pair: min(order.index(quantity) for quantity in pair[1]))


def merit(fit: Fit, left: frozenset[str]) -> tuple[float, ...]:
    new = fit.quantities & left if fit.hypothesis.apart or fit.alive else frozenset()
    share = sum(fit.tallies[quantity].matched / fit.tallies[quantity].of for quantity in new) / max(len(new), 1)
    return len(new), -fit.hypothesis.kind, share


def _order(situations: Sequence[Situation]) -> list[str]:
    """The wrong quantities, without their stages, in the order of computation."""
    names = [name for situation in situations for name in situation.expected if name in situation.wrong]
    return list(dict.fromkeys(map(quantity_of, names)))


def _told(pair: Pair, fit: Fit, new: frozenset[str], order: Sequence[str]) -> Explanation:
    quantities = tuple(quantity for quantity in order if quantity in new)
    tallies = [fit.tallies[quantity] for quantity in quantities]
    hypothesis = fit.hypothesis
    reference = hypothesis.reference or reference_of(pair, quantities[0])
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
