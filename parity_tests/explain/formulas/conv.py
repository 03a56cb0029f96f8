"""Mistakes of a convolution. Letters and formulas: convolution.py."""

from __future__ import annotations

import math

import numpy as np

from parity_tests.explain.formulas.convolution import Convolution, pads_of
from parity_tests.explain.formulas.dense import fused, shared, single
from parity_tests.explain.formulas.plain import mistake
from parity_tests.explain.formulas.windows import Windows, two
from parity_tests.explain.hypothesis import Hypothesis


def turned(W: np.ndarray) -> np.ndarray:
    """By 180 degrees."""
    return W[::-1, ::-1]


def channels_first_rows(W: np.ndarray) -> np.ndarray:
    """The numbers of W (kh, kw, C, M), in their order, read as (C, kh, kw, M)."""
    kh, kw, C, M = W.shape
    return W.reshape(C, kh, kw, M).transpose(1, 2, 0, 3)


def channels_first_columns(dW: np.ndarray) -> np.ndarray:
    """The inverse: a gradient with rows (c, i, j), read as (kh, kw, C, M)."""
    return dW.transpose(2, 0, 1, 3).reshape(dW.shape)


def exchanged(W: np.ndarray) -> np.ndarray:
    """Height and width of the kernel. Raises ValueError where they differ: another shape."""
    if W.shape[0] != W.shape[1]:
        raise ValueError("expected a square kernel")
    return W.transpose(1, 0, 2, 3)


def rounded_up(s: Convolution) -> tuple:
    """Pads with so many rows and columns more that nothing is left over."""
    odd = Windows(s.kernel, s.stride, pads_of(s.case)).left_over(s.X.shape[1:3])
    more = [(step - rest) % step if rest else 0 for rest, step in zip(odd, s.stride, strict=True)]
    return tuple((low, high + extra) for (low, high), extra in zip(pads_of(s.case), more, strict=True))


def cut_by_minus_pad(s: Convolution) -> np.ndarray:
    """[p:-p], which is empty for p = 0."""
    (top, bottom), (left, right) = s.pads
    return s.dpadded[:, top:-bottom, left:-right]


