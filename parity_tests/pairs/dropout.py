"""Dropout beside the real torch.nn.Dropout: the mask is PyTorch's own, read by replaying its generator."""

from __future__ import annotations

import numpy as np

from parity_tests import inputs
from parity_tests.pair import Case, Pair, Refusal

DROPOUT = Pair(
    "Dropout",
    "layer",
    ours=lambda snn, case: snn.Dropout(case["p"]),
    theirs=lambda torch, case: torch.nn.Dropout(case["p"]),
    linear=lambda case: case["p"] < 1,
    cases=(
        Case("p_0.5", (4, 7), {"p": 0.5}),
        Case("p_0.2", (5, 6), {"p": 0.2}),
        Case("p_0.9", (6, 8), {"p": 0.9}),
        Case("p_0", (3, 5), {"p": 0.0}),
        Case("p_1", (3, 5), {"p": 1.0}, vanishing=("training.*", "second_batch.*", "third_batch.*")),
        Case("images", (3, 4, 5, 2), {"p": 0.4}),
        Case("one_row", (1, 9), {"p": 0.3}),
        Case("digits", (4, 64), {"p": 0.5}, inputs=inputs.digits),
        Case("nan", (3, 6), {"p": 0.5}, inputs=inputs.with_nan, smooth=False),
    ),
    refusals=(
        Refusal("p_above_1", lambda snn: snn.Dropout(1.5), ("Dropout", "between 0 and 1", "1.5", "dropping")),
        Refusal("p_below_0", lambda snn: snn.Dropout(-0.1), ("Dropout", "between 0 and 1", "-0.1", "dropping")),
        Refusal("p_nan", lambda snn: snn.Dropout(float("nan")), ("Dropout", "between 0 and 1", "nan")),
        Refusal("integers", lambda snn: snn.Dropout(0.5).forward(np.ones((2, 3), dtype=int), training=True),
                ("Dropout", "float32 or float64", "int64", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.Dropout(0.5).backward(np.ones((2, 3))),
                ("Dropout", "before forward"), RuntimeError),
    ),
)  # fmt: skip

PAIRS = (DROPOUT,)
