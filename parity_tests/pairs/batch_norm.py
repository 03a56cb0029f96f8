"""BatchNorm beside torch.nn.BatchNorm1d for (N, D) and torch.nn.BatchNorm2d for images."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from parity_tests import inputs
from parity_tests.layout import Layout, Weight
from parity_tests.pair import Case, Pair, Refusal

ROW = Layout("c -> 1 c")


def theirs(torch: ModuleType, case: Case):
    make = torch.nn.BatchNorm2d if len(case.shape) == 4 else torch.nn.BatchNorm1d
    return make(case.shape[-1], **case.arguments)


def parameter(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Scales of both signs clear of 0, a positive variance, a count of batches that is 0 in some cases, 4 in others."""
    if name == "num_batches_tracked":
        return np.array(rng.spawn(1)[0].choice([0, 4]))  # at 0 the first batch weighs what the momentum says, no more
    if name == "running_var":
        return rng.uniform(0.5, 2.0, size=shape)
    return inputs.distinct(shape, rng) if name == "gamma" else rng.normal(size=shape)


def dead(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal numbers; the first channel is 0 all over, as behind a ReLU that is off, the second has variance 1e-6."""
    X = rng.normal(size=shape)
    X[..., :2] *= [0, 1e-3]
    return X


def _built(snn: ModuleType, shape: tuple[int, ...] = (4, 5, 6, 3)):
    layer = snn.BatchNorm()
    layer.forward(np.random.default_rng(0).normal(size=shape))
    return layer


BATCH_NORM = Pair(
    "BatchNorm",
    "layer",
    ours=lambda snn, case: snn.BatchNorm(**case.arguments),
    theirs=theirs,
    weights=(Weight("gamma", "weight", ROW), Weight("beta", "bias", ROW)),
    state=(
        Weight("running_mean", "running_mean", ROW),
        Weight("running_var", "running_var", ROW),
        Weight("num_batches_tracked", "num_batches_tracked", Layout("->")),
    ),
    parameter=parameter,
    fresh=lambda X, case: X / np.sqrt(1 + case.get("eps", 1e-5)),  # mean 0, variance 1, gamma 1, beta 0
    cases=(
        Case("n5_d3", (5, 3)),
        Case("n4_h5_w6_c3", (4, 5, 6, 3)),
        Case("one_image", (1, 4, 5, 2)),
        Case("one_channel", (3, 4, 5, 1)),
        Case("1x1_images", (6, 1, 1, 4)),
        Case("one_feature", (7, 1)),
        Case("three_rows", (3, 4)),
        Case("many_rows", (64, 2)),
        Case("many_pixels", (8, 24, 24, 2), smooth=False),
        Case("from_the_start", (6, 3), from_start=True),  # 0 and 1 weigh as much as any other
        Case("eps_0.1", (5, 4), {"eps": 0.1}),
        Case("eps_0.1_images", (3, 4, 5, 2), {"eps": 0.1}),
        Case("momentum_0.7", (4, 3, 5, 2), {"momentum": 0.7}),
        Case("momentum_0", (5, 4), {"momentum": 0.0}),  # keeps the statistics; it does not mean None
        Case("momentum_1", (5, 4), {"momentum": 1.0}),
        Case("momentum_none", (6, 4), {"momentum": None}),
        Case("offset_30", (6, 4, 3, 2), inputs=inputs.offset),
        Case("digits", (5, 8, 8, 3), inputs=inputs.digits),
        Case("digits_16x12", (3, 16, 12, 2), inputs=inputs.digits),
        Case("dead_channel", (6, 4), inputs=dead, smooth=False),  # variance 0: s is 1 / sqrt(ε), and its dx is not 0
        Case("dead_channel_images", (3, 4, 5, 3), inputs=dead, smooth=False),
        Case("nan", (4, 5), inputs=inputs.with_nan, smooth=False),
    ),
    refusals=(
        Refusal("one_value_per_channel", lambda snn: snn.BatchNorm().forward(np.ones((1, 3)), training=True),
                ("BatchNorm", "more than one value per channel", "(1, 3)", "larger batch")),
        Refusal("one_pixel", lambda snn: snn.BatchNorm().forward(np.ones((1, 1, 1, 3)), training=True),
                ("BatchNorm", "more than one value per channel", "(1, 1, 1, 3)")),
        Refusal("channels_first", lambda snn: _built(snn).forward(np.ones((4, 3, 5, 6))),
                ("BatchNorm", "(N, H, W, 3)", "(4, 3, 5, 6)", "Channels first", "transpose(0, 2, 3, 1)")),
        Refusal("other_number_of_features", lambda snn: _built(snn, (4, 5)).forward(np.ones((4, 6))),
                ("BatchNorm", "(N, 5)", "(4, 6)", "last axis")),
        Refusal("three_axes", lambda snn: snn.BatchNorm().forward(np.ones((2, 3, 4))),
                ("BatchNorm", "(N, D) or (N, H, W, C)", "(2, 3, 4)")),
        Refusal("integers", lambda snn: snn.BatchNorm().forward(np.ones((4, 3), dtype=int)),
                ("BatchNorm", "float32 or float64", "int64", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.BatchNorm().backward(np.ones((4, 3))),
                ("BatchNorm", "before forward"), RuntimeError),
    ),
)  # fmt: skip

PAIRS = (BATCH_NORM,)