def half_on_both_sides(s: Convolution) -> tuple:
    if s.case.get("pad", "same") != "same":
        return s.right.pads
    return tuple((k // 2, k // 2) for k in s.kernel)


def at_stride_1(s: Convolution) -> np.ndarray:
    """The windows of the padded X, as many as there are, one pixel after the other."""
    return Windows(s.kernel, (1, 1), s.pads).of(s.padded)[:, : s.A.shape[1], : s.A.shape[2]]


def dW_at_stride_1(s: Convolution) -> np.ndarray:
    return np.tensordot(at_stride_1(s), s.dZ_of_W, ((0, 1, 2), (0, 1, 2)))


def added_at_stride_1(s: Convolution) -> np.ndarray:
    return Windows(s.kernel, (1, 1), s.pads).added(s.parts, s.padded.shape)


def at_bottom_right(s: Convolution) -> np.ndarray:
    return np.pad(s.X, ((0, 0), *((0, sum(sides)) for sides in s.pads), (0, 0)))


def other_side(s: Convolution) -> tuple:
    return tuple((high, low) for low, high in pads_of(s.case)) if s.case.get("pad", "same") == "same" else s.right.pads


def by_side(s: Convolution, read) -> tuple:
    """The padding where each side has its own, read in another order; where it has not, the right one."""
    is_own = isinstance(s.case.get("pad", "same"), tuple) and isinstance(s.case["pad"][0], tuple)
    return tuple(map(tuple, read(s.case["pad"]))) if is_own else s.right.pads


def without_last_row(W: np.ndarray) -> np.ndarray:
    """Zeros in the kernel's last row. Raises ValueError where it is the only one."""
    if len(W) == 1:
        raise ValueError("expected rows")
    return np.concatenate([W[:-1], np.zeros_like(W[-1:])])


def reshaped_only(s: Convolution) -> np.ndarray:
    """dZ (N, M, OH, OW) read as (M, N OH OW), as it stands."""
    N, OH, OW, M = s.dZ.shape
    return np.moveaxis(s.dZ, -1, 1).reshape(M, -1).T.reshape(N, OH, OW, M)


FORWARD: tuple[Hypothesis, ...] = (
    mistake(Convolution, "conv_flipped", "it is a true convolution: the kernel is flipped",
            W=lambda s: turned(s.parameters["W"]), dW=lambda s: turned(s.own_dW),
            convention="mathematics and signal processing (scipy.signal.convolve)"),
    mistake(Convolution, "conv_flipped_but_dW", "the kernel is flipped in forward and dX, but not in dW",
            W=lambda s: turned(s.parameters["W"])),
    mistake(Convolution, "conv_flipped_forward", "forward is a true convolution: the kernel is flipped there",
            W_forward=lambda s: turned(s.W)),
    mistake(Convolution, "conv_rounded_up", "the output size is rounded up, with zeros below and to the right",
            pads=rounded_up, convention="frameworks with a ceil mode (Caffe's pooling, ONNX ceil_mode)"),
    mistake(Convolution, "conv_same_on_wrong_side", "'same' puts the extra row and column of an even kernel at the "
            "top and left, not at the bottom and right", pads=other_side, convention="ONNX (auto_pad SAME_LOWER)"),
    mistake(Convolution, "conv_same_half_on_both_sides", "'same' pads k // 2 on both sides, one too many for an even "
            "kernel", pads=half_on_both_sides),
    mistake(Convolution, "conv_stride_of_height_for_both", "the vertical stride is used on both axes",
            stride=lambda s: (two(s.case.get("stride", 1))[0],) * 2),
    mistake(Convolution, "conv_stride_of_width_for_both", "the horizontal stride is used on both axes",
            stride=lambda s: (two(s.case.get("stride", 1))[1],) * 2),
    mistake(Convolution, "conv_stride_swapped", "the strides of height and width are swapped",
            stride=lambda s: two(s.case.get("stride", 1))[::-1]),
    mistake(Convolution, "conv_stride_on_height_only", "the stride is taken on the vertical axis only",
            stride=lambda s: (two(s.case.get("stride", 1))[0], 1)),
    mistake(Convolution, "conv_stride_on_width_only", "the stride is taken on the horizontal axis only",
            stride=lambda s: (1, two(s.case.get("stride", 1))[1])),
    mistake(Convolution, "conv_stride_1", "the stride is ignored", stride=lambda s: (1, 1)),
    mistake(Convolution, "conv_pad_0", "the padding is ignored", pads=lambda s: ((0, 0), (0, 0))),
    mistake(Convolution, "conv_pad_sides_swapped", "padding by sides, ((top, bottom), (left, right)), is read as "
            "((bottom, top), (right, left))", pads=lambda s: by_side(s, lambda pad: np.flip(pad, 1).tolist())),
    mistake(Convolution, "conv_pad_axes_swapped", "padding by sides, ((top, bottom), (left, right)), is read as "
            "((left, right), (top, bottom))", pads=lambda s: by_side(s, lambda pad: pad[::-1]),
            convention="torch.nn.functional.pad and ZeroPad2d: (left, right, top, bottom)"),
    mistake(Convolution, "conv_pads_swapped", "the padding of height and width is swapped",
            pads=lambda s: pads_of(s.case)[::-1]),
    mistake(Convolution, "conv_pad_repeats_border", "the padding repeats the border pixels, it is not zero",
            padded=lambda s: np.pad(s.X, ((0, 0), *s.pads, (0, 0)), mode="edge")),
    mistake(Convolution, "conv_pad_reflects", "the padding reflects the image, it is not zero",
            padded=lambda s: np.pad(s.X, ((0, 0), *s.pads, (0, 0)), mode="reflect")),
    mistake(Convolution, "conv_pad_wraps_around", "the padding is the image's other side, it is not zero",
            padded=lambda s: np.pad(s.X, ((0, 0), *s.pads, (0, 0)), mode="wrap")),
    mistake(Convolution, "conv_pad_at_bottom_right", "all of the padding is at the bottom and right, none at the top "
            "and left", pads=lambda s: tuple((0, sum(sides)) for sides in pads_of(s.case))),
    mistake(Convolution, "conv_pad_at_top_left", "all of the padding is at the top and left, none at the bottom and "
            "right", pads=lambda s: tuple((sum(sides), 0) for sides in pads_of(s.case))),
    mistake(Convolution, "conv_pad_at_bottom_right_forward", "in forward, all of the padding is at the bottom and "
            "right, none at the top and left", padded=at_bottom_right,
            dpadded=lambda s: s.right.dpadded),
    mistake(Convolution, "conv_input_in_single_precision", "X, or its windows, are rounded to single precision",
            A=lambda s: single(s.right.A)),
    mistake(Convolution, "conv_first_channel_forward", "forward reads the first channel of X alone",
            product=lambda s: np.tensordot(s.A[..., :1], s.W_forward[:, :, :1], 3)),
    mistake(Convolution, "conv_bias_for_each_tap", "the bias is added once for each place of the kernel",
            b=lambda s: s.parameters["b"] * math.prod(s.kernel)),
    mistake(Convolution, "conv_bias_for_each_product", "the bias is added to each product, once for each place of the "
            "kernel and each channel", b=lambda s: s.parameters["b"] * math.prod(s.kernel) * s.X.shape[-1]),
    mistake(Convolution, "conv_last_row_of_kernel", "the last row of the kernel is left out",
            W=lambda s: without_last_row(s.parameters["W"]), dW=lambda s: without_last_row(s.own_dW)),
    mistake(Convolution, "conv_last_row_of_kernel_forward", "the last row of the kernel is left out in forward",
            W_forward=lambda s: without_last_row(s.W)),
    mistake(Convolution, "conv_kernel_swapped", "height and width of the kernel are swapped throughout",
            W=lambda s: exchanged(s.parameters["W"]), dW=lambda s: exchanged(s.own_dW)),
    mistake(Convolution, "conv_kernel_swapped_forward", "height and width of the kernel are swapped in forward",
            W_forward=lambda s: exchanged(s.W)),
    mistake(Convolution, "conv_column_order", "columns in the order (c, kh, kw) meet weights in the order (kh, kw, c)",
            W=lambda s: channels_first_rows(s.parameters["W"]),
            dW=lambda s: channels_first_columns(s.own_dW)),
    mistake(Convolution, "conv_column_order_but_dX",
            "columns in the order (c, kh, kw) meet weights in the order (kh, kw, c), but not in dX",
            W_forward=lambda s: channels_first_rows(s.W), dW=lambda s: channels_first_columns(s.own_dW)),
    mistake(Convolution, "conv_weight_order", "columns in the order (kh, kw, c) meet weights in the order (c, kh, kw)",
            W=lambda s: channels_first_columns(s.parameters["W"]), dW=lambda s: channels_first_rows(s.own_dW)),
    mistake(Convolution, "conv_weight_order_forward",
            "in forward, columns in the order (kh, kw, c) meet weights in the order (c, kh, kw)",
            W_forward=lambda s: channels_first_columns(s.W)),
    mistake(Convolution, "conv_column_order_forward",
            "in forward, columns in the order (c, kh, kw) meet weights in the order (kh, kw, c)",
            W_forward=lambda s: channels_first_rows(s.W)),
)  # fmt: skip
BACKWARD: tuple[Hypothesis, ...] = (
    mistake(Convolution, "conv_input_gradient_not_rotated", "dX is taken without turning the kernel by 180 degrees",
            W_back=lambda s: turned(s.W)),
    mistake(Convolution, "conv_input_gradient_channels_swapped", "dX exchanges the kernel's channels in and out",
            parts=lambda s: np.tensordot(s.dZ, s.W, ((3,), (2,)))),
    mistake(Convolution, "conv_input_gradient_kernel_swapped", "dX exchanges the kernel's height and width",
            W_back=lambda s: exchanged(s.W)),
    mistake(Convolution, "conv_input_gradient_column_order",
            "in dX, columns in the order (c, kh, kw) meet weights in the order (kh, kw, c)",
            W_back=lambda s: channels_first_rows(s.W)),
    mistake(Convolution, "conv_weight_gradient_column_order", "dW has its rows in the order (c, kh, kw)",
            dW=lambda s: channels_first_columns(s.own_dW)),
    mistake(Convolution, "conv_weight_gradient_rotated", "dW is turned by 180 degrees", dW=lambda s: turned(s.own_dW)),
    mistake(Convolution, "conv_weight_gradient_kernel_swapped", "dW has the kernel's height and width exchanged",
            dW=lambda s: exchanged(s.own_dW)),
    mistake(Convolution, "conv_weight_gradient_batch_reversed", "dW pairs each image with another one's gradient",
            dW=lambda s: np.tensordot(s.A[::-1], s.dZ_of_W, ((0, 1, 2), (0, 1, 2)))),
    mistake(Convolution, "conv_weight_gradient_of_flipped_dZ", "dW takes the upstream gradient turned by 180 degrees",
            dW=lambda s: np.tensordot(s.A, s.dZ_of_W[:, ::-1, ::-1], ((0, 1, 2), (0, 1, 2)))),
    mistake(Convolution, "conv_weight_gradient_of_last_window", "dW is that of the last window alone: it is "
            "overwritten, where all must be added",
            dW=lambda s: np.tensordot(s.A[:, -1, -1], s.dZ_of_W[:, -1, -1], ((0,), (0,)))),
    mistake(Convolution, "conv_weight_gradient_of_last_image", "dW is that of the last image alone: it is "
            "overwritten, where all must be added",
            dW=lambda s: np.tensordot(s.A[-1], s.dZ_of_W[-1], ((0, 1), (0, 1)))),
    mistake(Convolution, "conv_weight_gradient_of_first_image", "dW is that of the first image alone",
            dW=lambda s: np.tensordot(s.A[0], s.dZ_of_W[0], ((0, 1), (0, 1)))),
    mistake(Convolution, "conv_upstream_reshaped", "the upstream gradient (N, M, OH, OW) is reshaped to (M, N OH OW), "
            "where its axes must be moved first", dZ_of_W=reshaped_only, dZ_of_X=reshaped_only),
    mistake(Convolution, "conv_upstream_reshaped_in_dW", "in dW the upstream gradient (N, M, OH, OW) is reshaped to "
            "(M, N OH OW), where its axes must be moved first", dZ_of_W=reshaped_only),
    mistake(Convolution, "conv_weight_gradient_of_last_window_of_last_image", "dW is that of the last image's last "
            "window alone: it is overwritten, where all must be added",
            dW=lambda s: np.multiply.outer(s.A[-1, -1, -1], s.dZ_of_W[-1, -1, -1])),
    mistake(Convolution, "conv_weight_gradient_stride_1", "the stride is ignored in dW", dW=dW_at_stride_1),
    mistake(Convolution, "conv_input_gradient_stride_1", "the stride is ignored in dX", dpadded=added_at_stride_1),
    mistake(Convolution, "conv_backward_stride_1", "the stride is ignored in dW and dX", dW=dW_at_stride_1,
            dpadded=added_at_stride_1),
    mistake(Convolution, "conv_bias_gradient_mean", "db is the mean over batch and pixels, not the sum",
            db=lambda s: s.right.db / s.places),
    mistake(Convolution, "conv_bias_gradient_not_over_pixels", "db is divided by the pixels: a mean over them",
            db=lambda s: s.right.db * s.N / s.places),
    mistake(Convolution, "conv_weight_gradient_mean", "dW is the mean over batch and pixels, not the sum",
            dW=lambda s: s.own_dW / s.places),
    mistake(Convolution, "conv_left_over_given_gradient", "rows and columns left over by the stride are given a "
            "gradient: the windows are taken from the bottom right in backward",
            dpadded=lambda s: s.windows.added(s.parts, s.padded.shape, s.windows.left_over(s.X.shape[1:3]))),
    mistake(Convolution, "conv_assigned", "overlapping windows overwrite each other in dX: the last place in the "
            "kernel wins, where all must be added",
            dpadded=lambda s: s.windows.assigned_by_tap(s.parts, s.padded.shape)),
    mistake(Convolution, "conv_assigned_by_window", "overlapping windows overwrite each other in dX: the last window "
            "wins, where all must be added", dpadded=lambda s: s.windows.assigned_by_window(s.parts, s.padded.shape)),
    mistake(Convolution, "conv_assigned_by_channel", "channels out and overlapping windows overwrite each other in dX: "
            "the last channel's last window wins, where all must be added",
            dpadded=lambda s: s.windows.assigned_by_window(
                np.tensordot(s.dZ_of_X[..., -1:], s.W_back[..., -1:], ((3,), (3,))), s.padded.shape)),
    mistake(Convolution, "conv_padding_not_cut", "the padding is not cut from dX", dX=lambda s: s.dpadded),
    mistake(Convolution, "conv_padding_cut_on_one_side", "the padding is cut from dX at the bottom and right only",
            dX=lambda s: s.dpadded[:, : s.X.shape[1], : s.X.shape[2]]),
    mistake(Convolution, "conv_padding_cut_from_other_side", "more is cut from dX at the top and left than was padded",
            dX=lambda s: s.dpadded[:, s.pads[0][1]:, s.pads[1][1]:][:, : s.X.shape[1], : s.X.shape[2]]),
    mistake(Convolution, "conv_padding_cut_by_minus_0", "dX is cut with [p:-p], which is empty for p = 0",
            dX=cut_by_minus_pad),
)  # fmt: skip
MISTAKES = {"Conv2D": (*FORWARD, *BACKWARD, *shared(Convolution, "conv"), *fused(Convolution))}
