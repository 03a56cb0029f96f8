"""All contestants of every kind of case give one answer, at odd sizes too, and a wrong one is refused."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from benchmarks import cases, contestant, steps
from benchmarks.contestant import (
    EVERY_OPTION,
    OURS,
    TORCH_CHANNELS_LAST,
    TORCH_NCHW,
    Case,
    Contestant,
    DifferentWork,
    require_same_answer,
)
from benchmarks.course import columns, layers, optimizers
from benchmarks.course.network import PER_PIXEL, PLAIN
from benchmarks.layers import layer_contestants
from benchmarks.torch_side import weights_of
from benchmarks.variants import Variant
from scratch_nn import Dropout, FullyConnected

FLAT, IMAGES = [TORCH_NCHW], [TORCH_NCHW, TORCH_CHANNELS_LAST]
PLAINLY, BOTH = [PLAIN.name], [PLAIN.name, PER_PIXEL.name]

KINDS = {  # PyTorch's layouts and the styles of course code that take part
    cases.fully_connected("dense", 5, 3, batch=4): (FLAT, PLAINLY),
    cases.conv("conv", 3, 4, 6, batch=2): (IMAGES, BOTH),
    cases.conv("conv_other_size", 3, 4, 5, batch=2, quick=False): (IMAGES, PLAINLY),
    cases.conv("conv_stride", 2, 3, 7, batch=3, stride=2): (IMAGES, BOTH),
    cases.batch_norm("norm", 3, 6, batch=2): (IMAGES, PLAINLY),
    cases.max_pool("max_pool", 3, 6, batch=2): (IMAGES, BOTH),
    cases.max_pool("max_pool_odd", 2, 7, batch=3): (IMAGES, BOTH),
    cases.average_pool("average_pool", 3, 6, batch=2): (IMAGES, BOTH),
    cases.average_pool("average_pool_odd", 3, 5, batch=2): (IMAGES, BOTH),
    cases.relu("relu", 3, 6, batch=2): (IMAGES, PLAINLY),
    cases.dropout("dropout", 64, batch=64): (FLAT, PLAINLY),
    cases.softmax_cross_entropy("loss", 5, batch=4): (FLAT, []),
    cases.mlp_inference("mlp_forward", batch=2): (FLAT, PLAINLY),
    cases.cnn_inference("cnn_forward", batch=2, size=8): (IMAGES, BOTH),
    cases.mlp_step("mlp", batch=2): (FLAT, PLAINLY),
    cases.cnn_step("cnn", batch=3, size=8): (IMAGES, BOTH),
    cases.cnn_step("cnn_wide_images", batch=2, size=24, styles=[PLAIN]): (IMAGES, PLAINLY),
}


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_contestants_do_the_same_work(case):
    torch, course = KINDS[case]
    contestants = case.build()
    ours = [OURS, EVERY_OPTION] if case.name.startswith(("mlp", "cnn")) else [OURS]  # networks have options
    assert sorted(one.name for one in contestants) == sorted([*ours, *torch, *course])
    assert contestants[0].name == OURS
    assert {one.name for one in contestants if not one.counted} == set(torch)
    require_same_answer(case.name, contestants)
    for one in contestants:
        one.run()


def test_a_step_is_compared_number_by_number():
    """Logits, loss, and for every layer gradients, updated parameters and running statistics."""
    (case,) = (case for case in KINDS if case.name == "cnn")
    names = contestant.answer_of(case.build()[0]).keys()
    dense_and_norm = [f"layers.{i}.{key}" for i in (13, 16, 18) for key in "Wb"]
    dense_and_norm += [f"layers.{i}.{key}" for i in (1, 5, 9) for key in ("gamma", "beta")]
    convolutions = [f"layers.{i}.W" for i in (0, 4, 8)]
    biases = [f"layers.{i}.b" for i in (0, 4, 8)]  # before a batch norm: their gradients are 0
    statistics = [f"layers.{i}.running_{key}" for i in (1, 5, 9) for key in ("mean", "var")]
    assert names == {
        *("logits", "loss"),
        *(f"gradient {name}" for name in dense_and_norm + convolutions),
        *(f"updated {name}" for name in dense_and_norm + convolutions + biases),
        *(f"state {name}" for name in statistics),
    }


# ---- a wrong one is refused


def contestant_of(name, Y, dtype=np.float32):
    return Contestant(name, lambda: None, lambda: {"Y": np.array(Y, dtype=dtype)})


@pytest.mark.parametrize("other", [[1.0, 2.001], [1.0, np.nan], [1.0], [[1.0, 2.0]]])
def test_another_answer_is_refused(other):
    with pytest.raises(DifferentWork, match="odd: Y of ours and of plain differ"):
        require_same_answer("odd", [contestant_of(OURS, [1.0, 2.0]), contestant_of("plain", other)])


def test_float64_answers_are_held_to_more_digits_than_float32_ones():
    near, types = [1.0, 2.00001], (np.float32, np.float64)
    single, double = ([contestant_of(OURS, [1.0, 2.0], t), contestant_of("plain", near, t)] for t in types)
    require_same_answer("near", single)
    with pytest.raises(DifferentWork):
        require_same_answer("near", double)
    with pytest.raises(DifferentWork):
        require_same_answer("mixed", [single[0], double[0]])


WRONG = [  # what goes wrong in a course layer, and the first number that shows it
    (columns.Convolution, "backward", lambda dX: 1.001 * dX, "gradient layers.0.W|gradient layers.1|gradient layers.4"),
    (layers.BatchNorm, "forward", lambda Y: Y + 0.01, "logits"),
    (layers.Dense, "backward", lambda dX: -dX, "gradient layers"),
]


@pytest.mark.parametrize(("kind", "method", "spoil", "shown"), WRONG, ids=["convolution", "norm", "dense"])
def test_a_wrong_layer_in_a_step_is_noticed(kind, method, spoil, shown, monkeypatch):
    right = getattr(kind, method)
    monkeypatch.setattr(kind, method, lambda self, *a, **k: spoil(right(self, *a, **k)))
    case = cases.cnn_step("cnn", batch=2, size=8, styles=[PLAIN])
    with pytest.raises(DifferentWork, match=shown):
        require_same_answer(case.name, case.build())


def test_an_optimiser_that_forgets_its_weight_decay_is_noticed(monkeypatch):
    right = optimizers.SGD.__init__
    monkeypatch.setattr(optimizers.SGD, "__init__", lambda self, lr, momentum, _: right(self, lr, momentum, 0))
    case = cases.cnn_step("cnn", batch=2, size=8, styles=[PLAIN])
    with pytest.raises(DifferentWork, match=r"updated layers\.0\.W of ours and of plain"):
        require_same_answer(case.name, case.build())


def test_a_dropout_with_a_new_mask_in_backward_is_noticed(monkeypatch):
    def forgets(self, dLdY):
        return dLdY * (np.random.default_rng(1).random(dLdY.shape) < 0.5) * np.float32(2)

    monkeypatch.setattr(layers.Dropout, "backward", forgets)
    with pytest.raises(DifferentWork, match="changed in backward"):
        require_same_answer("dropout", layer_contestants(Dropout(0.5), nn.Dropout(0.5), (64, 64), (), [PLAIN]))


def test_gradients_of_a_layer_are_compared(monkeypatch):
    def forgets_b(self, dLdY):
        self.gradients = {"W": self.X.T @ dLdY, "b": 0 * dLdY[:1]}
        return dLdY @ self.parameters["W"].T

    monkeypatch.setattr(layers.Dense, "backward", forgets_b)
    contestants = layer_contestants(FullyConnected(3), nn.Linear(4, 3), (5, 4), weights_of("FullyConnected"), [PLAIN])
    with pytest.raises(DifferentWork, match="dense: b of ours and of plain"):
        require_same_answer("dense", contestants)


# ---- options


def test_a_variant_of_ours_is_one_more_contestant_and_runs_with_its_options(monkeypatch):
    log = []

    @contextmanager
    def options():
        log.append("on")
        yield
        log.append("off")

    monkeypatch.setattr(steps, "VARIANTS", (steps.VARIANTS[0], Variant(EVERY_OPTION, options)))
    for case in (cases.mlp_step("step", batch=2), cases.mlp_inference("forward", batch=2)):
        ours, every_option, *_ = case.build()
        assert (ours.name, every_option.name) == (OURS, EVERY_OPTION)
        require_same_answer(case.name, [ours, replace(every_option, run=log.clear)])
        assert log == ["on", "off"]
        log.clear()


def test_a_variant_that_changes_the_answer_is_refused(monkeypatch):
    @contextmanager
    def options():
        with monkeypatch.context() as patch:
            patch.setattr(steps, "one_step", lambda network, X, Y: 0.0)
            yield

    monkeypatch.setattr(steps, "VARIANTS", (steps.VARIANTS[0], Variant(EVERY_OPTION, options)))
    case: Case = cases.mlp_step("step", batch=2)
    with pytest.raises(DifferentWork, match="ours_every_option"):
        require_same_answer(case.name, case.build())
