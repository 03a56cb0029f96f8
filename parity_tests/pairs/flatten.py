"""Flatten beside torch.nn.Flatten, which sees channels first and so puts the features in the order (c, h, w)."""

from __future__ import annotations

import numpy as np

from parity_tests import inputs
from parity_tests.layout import AsTheyAre, Layout
from parity_tests.pair import Case, Pair, Refusal


def output_layout(input_shape: tuple[int, ...]) -> Layout | AsTheyAre:
    if len(input_shape) != 4:
        return AsTheyAre()
    return Layout("n (c h w) -> n (h w c)", {"h": input_shape[1], "w": input_shape[2]})


FLATTEN = Pair(
    "Flatten",
    "layer",
    ours=lambda snn, case: snn.Flatten(),
    theirs=lambda torch, case: torch.nn.Flatten(),
    output_layout=output_layout,
    linear=lambda case: True,
    cases=(
        Case("images", (2, 3, 4, 5)),
        Case("one_channel", (3, 4, 2, 1)),
        Case("one_pixel", (4, 1, 1, 6)),
        Case("one_image", (1, 5, 3, 2)),
        Case("rows", (4, 7)),
        Case("sequence", (2, 3, 5)),
        Case("digits", (3, 8, 8, 2), inputs=inputs.digits),
        Case("nan", (2, 3, 4, 2), inputs=inputs.with_nan, smooth=False),
    ),
    refusals=(
        Refusal("no_rows", lambda snn: snn.Flatten().forward(np.ones((0, 2, 3))),
                ("Flatten", "at least one row", "(0, 2, 3)")),
        Refusal("integers", lambda snn: snn.Flatten().forward(np.ones((2, 3, 4), dtype=int)),
                ("Flatten", "float32 or float64", "int64", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.Flatten().backward(np.ones((2, 12))),
                ("Flatten", "before forward"), RuntimeError),
        Refusal("upstream_of_input_shape", lambda snn: _forward_then_unflattened(snn),
                ("Flatten", "dLdY of shape (2, 12)", "(2, 3, 4)")),
    ),
)  # fmt: skip


def _forward_then_unflattened(snn) -> None:
    layer = snn.Flatten()
    layer.forward(np.ones((2, 3, 4)))
    layer.backward(np.ones((2, 3, 4)))


PAIRS = (FLATTEN,)
