"""Pool2D beside torch.nn.MaxPool2d and torch.nn.AvgPool2d."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from parity_tests import inputs
from parity_tests.pair import Case, Pair, Refusal


def ours(snn: ModuleType, case: Case):
    return snn.Pool2D(case["kernel"], **{key: value for key, value in case.arguments.items() if key != "kernel"})


def theirs(torch: ModuleType, case: Case):
    settings = {"stride": case.get("stride", None), "padding": case.get("pad", 0)}
    settings["ceil_mode"] = case.get("ceil_mode", False)
    if case.get("mode", "max") == "max":
        return torch.nn.MaxPool2d(case["kernel"], **settings)
    return torch.nn.AvgPool2d(case["kernel"], **settings, count_include_pad=case.get("count_include_pad", True))


def far_below(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Distinct numbers of -5000 to -1000: a maximum that starts from -100 or -999 meets none of them."""
    return 1000 * (inputs.distinct(shape, rng) - 3)


def _case(name: str, shape: tuple[int, ...], kernel: int | tuple[int, int], draw=inputs.distinct, **settings) -> Case:
    average = settings.get("mode") == "average"
    smooth = average if draw is not inputs.distinct else True
    return Case(name, shape, {"kernel": kernel, **settings}, inputs=draw, smooth=smooth and draw is not inputs.with_nan)


MAX = (
    _case("2x2", (2, 6, 4, 3), 2),
    _case("leaves_a_row", (2, 5, 7, 3), 2),
    _case("1x1", (2, 3, 4, 2), 1),
    _case("1x1_stride_2", (2, 5, 4, 2), 1, stride=2),
    _case("whole_image", (2, 4, 3, 3), (4, 3)),
    _case("one_row_one_channel", (1, 4, 6, 1), 2),
    _case("non_square", (2, 6, 7, 2), (3, 2)),
    _case("oblong", (2, 6, 7, 2), (2, 3), stride=2),  # tap t is at (t // 3, t % 3), not (t // 2, t % 2)
    _case("overlapping", (2, 6, 5, 2), 3, stride=1),
    _case("overlapping_stride_2", (2, 7, 6, 2), 3, stride=2),
    _case("strides_differ", (2, 6, 7, 2), (2, 3), stride=(1, 2)),
    _case("stride_beyond_kernel", (2, 8, 7, 2), 2, stride=3),
    _case("padded", (2, 6, 5, 2), 3, stride=2, pad=1),
    _case("pads_differ", (2, 5, 6, 2), (2, 4), stride=2, pad=(1, 2)),
    _case("ceil_mode", (2, 6, 5, 2), 3, stride=2, ceil_mode=True),
    _case("ceil_mode_padded", (2, 6, 8, 2), 3, stride=2, pad=1, ceil_mode=True),
    _case("ceil_mode_drops_last", (2, 5, 4, 2), 2, stride=3, pad=1, ceil_mode=True),
    _case("ceil_mode_beyond_image", (2, 2, 5, 2), 3, stride=2, ceil_mode=True),
    _case("ties", (2, 6, 4, 3), 2, inputs.ties),
    _case("ties_overlapping", (2, 6, 7, 2), 3, inputs.ties, stride=1),
    _case("ties_padded", (2, 5, 6, 2), 3, inputs.ties, stride=2, pad=1),
    _case("all_equal", (2, 5, 4, 2), (2, 3), inputs.constant_rows, stride=1),
    _case("negative_padded", (2, 5, 4, 2), 3, inputs.negative, stride=1, pad=1),
    _case("far_below", (2, 6, 4, 3), 2, far_below),
    _case("far_below_padded", (2, 5, 4, 2), 3, far_below, stride=2, pad=1),
    _case("equal_negative_padded", (2, 4, 5, 2), 3, inputs.constant_rows, stride=2, pad=1, ceil_mode=True),
    _case("digits", (4, 16, 16, 1), 2, inputs.digits),
    _case("digits_overlapping", (3, 16, 12, 2), 3, inputs.digits, stride=2, pad=1),
    _case("nan", (2, 5, 6, 2), 3, inputs.with_nan, stride=1),
    _case("infinite", (2, 4, 6, 2), 2, inputs.with_infinity),
    _case("infinite_padded", (2, 5, 4, 2), 3, inputs.with_infinity, stride=2, pad=1),
)
AVERAGE = (
    _case("average_2x2", (2, 6, 4, 3), 2, mode="average"),
    _case("average_leaves_a_row", (2, 5, 7, 3), 2, mode="average"),
    _case("average_whole_image", (3, 4, 5, 2), (4, 5), mode="average"),
    _case("average_non_square", (2, 6, 7, 2), (3, 2), mode="average"),
    _case("average_overlapping", (2, 6, 5, 2), 3, mode="average", stride=1),
    _case("average_stride_beyond_kernel", (2, 8, 7, 2), 2, mode="average", stride=(3, 4)),
    _case("average_padded", (2, 6, 5, 2), 3, mode="average", stride=2, pad=1),
    _case("average_pads_differ", (2, 5, 6, 2), (4, 2), mode="average", stride=2, pad=(2, 1)),
    _case("average_pad_not_counted", (2, 6, 5, 2), 3, mode="average", stride=2, pad=1, count_include_pad=False),
    _case("average_ceil_mode", (2, 6, 5, 2), 3, mode="average", stride=2, ceil_mode=True),
    _case("average_ceil_padded", (2, 6, 8, 2), 3, mode="average", stride=2, pad=1, ceil_mode=True),
    _case("average_ceil_not_counted", (2, 6, 7, 2), 4, mode="average", stride=3, pad=2, ceil_mode=True,
          count_include_pad=False),
    _case("average_digits", (4, 16, 16, 1), 4, inputs.digits, mode="average"),
    _case("average_nan", (2, 5, 6, 2), 3, inputs.with_nan, mode="average", stride=2),
)  # fmt: skip

