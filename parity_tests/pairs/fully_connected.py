"""FullyConnected beside torch.nn.Linear, with each activation fused."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from parity_tests import inputs
from parity_tests.layout import Layout, Weight
from parity_tests.pair import Case, Pair, Refusal
from parity_tests.pairs.activations import fused, torch_fused, upstream_terms, without_activation


def ours(snn: ModuleType, case: Case):
    return snn.FullyConnected(case["n_out"], activation=fused(snn, case))


def theirs(torch: ModuleType, case: Case):
    linear = torch.nn.Linear(case.shape[1], case["n_out"])
    return torch.nn.Sequential(linear, torch_fused(torch, case))


def _built(snn: ModuleType):
    """A layer of 7 inputs and 5 outputs after one forward."""
    layer = snn.FullyConnected(5)
    layer.forward(np.ones((3, 7)))
    return layer


def _wrong_weight(snn: ModuleType) -> None:
    layer = _built(snn)
    layer.parameters["W"] = layer.parameters["W"].T
    layer.forward(np.ones((3, 7)))


FULLY_CONNECTED = Pair(
    "FullyConnected",
    "layer",
    ours,
    theirs,
    weights=(Weight("W", "0.weight", Layout("m d -> d m")), Weight("b", "0.bias", Layout("m -> 1 m"))),
    linear=lambda case: case.get("activation", "Linear") == "Linear",
    linear_part=without_activation,
    upstream_terms=upstream_terms,
    cases=(
        Case("n4_d7_m5", (4, 7), {"n_out": 5}),
        Case("square", (3, 6), {"n_out": 6}),  # dW of the wrong orientation has the right shape here
        Case("one_row", (1, 7), {"n_out": 5}),
        Case("one_input", (4, 1), {"n_out": 3}),
        Case("one_output", (4, 6), {"n_out": 1}),
        Case("one_of_everything", (1, 1), {"n_out": 1}),
        Case("digits", (5, 64), {"n_out": 3}, inputs=inputs.digits),
        Case("offset_30", (6, 9), {"n_out": 4}, inputs=inputs.offset),
        Case("nan", (3, 5), {"n_out": 4}, inputs=inputs.with_nan, smooth=False),
        Case("many_rows", (4096, 3), {"n_out": 2, "activation": "ReLU"}, smooth=False),  # float32 sums: digits kept
        Case("many_rows_plain", (4096, 3), {"n_out": 2}, smooth=False),
        Case("wide", (20, 300), {"n_out": 150}, smooth=False),
        Case("relu", (4, 7), {"n_out": 5, "activation": "ReLU"}),
        Case("leaky_relu", (3, 8), {"n_out": 5, "activation": "LeakyReLU"}),
        Case("sigmoid", (4, 6), {"n_out": 5, "activation": "Sigmoid"}),
        Case("tanh", (5, 6), {"n_out": 4, "activation": "Tanh"}),
        Case("softmax", (4, 5), {"n_out": 7, "activation": "SoftMax"}),
        Case("relu_digits", (6, 64), {"n_out": 3, "activation": "ReLU"}, inputs=inputs.digits),
        *(  # an activation that is cut off, at 6 or at 20
            Case(f"{name}_plus_minus_1000", (4, 7), {"n_out": 5, "activation": kind}, inputs=inputs.huge, smooth=False)
            for name, kind in (("relu", "ReLU"), ("leaky_relu", "LeakyReLU"))
        ),
    ),
    refusals=(
        Refusal("images", lambda snn: snn.FullyConnected(5).forward(np.ones((2, 4, 4, 3))),
                ("FullyConnected", "(N, D)", "(2, 4, 4, 3)", "Flatten()")),
        Refusal("other_number_of_inputs", lambda snn: _built(snn).forward(np.ones((3, 8))),
                ("FullyConnected", "(N, 7)", "(3, 8)", "features")),
        Refusal("one_example_without_batch", lambda snn: _built(snn).forward(np.ones(7)),
                ("FullyConnected", "(N, 7)", "(7,)")),
        Refusal("transposed_weight", _wrong_weight,
                ("FullyConnected", "parameters['W']", "(7, 5)", "(5, 7)", "layout")),
        Refusal("activation_by_name", lambda snn: snn.FullyConnected(5, activation="relu"),
                ("FullyConnected", "activation", "'relu'", "from_config"), TypeError),
        Refusal("activation_class", lambda snn: snn.FullyConnected(5, activation=snn.ReLU),
                ("FullyConnected", "activation", "ReLU", "object"), TypeError),
        Refusal("no_outputs", lambda snn: snn.FullyConnected(0),
                ("FullyConnected", "n_out", "at least 1", "0", "Give n_out >= 1")),
        Refusal("true_outputs", lambda snn: snn.FullyConnected(True), ("FullyConnected", "n_out", "True")),
        Refusal("fractional_outputs", lambda snn: snn.FullyConnected(2.5), ("FullyConnected", "n_out", "2.5")),
        Refusal("integers", lambda snn: snn.FullyConnected(5).forward(np.ones((2, 3), dtype=int)),
                ("FullyConnected", "float32 or float64", "int64", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.FullyConnected(5).backward(np.ones((2, 5))),
                ("FullyConnected", "before forward"), RuntimeError),
        Refusal("upstream_of_another_shape", lambda snn: _built(snn).backward(np.ones((3, 1))),
                ("FullyConnected", "dLdY of shape (3, 5)", "(3, 1)")),
    ),
)  # fmt: skip

PAIRS = (FULLY_CONNECTED,)
