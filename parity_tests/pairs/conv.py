"""Conv2D beside torch.nn.Conv2d (behind a torch.nn.ZeroPad2d where the padding differs from side to side)."""

from __future__ import annotations

from collections import OrderedDict
from types import ModuleType

import numpy as np

from parity_tests import inputs
from parity_tests.layout import Layout, Weight
from parity_tests.pair import Case, Pair, Refusal
from parity_tests.pairs.activations import fused, torch_fused, upstream_terms, without_activation


def ours(snn: ModuleType, case: Case):
    settings = {key: case[key] for key in ("stride", "pad") if key in case.arguments}
    return snn.Conv2D(case["n_out"], case["kernel"], activation=fused(snn, case), **settings)


def theirs(torch: ModuleType, case: Case):
    pad, stride = case.get("pad", "same"), case.get("stride", 1)
    border, padding = torch.nn.Identity(), pad
    if isinstance(pad, tuple) and isinstance(pad[0], tuple):
        (top, bottom), (left, right) = pad
        border, padding = torch.nn.ZeroPad2d((left, right, top, bottom)), 0
    conv = torch.nn.Conv2d(case.shape[3], case["n_out"], case["kernel"], stride=stride, padding=padding)
    return torch.nn.Sequential(OrderedDict(border=border, conv=conv, activation=torch_fused(torch, case)))


def _built(snn: ModuleType):
    """A 3x3 layer of 3 channels in and 4 out, after one forward."""
    layer = snn.Conv2D(4, 3)
    layer.forward(np.ones((2, 6, 5, 3)))
    return layer


def _case(name: str, shape: tuple[int, ...], kernel: int | tuple[int, int], n_out: int = 4, **settings) -> Case:
    keywords = {key: settings.pop(key) for key in ("inputs", "smooth") if key in settings}
    return Case(name, shape, {"kernel": kernel, "n_out": n_out, **settings}, **keywords)


CASES = (
    _case("same_3x3", (2, 6, 5, 3), 3),
    _case("valid_3x3", (2, 6, 5, 3), 3, pad="valid"),
    _case("1x1", (3, 4, 5, 2), 1),
    _case("1x1_stride_2", (2, 5, 4, 3), 1, stride=2, pad="valid"),  # half of the pixels lie under no window
    _case("1x1_image", (3, 1, 1, 2), 1),
    _case("as_many_out_as_in", (2, 5, 6, 3), 3, n_out=3),  # swapped channels have the right shape here
    _case("one_row", (1, 5, 6, 2), 3),
    _case("one_channel", (2, 5, 6, 1), 3, n_out=1),
    _case("kernel_as_large_as_image", (3, 4, 3, 2), (4, 3), pad="valid"),
    _case("same_on_one_pixel", (2, 1, 1, 3), 3),
    _case("non_square", (2, 6, 5, 3), (2, 3), pad="valid"),
    _case("tall_kernel", (2, 7, 4, 2), (5, 1)),
    _case("even_kernel_same", (2, 5, 6, 2), 2),
    _case("even_kernel_4_same", (2, 6, 7, 1), 4),
    _case("even_by_odd_same", (2, 5, 7, 2), (2, 3)),
    _case("stride_2_leaves_a_row", (2, 6, 8, 2), 3, stride=2, pad="valid"),
    _case("stride_2_divides", (2, 7, 5, 2), 3, stride=2, pad="valid"),
    _case("stride_3_beyond_kernel", (2, 8, 9, 2), 2, stride=3, pad="valid"),
    _case("strides_differ", (2, 7, 8, 2), 3, stride=(2, 1), pad=1),
    _case("strides_differ_wide", (2, 6, 9, 2), (3, 2), stride=(1, 3), pad=(1, 0)),
    _case("pad_0", (2, 5, 6, 3), 3, pad=0),
    _case("pad_2", (2, 4, 5, 2), 3, pad=2),
    _case("pads_differ", (2, 5, 4, 2), 3, pad=(2, 0)),
    _case("only_width_padded", (2, 5, 4, 2), 3, pad=(0, 1)),
    _case("pad_beyond_kernel", (2, 3, 4, 2), 2, pad=3),
    _case("asymmetric", (2, 5, 6, 2), 3, pad=((0, 2), (1, 0))),
    _case("asymmetric_stride", (2, 6, 5, 2), (3, 2), stride=2, pad=((2, 1), (0, 1))),
    _case("only_bottom_padded", (2, 5, 4, 2), 3, pad=((0, 1), (0, 0))),
    _case("digits", (4, 16, 16, 1), 3, n_out=3, inputs=inputs.digits),
    _case("digits_stride_2", (3, 16, 12, 2), 5, n_out=3, stride=2, pad=2, inputs=inputs.digits),
    _case("offset_30", (3, 6, 5, 2), 3, inputs=inputs.offset),
    _case("nan", (2, 5, 6, 2), 3, inputs=inputs.with_nan, smooth=False),
    _case("many_pixels", (6, 32, 32, 2), 3, n_out=3, activation="ReLU", smooth=False),  # float32 sums: digits kept
    _case("many_channels", (2, 5, 6, 8), 3, n_out=5),
    _case("nan_many_channels", (2, 4, 5, 8), 3, n_out=5, pad="valid", inputs=inputs.with_nan, smooth=False),
    _case("many_channels_even_kernel", (2, 5, 4, 9), 2, n_out=7),
    _case("many_channels_wide_border", (2, 3, 5, 6), (2, 3), n_out=6, pad=((1, 0), (2, 1))),
    _case("many_of_all", (9, 4, 5, 17), 3, n_out=18, smooth=False),  # images, channels in and out: sizes as in use
    _case("large_columns", (3, 40, 44, 12), 5, n_out=2, smooth=False),  # more than one block of columns
    _case("relu", (2, 6, 5, 3), 3, activation="ReLU"),
    _case("relu_plus_minus_1000", (2, 6, 5, 3), 3, activation="ReLU", inputs=inputs.huge, smooth=False),  # cut off at 6
    _case("tanh_stride_2", (2, 7, 6, 2), 3, stride=2, pad=1, activation="Tanh"),
    _case("sigmoid", (2, 4, 5, 3), 2, pad="valid", activation="Sigmoid"),
    _case("leaky_relu", (2, 5, 4, 2), 3, activation="LeakyReLU"),
    _case("softmax", (2, 4, 5, 2), 3, activation="SoftMax"),
)