POOL = Pair(
    "Pool2D",
    "layer",
    ours,
    theirs,
    linear=lambda case: case.get("mode", "max") == "average",
    cases=MAX + AVERAGE,
    refusals=(
        Refusal("rows", lambda snn: snn.Pool2D(2).forward(np.ones((2, 27))),
                ("Pool2D", "(N, H, W, C)", "(2, 27)", "four axes")),
        Refusal("image_smaller_than_kernel", lambda snn: snn.Pool2D(3).forward(np.ones((2, 2, 6, 1))),
                ("Pool2D", "(3, 3)", "(2, 2, 6, 1)", "smaller")),
        Refusal("unknown_mode", lambda snn: snn.Pool2D(2, mode="median"), ("Pool2D", "max", "average", "'median'")),
        Refusal("too_much_padding", lambda snn: snn.Pool2D(3, pad=2),
                ("Pool2D", "at most half the kernel", "(3, 3)", "(2, 2)")),
        Refusal("too_much_padding_on_one_axis", lambda snn: snn.Pool2D(3, pad=(1, 2)),
                ("Pool2D", "at most half the kernel", "(3, 3)", "(1, 2)")),
        Refusal("stride_0_on_one_axis", lambda snn: snn.Pool2D(2, stride=(1, 0)),
                ("Pool2D", "stride", "at least 1", "(1, 0)")),
        Refusal("stride_0", lambda snn: snn.Pool2D(2, stride=0), ("Pool2D", "stride", "at least 1", "0")),
        Refusal("kernel_0", lambda snn: snn.Pool2D(0), ("Pool2D", "kernel_shape", "at least 1", "0")),
        Refusal("padding_by_name", lambda snn: snn.Pool2D(2, pad="same"), ("Pool2D", "pad", "'same'")),
        Refusal("integers", lambda snn: snn.Pool2D(2).forward(np.ones((2, 4, 4, 1), dtype=int)),
                ("Pool2D", "float32 or float64", "int64", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.Pool2D(2).backward(np.ones((2, 2, 2, 1))),
                ("Pool2D", "before forward"), RuntimeError),
    ),
)  # fmt: skip

PAIRS = (POOL,)
