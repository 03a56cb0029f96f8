"""Findings: what is wrong, told once.

A broken layer fails in many checks: in every case, in both float types, and in whatever is built on it. All of that is
one finding, named by the first quantity that went wrong in the order of computation; what follows from it is folded
under it. An explanation says what would give exactly these wrong numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_tests.run import Summary


@dataclass(frozen=True)
class Explanation:
    """Something that would give exactly the wrong arrays that were recorded.

    name: of the mutant (mutants/) or of the transformation (explain/). says: a sentence part, "the gradient at exactly
    0 is 1". quantities: those whose arrays it gives. matched, of: how many of the wrong arrays of those quantities it
    gives, of how many; error: the worst difference from them, as a fraction of their scale.
    rule: what PyTorch does. place, line: of our own code to compare with, "scratch_nn/activations.py:60" and its text.
    convention: whose convention the value is, where it is one ("Keras"): then it is valid, but not PyTorch's.
    """

    name: str
    says: str
    quantities: tuple[str, ...]
    matched: int
    of: int
    error: float
    rule: str
    place: str = ""
    line: str = ""
    convention: str = ""


@dataclass(frozen=True)
class Rule:
    """What PyTorch does, and our own line that does it: of an explanation, too, which has the same fields."""

    rule: str
    place: str
    line: str


NO_RETURN = ("time limit", "crash", "exit")  # kinds of failure after which the code answers nothing more


@dataclass(frozen=True)
class Failure:
    """One failed check. kind: "numbers", "exception", "time limit", "memory limit", "crash", "exit", "manners"."""

    id: str
    case: str
    check: str
    dtype: str
    message: str
    kind: str = "numbers"


@dataclass(frozen=True)
class Finding:
    """All that is wrong with one pair. The first failure is the first in the order of computation.

    checks: how many were asked of the pair. explanations: the best first; none where nothing fits.
    rule: of the quantity that is wrong first, where its numbers were looked at and nothing fits; explanations, if there
    are any, are then of others.
    hint: a question that the size of the errors suggests, where nothing fits; "" where there is none.
    folded: findings of other pairs that follow from this one. note: why it may be no mistake, so that it does not
    count as a failure: it differs where inputs are NaN, say; "" where it is one.
    """

    pair: str
    family: str
    checks: int
    failures: tuple[Failure, ...]
    explanations: tuple[Explanation, ...] = ()
    folded: tuple[Finding, ...] = ()
    note: str = ""
    rule: Rule | None = None
    hint: str = ""

    @property
    def quantity(self) -> str:
        """The quantity that is wrong, "input_gradient", without the stage in which it was first seen."""
        return quantity_of(self.failures[0].check)

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(failure.case for failure in self.failures))


MEANT = "If it is meant for float64 alone:"
CURE_FLOAT64 = (
    "np.zeros(shape) and np.sqrt(2) are float64, and make float64 of what they meet: say np.zeros(shape, X.dtype) and "
    f"float(np.sqrt(2)). {MEANT} --dtype float64 judges it in that type."
)
STAGES = ("training.", "evaluation.", "second_batch.", "third_batch.", "state.")


def quantity_of(name: str) -> str:
    """ "training.gradient.W" and "second_batch.gradient.W" are one quantity, "gradient.W"."""
    for stage in STAGES:
        name = name.removeprefix(stage)
    return name


@dataclass(frozen=True)
class Report:
    """One run, for every form in which it is told: table, JSON, JUnit, Gradescope, page.

    subject: what was checked, "layers.py" or "scratch_nn". summaries: of the pairs that were asked, also of those of
    which nothing is offered (`checks` is 0 there, and `not_offered` says why). environment: versions and machine.
    cure_float64: what to do where the float32 answers are float64 because nothing else is meant.
    cannot_load: why the module could not be loaded, so that nothing was asked; "" where it was.
    unknown: what else looks like a layer there, under names that are not known.
    """

    subject: str
    summaries: tuple[Summary, ...]
    findings: tuple[Finding, ...]
    environment: Mapping[str, str]
    seconds: float
    cannot_load: str = ""
    cure_float64: str = CURE_FLOAT64
    unknown: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: everything that is offered agrees; 1: something does not; 2: nothing was asked, which proves nothing."""
        if any(not finding.note for finding in self.findings):
            return 1
        return 0 if any(summary.checks for summary in self.summaries) else 2
