"""The mutants of our own code as hypotheses: what our library with one line changed gives for the same batch."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.explain.hypothesis import Hypothesis, Kind, Situation
from parity_tests.explain.source import Reference
from parity_tests.families import FAMILIES
from parity_tests.mutants import Mutant, library, mutants_of
from parity_tests.pair import Pair
from parity_tests.recording import Recording
from parity_tests.trace import Trace


def bank_hypotheses(pair: Pair) -> Iterator[Hypothesis]:
    """One for every mutant of the pair that any input can tell from the right code."""
    return (hypothesis_of(mutant) for mutant in mutants_of(pair.name) if not mutant.equivalent)


def hypothesis_of(mutant: Mutant) -> Hypothesis:
    return Hypothesis(
        mutant.name,
        mutant.says,
        lambda situation: recorded(mutant, situation),
        Kind.MUTANT,
        mutant.convention,
        Reference(mutant.rule, mutant.file, mutant.old),
    )


def recorded(mutant: Mutant, situation: Situation) -> Trace:
    """The mutant's trace; what it raises is no number, and so no prediction."""
    from parity_tests.subjects.scratch import ScratchSide

    recording = Recording()
    with recording.attempt("*"):
        subject = ScratchSide(library(mutant))(situation.pair, situation.case, "float64")
        FAMILIES[situation.pair.family].record(subject, situation.batch, recording)
    return recording.trace
