"""Explanations: what can happen to any array is recognised for what it is, noise is not explained, and every
explanation leads to a line of our own code."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from parity_tests.explain import Wrong, explain
from parity_tests.explain.fit import is_right
from parity_tests.explain.references import REFERENCES
from parity_tests.explain.transforms.relations import to_bfloat16
from parity_tests.findings import quantity_of
from parity_tests.inputs import generator
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)
STAGES = ("training", "second_batch", "third_batch", "evaluation")


def spoiled(pair, *changes):
    """The wrong cases of a candidate with (quantity, change(array, batch, stage)) applied where the quantity is one."""
    found = []
    for case in pair.cases:
        batch, expected = (trace(pair, case, "float64") for trace in (BENCH.batch, BENCH.expected))
        trace = dict(expected)
        for quantity, change in changes:
            for name in [n for n in expected if quantity_of(n) == quantity]:
                trace[name] = np.asarray(change(expected[name], batch, name.split(".")[0]))
        odd = tuple(n for n in expected if not is_right(trace[n], expected[n]))
        found += [Wrong(case, trace, odd)] if odd and len(batch.get("training.X", ())) < 1000 else []
    return found


def told(pair, *changes):
    return explain(BY_NAME[pair], spoiled(BY_NAME[pair], *changes), BENCH)


def rows(batch, stage):
    return len(batch[f"{stage}.X"])


def pixels(batch, stage):
    return int(np.prod(batch[f"{stage}.dLdY"].shape[1:3]))


def where_zero(array, batch, stage):
    return np.where(batch[f"{stage}.X"] == 0, 0.25 * batch[f"{stage}.dLdY"], array)


def at_the_border(array, batch, stage):
    wrong = array * 1.25
    wrong[:, 1:-1, 1:-1] = array[:, 1:-1, 1:-1]
    return wrong


def one_row_late(array, batch, stage):
    return np.roll(array, 1, axis=0) if len(array) > 2 else array


TRANSFORMS = [
    ("FullyConnected", "gradient.W", lambda a, b, s: 2 * a, "factor of 2"),
    ("FullyConnected", "gradient.W", lambda a, b, s: a * rows(b, s), "factor of N"),
    ("FullyConnected", "input_gradient", lambda a, b, s: a / rows(b, s), "divided by N"),
    ("FullyConnected", "gradient.b", lambda a, b, s: -a, "factor of -1"),
    ("FullyConnected", "gradient.W", lambda a, b, s: 0.37 * a, "factor of 0.37"),
    ("FullyConnected", "gradient.W", lambda a, b, s: a * 7 / 3, "factor of 7/3"),
    ("FullyConnected", "gradient.W", lambda a, b, s: np.zeros(a.shape), "zero everywhere"),
    ("FullyConnected", "output", lambda a, b, s: a[::-1], "order of the batch is reversed"),
    ("FullyConnected", "output", one_row_late, "examples stand in another order"),
    ("FullyConnected", "input_gradient", lambda a, b, s: b[f"{s}.X"], "it is the input"),
    ("FullyConnected", "gradient.W", lambda a, b, s: b["parameter.W"], "it is the parameter W"),
    ("FullyConnected", "output", lambda a, b, s: a.astype(np.float32).astype(float), "single precision"),
    ("FullyConnected", "output", lambda a, b, s: a.astype(np.float16).astype(float), "rounded to float16 inside"),
    ("FullyConnected", "gradient.W", lambda a, b, s: to_bfloat16(a), "rounded to bfloat16 inside"),
    ("ReLU", "output", lambda a, b, s: a.astype(np.float16).astype(float), "rounded to float16 inside"),
    ("ReLU", "output", lambda a, b, s: to_bfloat16(a), "rounded to bfloat16 inside"),
    ("Conv2D", "gradient.b", lambda a, b, s: a * pixels(b, s), "factor of H W"),
    ("Conv2D", "gradient.b", lambda a, b, s: a / pixels(b, s), "pixels"),
    ("Conv2D", "gradient.W", lambda a, b, s: a[::-1, ::-1], "180 degrees"),
    ("Conv2D", "gradient.W", lambda a, b, s: a[:, ::-1], "backwards along kw"),
    ("Conv2D", "gradient.W", lambda a, b, s: a.transpose(3, 2, 0, 1), "(out, in, kh, kw)"),
    ("Conv2D", "output", lambda a, b, s: a.transpose(0, 3, 1, 2), "(n, c, h, w)"),
    ("Conv2D", "output", lambda a, b, s: a.transpose(0, 3, 1, 2).reshape(a.shape), "filled in the order (n, c, h, w)"),
    ("Conv2D", "output", lambda a, b, s: a[..., ::-1], "backwards along c"),
    ("Pool2D", "input_gradient", at_the_border, "first row or column|border"),
    ("BatchNorm", "input_gradient", lambda a, b, s: a * rows(b, s) / (rows(b, s) - 1) if rows(b, s) > 1 else a,
     "N/(N-1)"),
    ("Dropout", "output", lambda a, b, s: np.abs(a), "sign is lost"),
    ("ReLU", "input_gradient", where_zero, "only where x is exactly 0"),
    ("SoftmaxCrossEntropy", "gradient", lambda a, b, s: a * 5, "constant factor of 5"),
    ("Step", "rates", lambda a, b, s: a * 2, "factor of 2"),
]  # fmt: skip


@pytest.mark.parametrize(("pair", "quantity", "change", "says"), TRANSFORMS, ids=[f"{t[0]}-{t[3]}" for t in TRANSFORMS])
def test_a_transformation_is_named(pair, quantity, change, says):
    first = told(pair, (quantity, change))[0]
    assert first.quantities == (quantity,)
    assert any(text in first.says for text in says.split("|")), first
    assert first.matched == first.of


def test_a_factor_that_is_written_as_1_explains_nothing():
    assert told("FullyConnected", ("gradient.W", lambda a, b, s: a * 1.0000001)) == ()


def with_earlier_calls(combine):
    """FullyConnected's dW combined with that of the calls before, all of one shape."""
    pair, found = BY_NAME["FullyConnected"], []
    for case in pair.cases[:6]:
        expected = BENCH.expected(pair, case, "float64")
        trace, calls = dict(expected), [expected[f"{stage}.gradient.W"] for stage in STAGES]
        trace |= {f"{stage}.gradient.W": combine(calls[: i + 1]) for i, stage in enumerate(STAGES)}
        found.append(Wrong(case, trace, tuple(n for n in trace if not is_right(trace[n], expected[n]))))
    return explain(pair, found, BENCH)


