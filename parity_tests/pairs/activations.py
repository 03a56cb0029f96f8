"""Activations beside their torch.nn modules. An activation fused into a layer is named by these too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests import inputs
from parity_tests.pair import Case, Pair, Refusal

TORCH = {
    "Linear": lambda torch, case: torch.nn.Identity(),
    "ReLU": lambda torch, case: torch.nn.ReLU(),
    "LeakyReLU": lambda torch, case: torch.nn.LeakyReLU(negative_slope=case.get("slope", 0.01)),
    "Sigmoid": lambda torch, case: torch.nn.Sigmoid(),
    "Tanh": lambda torch, case: torch.nn.Tanh(),
    "SoftMax": lambda torch, case: torch.nn.Softmax(dim=1 if len(case.shape) == 4 else -1),  # channels are axis 1 there
}


def fused(snn, case: Case):
    """The activation object of a case that names one, for `activation=`."""
    return getattr(snn, case.get("activation", "Linear"))()


def torch_fused(torch, case: Case):
    """Its torch.nn module."""
    return TORCH[case.get("activation", "Linear")](torch, case)


def without_activation(case: Case) -> Case:
    """The same layer, linear."""
    return replace(case, arguments={key: value for key, value in case.arguments.items() if key != "activation"})


def upstream_terms(case: Case, dLdY: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """|dL/dZ|, or the sum of what is subtracted in it, behind the activation of a case."""
    u = np.abs(dLdY)
    return {
        "ReLU": lambda: u * (Y > 0),
        "LeakyReLU": lambda: u * np.where(Y > 0, 1, 0.01),
        "Sigmoid": lambda: sigmoid_terms(dLdY, Y),
        "Tanh": lambda: tanh_terms(dLdY, Y),
        "SoftMax": lambda: softmax_terms(dLdY, Y),
    }[case["activation"]]()


def sigmoid_terms(dLdY: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return np.abs(dLdY) * (Y + Y * Y)  # dy (y - y²)


def tanh_terms(dLdY: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return np.abs(dLdY) * (1 + Y * Y)  # dy (1 - y²)


def softmax_terms(dLdY: np.ndarray, Y: np.ndarray) -> np.ndarray:
    return Y * (np.abs(dLdY) + (np.abs(dLdY) * Y).sum(axis=-1, keepdims=True))


SHAPES = {"n4_d7": (4, 7), "one_row": (1, 6), "images": (2, 4, 5, 3), "sequence": (3, 4, 5)}


def activation(
    name: str, *more: Case, smooth_at=inputs.distinct, gradient_terms=None, refusals: tuple[Refusal, ...] = ()
) -> Pair:
    """The pair of an activation that works element by element or over the last axis, in the cases that all share."""
    cases = (
        *(Case(label, shape, inputs=smooth_at) for label, shape in SHAPES.items()),
        Case("digits", (3, 64), inputs=inputs.digits, smooth=False),
        Case("nan", (3, 5), inputs=inputs.with_nan, smooth=False),
        *more,
    )
    return Pair(
        name,
        "layer",
        ours=lambda snn, case: getattr(snn, name)(**case.arguments),
        theirs=lambda torch, case: TORCH[name](torch, case),
        cases=cases,
        gradient_terms=gradient_terms,
        refusals=(
            Refusal("integers", lambda snn: getattr(snn, name)().forward(np.array([[1, -2]])),
                    (name, "float32 or float64", "int64", "astype"), TypeError),
            Refusal("half_precision", lambda snn: getattr(snn, name)().forward(np.ones((2, 3), np.float16)),
                    (name, "float32 or float64", "float16", "astype"), TypeError),
            Refusal("single_number", lambda snn: getattr(snn, name)().forward(np.array(1.0)),
                    (name, "at least one row", "()", "x[None]")),
            Refusal("list", lambda snn: getattr(snn, name)().forward([[1.0, -2.0]]),
                    (name, "NumPy array", "list", "np.asarray"), TypeError),
            Refusal("no_rows", lambda snn: getattr(snn, name)().forward(np.zeros((0, 3))),
                    (name, "at least one row", "(0, 3)")),
            Refusal("backward_first", lambda snn: getattr(snn, name)().backward(np.zeros((2, 3))),
                    (name, "before forward", "forward(X)"), RuntimeError),
            Refusal("upstream_of_another_shape", lambda snn: _forward_then(getattr(snn, name)(), np.ones((2, 1))),
                    (name, "dLdY of shape (2, 3)", "(2, 1)", "output of the last forward")),
            Refusal("upstream_list", lambda snn: _forward_then(getattr(snn, name)(), [[1.0]]),
                    (name, "dLdY to be a NumPy array", "list", "np.asarray"), TypeError),
            Refusal("upstream_of_another_type", lambda snn: _forward_then(getattr(snn, name)(), np.ones((2, 3), "f4")),
                    (name, "float64", "float32", "astype"), TypeError),
            *refusals,
        ),
    )  # fmt: skip


def _forward_then(layer, dLdY: np.ndarray) -> None:
    layer.forward(np.ones((2, 3)) + np.eye(2, 3))
    layer.backward(dLdY)


KINKS = Case("kinks", (4, 7), inputs=inputs.kinks, smooth=False)
INFINITE = Case("infinite", (3, 4), inputs=inputs.with_infinity, smooth=False)
PLUS_MINUS_1000 = Case("plus_minus_1000", (4, 5), inputs=inputs.huge, smooth=False)  # overflow; a ReLU cut off at 6

PAIRS = (
    activation("Linear", KINKS, PLUS_MINUS_1000),
    activation(
        "ReLU", KINKS, INFINITE, PLUS_MINUS_1000, Case("all_off", (3, 4), inputs=inputs.negative, vanishing=("*",))
    ),
    activation(
        "LeakyReLU",
        KINKS,
        INFINITE,
        PLUS_MINUS_1000,
        Case("slope_0.3", (4, 7), {"slope": 0.3}, inputs=inputs.distinct),
        Case("slope_2", (4, 7), {"slope": 2.0}, inputs=inputs.distinct),  # max(x, slope x) is another function here
        Case("slope_0", (4, 7), {"slope": 0.0}, inputs=inputs.kinks, smooth=False),
        Case("slope_negative", (4, 7), {"slope": -0.5}, inputs=inputs.kinks, smooth=False),
    ),
    activation(
        "Sigmoid",
        INFINITE,
        PLUS_MINUS_1000,
        Case("saturated", (3, 4), inputs=inputs.saturated, smooth=False, vanishing=("*gradient*",)),
        smooth_at=inputs.normal,
        gradient_terms=sigmoid_terms,
    ),
    activation(
        "Tanh",
        INFINITE,
        Case("saturated", (3, 4), inputs=inputs.saturated, smooth=False, vanishing=("*gradient*",)),
        smooth_at=inputs.normal,
        gradient_terms=tanh_terms,
    ),
    activation(
        "SoftMax",
        PLUS_MINUS_1000,
        Case("equal_logits", (3, 4), inputs=inputs.constant_rows),
        Case("offset_30", (3, 5), inputs=inputs.offset),
        Case("two_classes", (5, 2)),
        smooth_at=inputs.normal,
        refusals=(
            Refusal(
                "batch_of_numbers",
                lambda snn: snn.SoftMax().forward(np.ones(3)),
                ("SoftMax", "(N, ..., C)", "(3,)", "must not be the batch"),
            ),
        ),
        gradient_terms=softmax_terms,
    ),
)
