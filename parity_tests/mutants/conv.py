"""Faults in Conv2D: the forward pass, its windows, what it refuses. Those of backward stand in conv_backward.py."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX, DW, DB = "output", "input_gradient", "gradient.W", "gradient.b"
ALL = (OUT, DX, DW, DB)

_layer = partial(Mutant, pair="Conv2D", file="conv.py")
_windows = partial(Mutant, pair="Conv2D", file="windows.py")

CORRELATION = "Convolution here is cross-correlation: the kernel is not flipped."
STRIDES = "A pair of strides is (height, width)."
SIZE = "The output size is floor((H + top + bottom - k) / s) + 1; rows left over take no part."
SAME = "Of an even kernel's odd border the extra row and column go to the bottom and the right."

MUTANTS = (
    _layer(
        "conv_kernel_flipped",
        old="self._X, self._W = X, W.reshape(-1, self.n_out)",
        new="self._X, self._W = X, W[::-1, ::-1].reshape(-1, self.n_out)",
        says="it is a true convolution: the kernel is turned by 180 degrees",
        rule=CORRELATION,
        quantities=ALL,
        convention="mathematics and scipy.signal.convolve",
    ),
    _layer(
        "conv_bias_forgotten",
        old="Z = correlate(X, self._W, self.windows, b)",
        new="Z = correlate(X, self._W, self.windows)",
        says="the bias is not added",
        rule="z is the window times the kernel, plus b.",
        quantities=ALL,
    ),
    _layer(
        "conv_weight_channels_first",
        old="self._X, self._W = X, W.reshape(-1, self.n_out)",
        new="self._X, self._W = X, W.transpose(2, 0, 1, 3).reshape(-1, self.n_out)",
        says="the weights are laid out as (c, kh, kw), the columns as (kh, kw, c)",
        rule="Weights and columns stand in one order, here (kh, kw, c).",
        quantities=ALL,
    ),
    _layer(
        "conv_one_stride_for_both_axes",
        old='stride = int_pair("Conv2D", "stride", stride, 1)',
        new='stride = int_pair("Conv2D", "stride", stride, 1)[:1] * 2',
        says="the stride of the height is used for the width as well",
        rule=STRIDES,
        quantities=ALL,
    ),
    _layer(
        "conv_kernel_width_first",
        old='kernel = int_pair("Conv2D", "kernel_shape", kernel_shape, 1)',
        new='kernel = int_pair("Conv2D", "kernel_shape", kernel_shape, 1)[::-1]',
        says="height and width of the kernel are swapped",
        rule="A pair of kernel sizes is (height, width).",
        quantities=ALL,
    ),
    _windows(
        "conv_columns_channels_first",
        old="return views.transpose(0, 1, 2, 4, 5, 3)",
        new="return views",
        says="the columns stand in the order (c, kh, kw), the weights in (kh, kw, c)",
        rule="Weights and columns stand in one order, here (kh, kw, c).",
        quantities=ALL,
    ),
    _windows(
        "conv_windows_strided_on_one_axis",
        old="[:, ::sh, ::sw]",
        new="[:, ::sh]",
        says="the windows are strided along the height only, the output along both axes",
        rule=STRIDES,
        quantities=ALL,
    ),
    _windows(
        "conv_output_size_rounded_up",
        old="(size + sum(pads) - k) // s + 1",
        new="-(-(size + sum(pads) - k) // s) + 1",
        says="the output size is rounded up where the stride does not divide",
        rule=SIZE,
        quantities=ALL,
    ),
    _windows(
        "conv_even_same_padded_at_the_top",
        old="tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in kernel)",
        new="tuple((k - 1 - (k - 1) // 2, (k - 1) // 2) for k in kernel)",
        says="an even kernel's 'same' padding has its extra row and column at the top and left",
        rule=SAME,
        quantities=(OUT, DX, DW),
    ),
    _windows(
        "conv_pads_swapped",
        old="return (height, height), (width, width)",
        new="return (width, width), (height, height)",
        says="the padding of height and width is swapped",
        rule="A pair of paddings is (height, width).",
        quantities=ALL,
    ),
    _windows(
        "conv_pads_of_four_sides_in_another_order",
        old='return int_pair(who, "pad[0]", pad[0], 0), int_pair(who, "pad[1]", pad[1], 0)',
        new="return tuple(zip(*pad))",
        says="the four paddings are read as ((top, left), (bottom, right))",
        rule="The four paddings are ((top, bottom), (left, right)).",
        quantities=ALL,
    ),
    _windows(
        "conv_same_at_stride_2_accepted",
        old="if stride != (1, 1):",
        new="if False:",
        says="pad='same' is accepted at a stride above 1",
        rule="PyTorch refuses padding='same' with a stride: it cannot keep the size.",
        quantities=(),
        convention="Keras and TensorFlow, where 'same' then means ceil(size / stride)",
    ),
)
