"""Everything that is asked of a stranger's module, in this process and beside one reference for all modules."""

from dataclasses import dataclass
from functools import cache

import torch

from parity_tests import judge
from parity_tests.checks.strangers import stranger_checks
from parity_tests.mutate import Borrowed
from parity_tests.pairs import PAIRS
from parity_tests.run import Result, run
from parity_tests.subjects.stranger import side_of
from parity_tests.subjects.stranger.options import TOLD_BY_LOOKING
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

SLIGHTLY = 100  # times PyTorch's own float32 error


@cache
def reference() -> Workbench:
    torch.set_num_threads(1)
    return Workbench(torch_side, torch_side)


@dataclass(frozen=True)
class Asked:
    """What came out, and the notes of the subjects that were asked."""

    results: tuple[Result, ...]
    notes: frozenset[str]

    @property
    def offered(self) -> set[str]:
        return {result.check.pair.name for result in self.results if result.offered}

    @property
    def reasons(self) -> set[str]:
        """Why something is not offered."""
        return {result.found.message for result in self.results if not result.offered}

    @property
    def wrong(self) -> dict[str, list[str]]:
        """{pair: what failed}, without what is only less exact in float32."""
        found: dict[str, list[str]] = {}
        for result in judge.noted(self.results):
            if result.failed and not less_exact(result):
                found.setdefault(result.check.pair.name, []).append(result.found.message)
        return found


def less_exact(result: Result) -> bool:
    """A float32 result that is right, with an error of some multiples of PyTorch's own.

    Where terms cancel, PyTorch's error can be small by luck, and a plain sum of floats is no mistake. What loses its
    digits altogether is off by a thousand times and more.
    """
    return result.check.dtype == "float32" and bool(result.check.patterns) and result.found.multiple < SLIGHTLY


def asked(module, *names: str, options=TOLD_BY_LOOKING, dtypes=("float64", "float32")) -> Asked:
    """Of the pairs of these names; of all, if there are none."""
    side = side_of(module, options)
    notes, results, bench = set(), [], Borrowed(side, reference())

    def noting(pair, case, dtype):
        subject = side(pair, case, dtype)
        notes.update(getattr(subject, "notes", ()))
        return subject

    bench.subject = noting
    for pair in PAIRS:
        if pair.family != "network" and (not names or pair.name in names):
            results += [run(check, bench) for check in stranger_checks(pair, dtypes=dtypes)]
    return Asked(tuple(results), frozenset(notes))


def changed(source: str, *changes: tuple[str, str]) -> str:
    """The source with each old text replaced by a new one; all of them must be there."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


def wrong_with(source: str, old: str, new: str, pair: str) -> list[str]:
    """What fails of a pair in float64 where the module of this source has `new` in the place of `old`."""
    return asked(module_from(changed(source, (old, new))), pair, dtypes=("float64",)).wrong[pair]


def module_from(text: str, name: str = "layers"):
    """A module of this source."""
    from types import ModuleType

    module = ModuleType(name)
    exec(compile(f"import numpy as np\n{text}", f"<{name}>", "exec", dont_inherit=True), module.__dict__)
    return module