def test_accumulated_gradients_are_named():
    """The bank knows one as well, with the same numbers."""
    assert with_earlier_calls(sum)[0].name in ("accumulated", "dense_dw_accumulates")


def test_the_previous_value_is_named():
    assert "the call before" in with_earlier_calls(lambda calls: calls[-2] if len(calls) > 1 else calls[0])[0].says


def test_two_faults_get_two_explanations_in_the_order_of_computation():
    found = told("FullyConnected", ("gradient.b", lambda a, b, s: a / rows(b, s)), ("gradient.W", lambda a, b, s: -a))
    assert [one.quantities for one in found] == [("gradient.W",), ("gradient.b",)]
    assert "sign" in found[0].says
    assert found[1].name == "dense_bias_gradient_batch_mean"


def test_a_fault_in_evaluation_says_so():
    change = lambda a, b, s: 3 * a if s == "evaluation" else a  # noqa: E731
    assert told("BatchNorm", ("output", change))[0].says.endswith("in evaluation")


def test_one_more_fault_in_one_case_is_counted_and_not_hidden():
    """15 cases are explained by a factor; a sixteenth holds noise beside it."""
    pair = BY_NAME["FullyConnected"]
    wrong = spoiled(pair, ("gradient.W", lambda a, b, s: 2 * a))
    odd = wrong[3]
    noisy = dict(odd.trace) | {"training.gradient.W": odd.trace["training.gradient.W"] + 0.1}
    wrong[3] = Wrong(odd.case, noisy, odd.quantities)
    first = explain(pair, wrong, BENCH)[0]
    assert "factor of 2" in first.says
    assert first.matched == first.of - 1


