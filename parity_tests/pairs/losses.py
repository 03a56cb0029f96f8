"""Losses beside torch.nn's: CrossEntropy, SoftmaxCrossEntropy, L2."""

from __future__ import annotations

import numpy as np

from parity_tests import inputs
from parity_tests.pair import Case, Pair, Refusal


def one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


def mixtures(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Target probabilities, as label smoothing and distillation have them."""
    return probabilities(shape, rng)


def doubled(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Rows that sum to 2: the gradient by a logit is p Σ y - y, not p - y."""
    return 2 * probabilities(shape, rng)


def probabilities(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Rows that sum to 1, every entry above 0."""
    raw = rng.uniform(0.05, 1.0, size=shape)
    return raw / raw.sum(axis=1, keepdims=True)


def confident(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Rows that sum to 1, most of them near 0 or 1: nothing may be clipped."""
    raw = 10.0 ** rng.uniform(-12, 0, size=shape)
    return raw / raw.sum(axis=1, keepdims=True)


def _refusals(name: str, classes: bool) -> tuple[Refusal, ...]:
    def loss(snn):
        return getattr(snn, name)()

    ones = np.ones((4, 3))
    shared = (
        Refusal("one_column_against_row", lambda snn: loss(snn).forward(np.ones(4), np.ones((4, 1))),
                (name, "(4, 1)", "(4,)")),
        Refusal("backward_of_other_shape", lambda snn: loss(snn).backward(np.ones((4, 2)), ones),
                (name, "(4, 3)", "(4, 2)")),
        Refusal("integers", lambda snn: loss(snn).forward(ones, np.ones((4, 3), dtype=int)),
                (name, "float32 or float64", "int64", "astype"), TypeError),
        Refusal("list", lambda snn: loss(snn).forward([[1.0]], np.ones((1, 1))), (name, "(1, 1)", "list")),
        Refusal("empty", lambda snn: loss(snn).forward(np.ones((0, 3)), np.ones((0, 3))), (name, "not empty")),
    )  # fmt: skip
    labels = Refusal("class_numbers", lambda snn: loss(snn).forward(np.array([0, 2, 1, 1]), ones),
                     (name, "(4, 3)", "(4,)", "one_hot"))  # fmt: skip
    images = Refusal("images", lambda snn: loss(snn).forward(np.ones((2, 2, 2, 3)), np.ones((2, 2, 2, 3))),
                     (name, "(N, C)", "(2, 2, 2, 3)"))  # fmt: skip
    one_axis = Refusal("one_axis", lambda snn: loss(snn).forward(np.ones(3), np.ones(3)), (name, "(N, C)", "(3,)"))
    return (*shared, labels, images, one_axis) if classes else shared


def _case(name: str, shape: tuple[int, ...], draw, targets, **more) -> Case:
    return Case(name, shape, {"targets": targets}, inputs=draw, **more)


def _cross_entropy(torch, case: Case):
    if case["targets"] is one_hot:
        return lambda p, Y: torch.nn.NLLLoss()(torch.log(p), Y.argmax(dim=1))
    return lambda p, Y: -(Y * torch.log(p)).sum() / len(p)


def _softmax_cross_entropy(torch, case: Case):
    if case["targets"] is one_hot:
        return lambda z, Y: torch.nn.CrossEntropyLoss()(z, Y.argmax(dim=1))
    return lambda z, Y: torch.nn.CrossEntropyLoss()(z, Y)


PAIRS = (
    Pair(
        "CrossEntropy",
        "loss",
        ours=lambda snn, case: snn.CrossEntropy(),
        theirs=_cross_entropy,
        refusals=_refusals("CrossEntropy", classes=True),
        cases=(
            _case("n4_c3", (4, 3), probabilities, one_hot),
            _case("n5_c10", (5, 10), probabilities, one_hot),
            _case("one_row", (1, 4), probabilities, one_hot),
            _case("two_classes", (6, 2), probabilities, one_hot),
            _case("square", (5, 5), probabilities, one_hot),
            _case("mixed_targets", (4, 6), probabilities, mixtures),
            _case("confident", (5, 4), confident, one_hot, smooth=False),
            _case("confidently_wrong", (60, 3), confident, one_hot, smooth=False),
            _case("not_normalised", (4, 5), lambda shape, rng: 3 * probabilities(shape, rng), one_hot),
        ),
    ),
    Pair(
        "SoftmaxCrossEntropy",
        "loss",
        ours=lambda snn, case: snn.SoftmaxCrossEntropy(),
        theirs=_softmax_cross_entropy,
        refusals=_refusals("SoftmaxCrossEntropy", classes=True),
        cases=(
            _case("n4_c3", (4, 3), inputs.normal, one_hot),
            _case("n5_c10", (5, 10), inputs.normal, one_hot),
            _case("one_row", (1, 4), inputs.normal, one_hot),
            _case("two_classes", (6, 2), inputs.normal, one_hot),
            _case("square", (5, 5), inputs.normal, one_hot),
            _case("mixed_targets", (4, 6), inputs.normal, mixtures),
            _case("targets_not_normalised", (4, 3), inputs.normal, doubled),
            _case("offset_30", (5, 4), inputs.offset, one_hot),
            _case("plus_minus_1000", (6, 4), inputs.huge, one_hot, smooth=False),
            _case("digits", (7, 64), inputs.digits, one_hot),
            _case("nan", (4, 5), inputs.with_nan, one_hot, smooth=False, not_finite=("value",)),
        ),
    ),
    Pair(
        "L2",
        "loss",
        ours=lambda snn, case: snn.L2(),
        theirs=lambda torch, case: lambda Y_hat, Y: torch.nn.MSELoss()(Y_hat, Y),
        refusals=_refusals("L2", classes=False),
        cases=(
            _case("n4_d3", (4, 3), inputs.normal, inputs.normal),
            _case("one_column", (6, 1), inputs.normal, inputs.normal),
            _case("one_row", (1, 5), inputs.normal, inputs.normal),
            _case("one_axis", (7,), inputs.normal, inputs.normal),
            _case("sequence", (2, 3, 4), inputs.normal, inputs.normal),
            _case("offset_30", (5, 4), inputs.offset, inputs.offset),
            _case("one_hot", (5, 6), inputs.normal, one_hot),
            _case("plus_minus_1000", (6, 4), inputs.huge, inputs.normal, smooth=False),  # no straight line, as Huber's
            _case("digits", (4, 64), inputs.digits, inputs.normal),
            _case("nan", (4, 5), inputs.with_nan, inputs.normal, smooth=False, not_finite=("value",)),
        ),
    ),
)
