"""Explanations in the light of the other checks: two mistakes may give the same numbers, and be told apart by those.

momentum   who is given 1 - momentum, for a default that seems to weigh the old statistics, and weighs the new ones with
           it, gives the numbers of who weighs the old
p, 1 - p   a dropout is steered to keep what PyTorch's kept, so of a p that is taken for the probability of keeping only
           the scale shows; the share that it keeps unsteered is a check of its own
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from parity_tests.explain.source import Reference
from parity_tests.findings import Explanation
from parity_tests.run import Result
from parity_tests.subjects.stranger.conventions import OLD

KEEPS = re.compile(r"keeps ([\d.]+) of [\d,]+ numbers, expected ([\d.e-]+)")  # what share_kept says
NEAR = 0.05  # of a share of some thousand numbers

WEIGHS_THE_OLD = ("bn_momentum_swapped", "batch_norm_momentum_of_the_old")
SCALED_BY_P = ("dropout_scaled_by_p", "dropout_scale_of_keep_probability", "dropout_keep_probability_of_mask",
               "dropout_scaled_by_1_over_p")  # fmt: skip
MASK = Reference("p is the probability of dropping.", "dropout.py", "self.rng.random(shape) >= self.p")


def retold(explanations: Sequence[Explanation], results: Iterable[Result]) -> tuple[Explanation, ...]:
    """The explanations of a pair, by all its results."""
    said = [result.found.message for result in results if result.offered]
    return tuple(_retold(explanation, said) for explanation in explanations)


def _retold(explanation: Explanation, said: Sequence[str]) -> Explanation:
    if explanation.name in WEIGHS_THE_OLD and any(OLD in message for message in said):
        says = "momentum weighs the new value, while its default is one for weighing the old: it was given 1 - momentum"
        rule = "momentum weighs the new value, and is 0.1 by default."
        return replace(explanation, says=says, rule=rule, convention="")
    if explanation.name in SCALED_BY_P and keeps_p(said):
        says = "p is taken for the probability of keeping: p and 1 - p are exchanged, in the mask and in the scale"
        convention = "TensorFlow 1 (keep_prob), which --dropout-p keep is for"
        of_mask = {"rule": MASK.rule, "place": MASK.place, "line": MASK.line}
        return replace(explanation, says=says, convention=convention, **of_mask)
    return explanation


def keeps_p(said: Sequence[str]) -> bool:
    """Whether every share that is wrong is p, where 1 - p was expected."""
    wrong = [tuple(map(float, found.groups())) for message in said if (found := KEEPS.search(message))]
    return bool(wrong) and all(abs(kept - (1 - expected)) <= NEAR for kept, expected in wrong)
