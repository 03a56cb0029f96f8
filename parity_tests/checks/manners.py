"""The manners of a layer: what it does to the arrays, types and calls around it.

noncontiguous     strided views give what contiguous arrays give
keeps_dtype       float32 stays float32, float64 stays float64, in every recorded array
leaves_inputs     the arrays that were handed in hold the same bits afterwards
backward_twice    a second backward gives the same bits: nothing accumulates
last_forward      backward belongs to the last forward, also when no backward came between two of them
as_built          a layer that nobody has loaded evaluates as a fresh one of PyTorch does; asked of subjects that say
                  `builds_itself`
returned_arrays   what forward and backward returned stays as it was while the next batch goes through
two_objects       what another object of the class does between forward and backward, and after it, changes nothing
evaluation_state  evaluation leaves the running statistics as they are, after it has used them too
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from parity_tests.checks.check import PASSED, failed
from parity_tests.compare import Comparison, absolute_difference, misfit
from parity_tests.families.layer import record_stage
from parity_tests.pair import Case, NotOffered, Pair, Subject
from parity_tests.recording import Recording
from parity_tests.trace import Trace, below, frozen, group
from parity_tests.workbench import Workbench

STRIDED = 1e-11  # the same products in another order


def loaded(
    bench: Workbench, pair: Pair, case: Case, dtype: str
) -> tuple[Subject, Trace, Callable[[np.ndarray], np.ndarray]]:
    """A fresh subject with the case's weights, the batch, and a forward of its training stage."""
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    subject.load(group(batch, "parameter"), group(batch, "state"))
    masks = group(batch, "training.mask")
    return subject, batch, lambda X: subject.forward(X, training=True, masks=masks)


def first_difference(found: Trace, expected: Trace, quantity: str = "") -> Comparison:
    """Bit for bit (NaN equals NaN)."""
    for name, array in expected.items():
        if not np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f"):
            return failed(f"{name} {quantity}")
    return PASSED


def keeps_dtype(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    trace = {n: a for n, a in bench.recording(pair, case, dtype).anything().items() if a.dtype.kind != "i"}
    odd = {name: str(array.dtype) for name, array in trace.items() if array.dtype != dtype}
    return failed(f"expected {dtype} throughout, got {odd}") if odd else PASSED


def leaves_inputs(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    handed = {name: array.copy() for name, array in batch.items()}  # writable, so that a layer could write into them
    subject.load(group(handed, "parameter"), group(handed, "state"))
    recording = Recording()
    record_stage(subject, handed, "training", True, recording)
    record_stage(subject, handed, "evaluation", False, recording)
    recording.anything()
    return first_difference(handed, batch, "was modified: a caller's array must stay as it is")


def backward_twice(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, forward = loaded(bench, pair, case, dtype)
    forward(batch["training.X"])
    rounds = []
    for _ in range(2):
        dLdX = subject.backward(batch["training.dLdY"])
        rounds.append({"input_gradient": dLdX.copy()} | _gradients(subject))
    return first_difference(rounds[1], rounds[0], "differs at the second backward: does it accumulate?")


def as_built(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject = bench.subject(pair, case, dtype)
    if not getattr(subject, "builds_itself", False):
        raise NotOffered("it does not say builds_itself = True: that its forward may come before load")
    X = bench.batch(pair, case, dtype)["training.X"]
    Y, expected = subject.forward(X, training=False, masks={}), pair.fresh(X, case)
    if odd := misfit(Y, expected):
        return failed(odd)
    off = absolute_difference(Y, expected).max()
    cure = "Does it start from other parameters or statistics than PyTorch's?"
    return PASSED if off <= STRIDED * np.nanmax(np.abs(expected)) else failed(f"the output is off by {off:.1e}. {cure}")


def _strided(array: np.ndarray) -> np.ndarray:
    """The same numbers as a view with gaps and a reversed first axis."""
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), 7.0, dtype=array.dtype)
    wide[::-1, ..., ::2] = array
    return wide[::-1, ..., ::2]


def noncontiguous(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch = bench.subject(pair, case, dtype), bench.batch(pair, case, dtype)
    subject.load(group(batch, "parameter"), group(batch, "state"))
    views = {n: _strided(a) if n.startswith("training.") and a.dtype.kind == "f" else a for n, a in batch.items()}
    recording, expected = Recording(), bench.recording(pair, case, dtype).anything()
    record_stage(subject, views, "training", True, recording)
    for name in (name for name in expected if name.startswith("training.")):
        array = recording.require(name)
        odd = misfit(array, expected[name])
        off = np.inf if odd else absolute_difference(array, expected[name]).max()
        if off > STRIDED:
            return failed(f"{name} of strided views is off by {off:.1e} from that of contiguous arrays. {odd}")
    return PASSED


def _run_stage(subject: Subject, batch: Trace, stage: str) -> dict[str, np.ndarray]:
    """What forward and backward return, not copied."""
    Y = subject.forward(batch[f"{stage}.X"], training=True, masks=group(batch, f"{stage}.mask"))
    return {"output": Y, "input_gradient": subject.backward(batch[f"{stage}.dLdY"])}


def last_forward(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    found = []
    for before in ((), ("training.X",)):
        subject, batch, forward = loaded(bench, pair, case, dtype)
        for name in before:
            forward(batch[name])
        dLdX = _run_stage(subject, batch, "third_batch")["input_gradient"]
        found.append({"input_gradient": dLdX} | _gradients(subject))
    return first_difference(found[1], found[0], "is not that of the last forward")


def returned_arrays(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, _ = loaded(bench, pair, case, dtype)
    returned = _run_stage(subject, batch, "training")
    copies = {name: array.copy() for name, array in returned.items()}
    _run_stage(subject, batch, "third_batch")
    return first_difference(returned, copies, "changed when the next batch came: is its memory used again?")


def _arrays(given: Mapping[str, np.ndarray | Exception]) -> Trace:
    """Copies of what there is; where there is none of it, the reason is raised."""
    into = Recording()
    into.take("its", given)
    return group(into.anything(), "its")


def _gradients(subject: Subject) -> Trace:
    """Copies of the gradients by the parameters, "gradient.W": its weight W is another array."""
    return below("gradient", _arrays(subject.gradients()))


def two_objects(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, _ = loaded(bench, pair, case, dtype)
    expected = {"input_gradient": frozen(_run_stage(subject, batch, "training")["input_gradient"])}
    expected |= _gradients(subject)
    first, second = (loaded(bench, pair, case, dtype)[0] for _ in range(2))
    first.forward(batch["training.X"], training=True, masks=group(batch, "training.mask"))
    second.forward(batch["third_batch.X"], training=True, masks=group(batch, "third_batch.mask"))
    found = {"input_gradient": frozen(first.backward(batch["training.dLdY"]))}
    second.backward(batch["third_batch.dLdY"])
    return first_difference(found | _gradients(first), expected, "is changed by another object of the class")


def evaluation_state(bench: Workbench, pair: Pair, case: Case, dtype: str) -> Comparison:
    subject, batch, forward = loaded(bench, pair, case, dtype)
    forward(batch["training.X"])  # some have no statistics before
    before, evaluation = _arrays(subject.state()), Recording()
    record_stage(subject, batch, "evaluation", False, evaluation)
    evaluation.anything()
    return first_difference(_arrays(subject.state()), before, "was changed in evaluation: only training changes it")