def with_masks_of_its_own(names, *, alike=False):
    """Dropout of p 0.5 whose named arrays were masked afresh: by a mask that nobody can know beforehand. alike: forward
    and backward by the same."""
    pair, found = BY_NAME["Dropout"], []
    for case in (case for case in pair.cases if case["p"] == 0.5 and case.name != "nan"):
        batch, expected = (trace(pair, case, "float64") for trace in (BENCH.batch, BENCH.expected))
        trace = dict(expected)
        for name in names:
            stage, quantity = name.split(".")
            whole = batch[f"{stage}.{'X' if quantity == 'output' else 'dLdY'}"]
            trace[name] = whole * 2 * (generator("own mask", stage if alike else name).random(whole.shape) < 0.6)
        found.append(Wrong(case, trace, names))
    return explain(pair, found, BENCH)


def test_masks_that_nobody_can_know_are_recognised():
    evaluation = with_masks_of_its_own(("evaluation.output", "evaluation.input_gradient"))
    assert evaluation[0].name == "dropout_active_in_evaluation"
    training = with_masks_of_its_own(tuple(f"{stage}.input_gradient" for stage in STAGES[:3]))
    assert training[0].name == "dropout_new_mask_backward"
    both = tuple(f"{stage}.{quantity}" for stage in STAGES[:2] for quantity in ("output", "input_gradient"))
    (kept,) = with_masks_of_its_own(both, alike=True)
    assert kept.name == "dropout_mask_kept"
    assert "self._draw(" in kept.line


def test_another_frameworks_convention_is_told_as_such():
    half = lambda a, b, s: np.where(b[f"{s}.X"] == 0, b[f"{s}.dLdY"] / 2, a)  # noqa: E731
    first = told("ReLU", ("input_gradient", half))[0]
    assert first.name == "relu_gradient_half_at_0"
    assert "JAX" in first.convention
    assert first.line == "self._on[some] = ~(X <= 0)  # True for NaN, which therefore passes, and its gradient with it"


def noise(kind, size):
    """An independent draw for every array."""

    def change(array, batch, stage):
        rng = generator(kind, str(size), str(array.shape), stage, str(array.ravel()[:1]))
        if array.dtype.kind != "f":
            return array
        spoilt = array.copy()
        if kind == "added":
            spoilt += size * rng.normal(size=array.shape)
        elif kind == "multiplied":
            spoilt *= 1 + size * rng.normal(size=array.shape)
        elif kind == "one element":
            spoilt.flat[rng.integers(array.size)] += size
        else:
            spoilt = rng.normal(size=array.shape)
        return spoilt

    return change


@pytest.mark.parametrize("pair", ["FullyConnected", "Conv2D", "Pool2D", "BatchNorm", "SoftMax", "Adam", "L2", "Step"])
@pytest.mark.parametrize(("kind", "size"), [("added", 1e-8), ("added", 1e-5), ("added", 0.1), ("multiplied", 1e-7),
                                            ("multiplied", 0.5), ("one element", 0.3), ("replaced", 1)])  # fmt: skip
def test_noise_is_not_explained(pair, kind, size):
    quantities = {quantity_of(n) for n in BENCH.expected(BY_NAME[pair], BY_NAME[pair].cases[0], "float64")}
    assert told(pair, *((quantity, noise(kind, size)) for quantity in quantities)) == ()
    one = min(quantities)
    assert told(pair, (one, noise(kind, size))) == ()


@pytest.mark.parametrize(("mode", "line"), [("max", "self._first_maximum("), ("average", "self._divisor, out=Y")])
def test_a_pool_is_compared_with_the_line_of_its_mode(mode, line):
    pair = BY_NAME["Pool2D"]
    wrong = spoiled(pair, ("output", lambda a, b, s: 3 * a))
    of_mode = [one for one in wrong if one.case.get("mode", "max") == mode]
    (first,) = explain(pair, of_mode, BENCH)
    assert line in first.line
    assert "self._first_maximum(" in explain(pair, wrong, BENCH)[0].line


def test_nothing_wrong_is_nothing_explained():
    assert explain(BY_NAME["ReLU"], [], BENCH) == ()


@pytest.mark.parametrize("key", REFERENCES, ids=["-".join(key) for key in REFERENCES])
def test_every_reference_is_one_line_of_our_code(key):
    reference = REFERENCES[key]
    assert reference.text in reference.line
    assert reference.place.startswith(f"scratch_nn/{reference.file}:")
    assert reference.rule


def test_importing_loads_neither_library():
    code = "import sys, parity_tests.explain; sys.exit(any(m in sys.modules for m in ('torch', 'scratch_nn')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