CONV = Pair(
    "Conv2D",
    "layer",
    ours,
    theirs,
    weights=(Weight("W", "conv.weight", Layout("m c i j -> i j c m")), Weight("b", "conv.bias", Layout("m -> 1 m"))),
    linear=lambda case: case.get("activation", "Linear") == "Linear",
    linear_part=without_activation,
    upstream_terms=upstream_terms,
    cases=CASES,
    refusals=(
        Refusal("channels_first", lambda snn: _built(snn).forward(np.ones((2, 3, 6, 5))),
                ("Conv2D", "(N, H, W, 3)", "(2, 3, 6, 5)", "Channels first", "transpose(0, 2, 3, 1)")),
        Refusal("other_number_of_channels", lambda snn: _built(snn).forward(np.ones((2, 6, 5, 2))),
                ("Conv2D", "(N, H, W, 3)", "(2, 6, 5, 2)", "Another number of channels")),
        Refusal("rows", lambda snn: snn.Conv2D(4, 3).forward(np.ones((2, 27))),
                ("Conv2D", "(N, H, W, C)", "(2, 27)", "four axes")),
        Refusal("no_channel_axis", lambda snn: snn.Conv2D(4, 3).forward(np.ones((2, 6, 5))),
                ("Conv2D", "(N, H, W, C)", "(2, 6, 5)", "X[..., None]")),
        Refusal("image_smaller_than_kernel", lambda snn: snn.Conv2D(4, 5, pad="valid").forward(np.ones((2, 4, 6, 3))),
                ("Conv2D", "(5, 5)", "(2, 4, 6, 3)", "smaller")),
        Refusal("same_with_stride", lambda snn: snn.Conv2D(4, 3, stride=2, pad="same"),
                ("Conv2D", 'pad="same"', "stride (2, 2)", "pad=1")),
        Refusal("same_with_stride_on_one_axis", lambda snn: snn.Conv2D(4, 3, stride=(1, 2)),
                ("Conv2D", 'pad="same"', "stride (1, 2)", "pad=1")),
        Refusal("negative_padding_of_one_side", lambda snn: snn.Conv2D(4, 3, pad=((0, 0), (-1, 0))),
                ("Conv2D", "pad[1]", "at least 0", "(-1, 0)")),
        Refusal("stride_0_on_one_axis", lambda snn: snn.Conv2D(4, 3, stride=(1, 0), pad=1),
                ("Conv2D", "stride", "at least 1", "(1, 0)")),
        Refusal("unknown_padding", lambda snn: snn.Conv2D(4, 3, pad="full"),
                ("Conv2D", "same", "valid", "'full'")),
        Refusal("negative_padding", lambda snn: snn.Conv2D(4, 3, pad=-1), ("Conv2D", "pad", "-1")),
        Refusal("stride_0", lambda snn: snn.Conv2D(4, 3, stride=0, pad=1), ("Conv2D", "stride", "at least 1", "0")),
        Refusal("kernel_of_three", lambda snn: snn.Conv2D(4, (3, 3, 3)), ("Conv2D", "kernel_shape", "(3, 3, 3)")),
        Refusal("fractional_kernel", lambda snn: snn.Conv2D(4, 2.5), ("Conv2D", "kernel_shape", "2.5")),
        Refusal("no_outputs", lambda snn: snn.Conv2D(0, 3), ("Conv2D", "n_out", "at least 1", "0")),
        Refusal("activation_by_name", lambda snn: snn.Conv2D(4, 3, activation="relu"),
                ("Conv2D", "activation", "'relu'", "from_config"), TypeError),
        Refusal("integers", lambda snn: snn.Conv2D(4, 3).forward(np.ones((2, 6, 5, 3), dtype=np.uint8)),
                ("Conv2D", "float32 or float64", "uint8", "astype"), TypeError),
        Refusal("backward_first", lambda snn: snn.Conv2D(4, 3).backward(np.ones((2, 6, 5, 4))),
                ("Conv2D", "before forward"), RuntimeError),
        Refusal("upstream_that_would_broadcast", lambda snn: _built(snn).backward(np.ones((2, 6, 5, 1))),
                ("Conv2D", "dLdY of shape (2, 6, 5, 4)", "(2, 6, 5, 1)")),
    ),
)  # fmt: skip

PAIRS = (CONV,)
