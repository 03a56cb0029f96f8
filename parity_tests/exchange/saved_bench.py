"""A workbench of files: what goes in and what PyTorch gave come from an export, what came out from the other side.

It stands where a Workbench stands, so the very same checks run on it, on a machine that has neither PyTorch nor the
implementation. Left out are the checks that run a layer themselves (finite differences, manners): there is none here.
"""

from __future__ import annotations

from functools import lru_cache

from parity_tests.checks import checks
from parity_tests.checks.check import PASSED, Check, failed, intrinsic
from parity_tests.compare import Comparison
from parity_tests.exchange.manifest import Manifest, Part
from parity_tests.exchange.traces import Traces
from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.recording import Recording
from parity_tests.trace import Trace


def recorded_checks(pair: Pair, case: Case) -> list[Check]:
    """The checks of a case that can be told from recorded numbers alone."""
    found = [check for check in checks(pair, case.name) if check.case == case.name]
    return [check for check in found if check.patterns or check.name.endswith(".distribution")]


def reads(check: Check, quantity: str) -> bool:
    """Whether a check reads a quantity; that of a distribution reads a sample."""
    return check.looks_at(quantity) or quantity == check.name.replace(".distribution", ".sample")


def trace_file(bench: SavedBench, pair: Pair, case: Case, dtype: str) -> Comparison:
    """The file can be read, and holds nothing that was not asked for."""
    problem = bench.answer(pair, case, dtype)[1]
    return failed(problem) if problem else PASSED


def asked(pair: Pair, case: Case) -> list[Check]:
    """All that is asked of a trace: that its file is right, then its numbers."""
    numbers = recorded_checks(pair, case)
    dtypes = dict.fromkeys(check.dtype for check in numbers)
    return [intrinsic(pair, case, trace_file, dtype) for dtype in dtypes] + numbers


class SavedBench:
    """batch, expected, truth, absolute: from the export. actual, recording: from the traces. Each file is read once."""

    def __init__(self, exported: Manifest, traces: Traces) -> None:
        self._exported, self._traces = exported, traces
        for name in ("batch", "expected", "truth", "absolute", "answer"):
            setattr(self, name, lru_cache(maxsize=4)(getattr(self, name)))

    def batch(self, pair: Pair, case: Case, dtype: str) -> Trace:
        return self._read(pair, case, dtype, "batch")

    def expected(self, pair: Pair, case: Case, dtype: str) -> Trace:
        """In the order of computation, but what is not offered last: a check fails by what is there and wrong before
        it finds that something is missing."""
        arrays, (answer, _) = self._read(pair, case, dtype, "expected"), self.answer(pair, case, dtype)
        return {name: arrays[name] for name in sorted(arrays, key=lambda name: name not in answer)}

    def truth(self, pair: Pair, case: Case) -> Trace:
        return self._read(pair, case, "float32", "truth")

    def absolute(self, pair: Pair, case: Case) -> Trace:
        return self._read(pair, case, "float32", "absolute")

    def answer(self, pair: Pair, case: Case, dtype: str) -> tuple[Trace, str]:
        """What the other side gave, and '' or what is wrong with its file."""
        return self._traces.read(self._part(pair, case, dtype)) if self.offers(pair, case, dtype) else ({}, "")

    def recording(self, pair: Pair, case: Case, dtype: str) -> Recording:
        """What came out; what is missing is not offered."""
        answer, problem = self.answer(pair, case, dtype)
        lacking = [name for name in self._part(pair, case, dtype).quantities if name not in answer]
        unread = "its trace cannot be read" if problem and not answer else ""
        return Recording(answer, [(name, NotOffered(unread or f"{name} is not in the trace")) for name in lacking])

    def actual(self, pair: Pair, case: Case, dtype: str) -> Trace:
        return self.answer(pair, case, dtype)[0]

    def offers(self, pair: Pair, case: Case, dtype: str) -> bool:
        return self._traces.path(self._part(pair, case, dtype)) is not None

    def absence(self, pair: Pair, dtype: str) -> str:
        """Why there is no answer to a case of this pair."""
        parts = [part for (name, _, _), part in self._exported.parts.items() if name == pair.name]
        answered = any(self._traces.path(part) for part in parts)
        return f"there is no trace of these cases in {dtype}" if answered else "there is no trace of it"

    def _part(self, pair: Pair, case: Case, dtype: str) -> Part:
        return self._exported.parts[pair.name, case.name, dtype]

    def _read(self, pair: Pair, case: Case, dtype: str, kind: str) -> Trace:
        return self._exported.read(self._part(pair, case, dtype), kind)
