"""The workbench: runs a case once on each side, and keeps the traces that its checks look at.

    batch      what goes in: parameters, inputs, upstream gradients, PyTorch's own dropout masks
    expected   PyTorch's trace          truth      PyTorch's float64 trace of the float32 batch
    actual     the candidate's trace    absolute   sums of absolute terms, for the float32 verdict

A side is only a function (pair, case, dtype) -> Subject, so anyone's implementation can be the candidate.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from parity_tests.families import FAMILIES
from parity_tests.inputs import generator
from parity_tests.pair import Case, Pair, Subject
from parity_tests.recording import Recording
from parity_tests.trace import Trace, cast

Side = Callable[[Pair, Case, str], Subject]


class Workbench:
    """candidate: the side under test. reference: PyTorch's side. Each trace is recorded on first use, once."""

    def __init__(self, candidate: Side, reference: Side) -> None:
        self.subject, self.reference = candidate, reference
        for name in ("batch", "expected", "recording", "truth", "absolute"):
            setattr(self, name, cache(getattr(self, name)))

    def batch(self, pair: Pair, case: Case, dtype: str) -> Trace:
        """The named arrays that go in. The reference is asked for shapes and masks only."""
        if dtype == "float32":
            return cast(self.batch(pair, case, "float64"), np.float32)
        rng = generator(pair.name, case.name)
        return cast(FAMILIES[pair.family].prepare(pair, case, rng, self.reference(pair, case, dtype)), np.float64)

    def expected(self, pair: Pair, case: Case, dtype: str) -> Trace:
        return self._record(self.reference(pair, case, dtype), pair, self.batch(pair, case, dtype))

    def recording(self, pair: Pair, case: Case, dtype: str) -> Recording:
        """What the candidate gave, and where it raised something instead. PyTorch is not run for what is not there."""
        recording = Recording()
        with recording.attempt("*"):
            subject = self.subject(pair, case, dtype)
        if not recording.gaps:
            batch = self.batch(pair, case, dtype)
            with recording.attempt("*"):
                FAMILIES[pair.family].record(subject, batch, recording)
        return recording

    def actual(self, pair: Pair, case: Case, dtype: str) -> Trace:
        return self.recording(pair, case, dtype).trace

    def truth(self, pair: Pair, case: Case) -> Trace:
        rounded = cast(self.batch(pair, case, "float32"), np.float64)
        return self._record(self.reference(pair, case, "float64"), pair, rounded)

    def absolute(self, pair: Pair, case: Case) -> Trace:
        """Each element's sum of absolute terms. A linear layer gives it when it is run on absolute values, also behind
        an activation; elsewhere it is |truth| unless the family knows which terms cancel."""
        batch = self.batch(pair, case, "float64")
        without_signs = {name: np.abs(a) if a.dtype.kind == "f" else a for name, a in batch.items()}
        if pair.linear(case):
            return self._record(self.reference(pair, case, "float64"), pair, without_signs)
        truth = self.truth(pair, case)
        terms = {n: np.abs(a) for n, a in truth.items()} | FAMILIES[pair.family].absolute_terms(pair, batch, truth)
        if pair.linear_part is None:
            return terms
        for name in (name for name in batch if name.endswith(".dLdY")):
            without_signs[name] = pair.upstream_terms(case, batch[name], truth[name.replace("dLdY", "output")])
        plain = self.reference(pair, pair.linear_part(case), "float64")
        products = self._record(plain, pair, without_signs)
        of_products = ("input_gradient", "gradient.W")  # b's gradient is none: it stays as exact as PyTorch's
        return terms | {name: array for name, array in products.items() if name.endswith(of_products)}

    def _record(self, subject: Subject, pair: Pair, batch: Trace) -> Trace:
        recording = Recording()
        FAMILIES[pair.family].record(subject, batch, recording)
        return recording.whole()
