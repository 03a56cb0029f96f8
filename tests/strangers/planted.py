"""A fault planted in dressed code, looked at as the command does: what is wrong, in which quantity, and why.

In one process and in float64 first; what shows in no float64 number (a refusal, float32, the caller's arrays) is asked
of all checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.explain import Wrong, explain
from parity_tests.findings import quantity_of
from parity_tests.mutants import library
from parity_tests.mutate import Borrowed
from parity_tests.pair import NotOffered
from parity_tests.pairs import BY_NAME
from parity_tests.run import run
from parity_tests.subjects.stranger import StrangerSide


@dataclass(frozen=True)
class Seen:
    """offered: something of the pair. wrong: the float64 arrays that differ. raised: what was raised instead of arrays.
    failed: the first check that fails where no array differs. right: what was compared where all is right."""

    offered: bool
    wrong: tuple[Wrong, ...] = ()
    raised: tuple[str, ...] = ()
    failed: str = ""
    right: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def quantities(self) -> tuple[str, ...]:
        """All that go wrong somewhere, without their stages."""
        return tuple(dict.fromkeys(quantity_of(name) for one in self.wrong for name in one.quantities))

    @property
    def found(self) -> bool:
        return bool(self.wrong or self.raised or self.failed)


def seen(mutant, clothes, reference) -> Seen:
    """The mutant's pair in these clothes."""
    pair = BY_NAME[mutant.pair]
    bench = Borrowed(StrangerSide(clothes(library(mutant))), reference)
    offered, wrong, raised, right = False, [], [], {}
    for case in pair.cases:
        with np.errstate(all="ignore"):
            recording = bench.recording(pair, case, "float64")
            quantities = wrong_quantities(reference, pair, case, recording.trace)
        offered |= bool(recording.trace)
        raised += [f"{case.name}: {why!r}" for _, why in recording.gaps if not isinstance(why, NotOffered)]
        if quantities:
            wrong.append(Wrong(case, recording.trace, quantities))
        elif not raised and not judge.special(pair, case):
            right[case.name] = tuple(recording.trace)
    failed = "" if wrong or raised or not offered else first_failure(pair, bench)
    return Seen(offered, tuple(wrong), tuple(raised), failed, right)


def wrong_quantities(reference, pair, case, trace) -> tuple[str, ...]:
    """Without samples, which chance alone makes differ."""
    found = judge.wrong_quantities(reference, pair, case, trace)
    return tuple(name for name in found if not name.endswith(".sample"))


def first_failure(pair, bench) -> str:
    for check in stranger_checks(pair):
        result = run(check, bench)
        if result.failed:
            return check.id
    return ""


def explanations(pair_name, wrong, reference, right=None):
    return explain(BY_NAME[pair_name], wrong, reference, right or {}) if wrong else ()
