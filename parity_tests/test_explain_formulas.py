"""Every wrong formula, planted into the recorded traces of its pair, is named first: by its own name, or by that of
another formula with the very same numbers. The right formulas agree with PyTorch in every case."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from parity_tests.explain import Situation, Wrong, explain
from parity_tests.explain.fit import gives, is_right, prediction
from parity_tests.explain.formulas import (
    MISTAKES,
    activations,
    adam,
    conv,
    dense,
    dropout,
    flatten,
    losses,
    normalisation,
    optimizers,
    pool,
    schedules,
)
from parity_tests.explain.formulas.plain import mistake, trace_of
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)
LARGEST = 5_000  # numbers of a batch: larger cases say nothing more
LAYERS = {
    **activations.ACTIVATIONS,
    "FullyConnected": dense.Dense,
    "Conv2D": conv.Convolution,
    "Pool2D": pool.Pooling,
    "BatchNorm": normalisation.Normalisation,
    "Dropout": dropout.Dropping,
    "Flatten": flatten.Flattening,
}
LOSSES = {"CrossEntropy": losses.Probabilities, "SoftmaxCrossEntropy": losses.Logits, "L2": losses.Squares}
OPTIMIZERS = {"SGD": optimizers.SGD, "Adam": adam.Adam, "AdamW": adam.AdamW}


@cache
def situation(pair, case):
    batch, expected = (trace(pair, case, "float64") for trace in (BENCH.batch, BENCH.expected))
    return Situation(pair, case, batch, expected, expected, frozenset())


def right(pair, at):
    if pair.name in LAYERS:
        return trace_of(LAYERS[pair.name], at)
    if pair.name in OPTIMIZERS:
        return optimizers.walked(OPTIMIZERS[pair.name], at)
    if pair.name in LOSSES:
        loss = LOSSES[pair.name](at.batch["Y"], at.batch["Y_hat"])
        return {"value": np.array(loss.value), "gradient": loss.gradient}
    rates = np.array([schedules.RIGHT[pair.name](at.case, int(epoch)) for epoch in at.batch["epochs"]])
    return {"rates": rates, "logarithms": np.log(rates + 1e-6)}


@pytest.mark.parametrize("name", [*LAYERS, *LOSSES, *OPTIMIZERS, *schedules.RIGHT])
def test_right_formulas_agree(name):
    pair = BY_NAME[name]
    for case in pair.cases:
        at = situation(pair, case)
        with np.errstate(all="ignore"):
            found = right(pair, at)
        assert found.keys() == at.expected.keys()
        assert [n for n in found if not is_right(found[n], at.expected[n])] == [], case.name


def planted(pair, hypothesis):
    """The wrong cases of a candidate that makes this mistake and no other."""
    found = []
    for case in pair.cases:
        at = situation(pair, case)
        if at.size <= LARGEST:
            given = prediction(hypothesis, replace(at, actual={}))
            trace = dict(at.expected) | {n: a for n, a in given.items() if n in at.expected}
            odd = tuple(n for n in trace if not is_right(trace[n], at.expected[n]))
            found += [Wrong(case, trace, odd)] if odd else []
    return found


def same_numbers(pair, name, wrong, quantities):
    """Whether the hypothesis of that name gives every wrong array that was planted."""
    told = next((one for one in MISTAKES[pair.name] if one.name == name), None)
    if told is None:
        return False
    for one in wrong:
        at = replace(situation(pair, one.case), actual=one.trace)
        predicted = prediction(told, at)
        for n in one.quantities:
            if gives(predicted, at, n) is None:
                return False
    return True


RECOGNISED = {hypothesis.name for hypothesis in dropout.RECOGNISED}  # they read the candidate's own mask
IN_DENSE = {mistake.name for mistake in MISTAKES["FullyConnected"]}  # of activations: as in Conv2D, so once is enough
ALL = [
    (pair, mistake)
    for pair, mistakes in MISTAKES.items()
    for mistake in mistakes
    if mistake.name not in RECOGNISED and (pair, mistake.name in IN_DENSE) != ("Conv2D", True)
]


@pytest.mark.parametrize("pair", MISTAKES)
def test_names_are_unique(pair):
    names = [mistake.name for mistake in MISTAKES[pair]]
    assert sorted(set(names)) == sorted(names)


OWN_LINES = {
    "bn_evaluation_backward_as_training": ("In evaluation dX = gamma s dY", "if not self._training:"),
    "bn_gamma_forgotten_in_dX": ("dX = gamma s (...): the slope", "self._slope = gamma * self._s"),
    "bn_variance_divided_in_dX": ("dX = gamma s (...): the slope", "self._slope = gamma * self._s"),
    "bn_ignores_mean": ("the mean depends on X too", "return -slope * dbeta / m - of_D * self._rest, slope, of_D"),
    "bn_not_over_space_in_dX": ("all m = N H W numbers", "slope, m = self._slope, self._D.size // self._D.shape[-1]"),
}


@pytest.mark.parametrize("name", OWN_LINES)
def test_a_mistake_in_a_part_of_batch_norm_is_compared_with_the_line_of_that_part(name):
    pair, (rule, line) = BY_NAME["BatchNorm"], OWN_LINES[name]
    hypothesis = next(one for one in MISTAKES[pair.name] if one.name == name)
    first = explain(pair, planted(pair, hypothesis), BENCH)[0]
    assert (first.name, first.line) == (name, line)
    assert rule in first.rule


def test_what_later_steps_contradict_is_no_explanation():
    """Of the second step alone "t stays 1" gives every number."""
    odd = optimizers.wrong(adam.Adam, "odd", "", time=lambda step, place: (1, 1, 2, 4, 6, 8, 9, 9, 9, 9)[step - 1])
    assert explain(BY_NAME["Adam"], planted(BY_NAME["Adam"], odd), BENCH) == ()
    lags = next(mistake for mistake in MISTAKES["Adam"] if mistake.name == "adam_t_lags")
    (told,) = explain(BY_NAME["Adam"], planted(BY_NAME["Adam"], lags), BENCH)
    assert told.name == "adam_t_lags"
    assert told.quantities == ("a", "b", "c", "kernel", "bias")


def test_what_evaluation_makes_of_statistics_is_no_sign_of_another_mistake_in_them():
    """Whatever was kept, evaluation goes on from it, and then every mistake in the keeping gives its numbers."""
    pair = BY_NAME["BatchNorm"]
    odd = mistake(normalisation.Normalisation, "odd", "", kept_mean=lambda s: np.sin(s.batch_mean))
    assert explain(pair, planted(pair, odd), BENCH) == ()
    both = mistake(
        normalisation.Normalisation, "both", "", kept_mean=lambda s: np.sin(s.batch_mean), Y=lambda s: s.x_hat + s.beta
    )
    assert [told.name for told in explain(pair, planted(pair, both), BENCH)] == ["bn_gamma_forgotten"]


def test_what_right_cases_contradict_is_no_explanation():
    """A derivative that is skipped for some shapes alone is not one that the layer does not have."""
    pair = BY_NAME["Sigmoid"]
    skipped = next(mistake for mistake in MISTAKES["Sigmoid"] if mistake.name == "sigmoid_derivative_skipped")
    first, *others = planted(pair, skipped)
    assert explain(pair, [first], BENCH)[0].name == skipped.name
    right = {one.case.name: one.quantities for one in others}
    assert skipped.name not in {told.name for told in explain(pair, [first], BENCH, right)}


@pytest.mark.slow
@pytest.mark.parametrize(("pair", "mistake"), ALL, ids=[f"{pair}-{mistake.name}" for pair, mistake in ALL])
def test_a_formula_is_explained_by_its_own_name(pair, mistake):
    wrong = planted(BY_NAME[pair], mistake)
    assert wrong, "no case of the pair shows this mistake: it can never be told"
    explanations = explain(BY_NAME[pair], wrong, BENCH)
    assert explanations
    first = explanations[0]
    assert first.name == mistake.name or same_numbers(BY_NAME[pair], first.name, wrong, first.quantities), explanations
    assert first.matched == first.of
    assert first.rule
    assert first.place.startswith("scratch_nn/")
