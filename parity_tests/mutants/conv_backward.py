"""Faults in the backward pass of Conv2D: rotations, channels, borders and overlaps."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

DX, DW, DB = "input_gradient", "gradient.W", "gradient.b"

_layer = partial(Mutant, pair="Conv2D", file="conv.py")
_products = partial(Mutant, pair="Conv2D", file="correlation.py")
_windows = partial(Mutant, pair="Conv2D", file="windows.py")

WEIGHT = "dW, dLdX = gradients(self._X, dLdZ, self._W, self.windows)"
FACTOR = "_over_rows(columns, dLdZ[some])"
STORED = 'self.gradients["W"], self.gradients["b"] = dW.reshape(W.shape)'
TURNED = "flipped, dLdX = _flipped(W, windows, M)"
ADDED = "view += columns[:, :, :, t]"
UNDER = "for t, view in enumerate(self.taps(padded, (OH, OW))):"
CUT = "return self.unpad(padded, H, W)"

DW_RULE = "dW is the sum over the batch and all windows of the window times its dz."
DX_RULE = "dX is a correlation of dZ with the kernel turned by 180 degrees, channels in and out swapped."
OVERLAP = "A pixel's gradient is the sum over all windows that it lies in."
BORDER = "dX is the gradient of the pixels inside the padding, which is cut off on every side."

MUTANTS = (
    _layer(
        "conv_dw_averaged",
        old=WEIGHT,
        new=WEIGHT + "; dW = dW / len(dLdZ)",
        says="dW is the mean over the batch: divided by N, which the loss has done already",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _layer(
        "conv_dw_of_windows_from_the_bottom",
        old=WEIGHT,
        new=(
            WEIGHT + "; w = self.windows; over = (self._X.shape[1] + sum(w.pads[0]) - w.kernel[0]) % w.stride[0];"
            " dW = weight_gradient(self._X[:, over:], dLdZ, w)"
        ),
        says="where the stride does not divide, dW leaves rows out at the top instead of the bottom",
        rule="The rows left over are the last ones, in forward and in backward.",
        quantities=(DW,),
    ),
    _layer(
        "conv_dw_accumulates",
        old=STORED,
        new='self.gradients["W"], self.gradients["b"] = self.gradients.get("W", 0) + dW.reshape(W.shape)',
        says="dW is added to that of the backward before",
        rule="A gradient is that of the last backward; PyTorch adds up only until zero_grad.",
        quantities=(DW,),
    ),
    _products(
        "conv_dw_of_flipped_upstream",
        old=FACTOR,
        new="_over_rows(columns, dLdZ[some, ::-1, ::-1])",
        says="dW is taken with the upstream gradient upside down",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _products(
        "conv_dw_of_mixed_examples",
        old=FACTOR,
        new="_over_rows(columns, dLdZ[::-1][some])",
        says="dW multiplies each image by another image's upstream gradient",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _products(
        "conv_dw_channels_mixed",
        old=FACTOR,
        new="_over_rows(columns, dLdZ[some].transpose(0, 3, 1, 2))",
        says="the upstream gradient is put channels first before it is made a matrix for dW",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _products(
        "conv_dw_not_turned_back",
        old="_flipped(sum(_by_columns(products, dLdZ, _around(windows), C)), windows, C)",
        new=(
            "sum(_by_columns(products, dLdZ, _around(windows), C))"
            ".reshape(*windows.kernel, M, C).transpose(0, 1, 3, 2).reshape(-1, M)"
        ),
        says="dW is left turned by 180 degrees, as the columns of the upstream gradient give it",
        rule=DW_RULE,
        quantities=(DW,),
    ),
    _layer(
        "conv_db_averaged_over_pixels",
        old="db = channel_sum(dLdZ)",
        new="db = channel_sum(dLdZ) / dLdZ[0, :, :, 0].size",
        says="db is the mean over the pixels, not their sum",
        rule="db is the sum of dZ over the batch and all pixels.",
        quantities=(DB,),
    ),
    _layer(
        "conv_activation_skipped_in_backward",
        old="return self.activation.backward(dLdY)",
        new="return dLdY",
        says="the activation's derivative is skipped in backward",
        rule="dZ = dY f'(Z) is what dX, dW and db are made of.",
        quantities=(DX, DW, DB),
    ),
    _products(
        "conv_dx_without_rotation",
        old=TURNED,
        new="flipped, dLdX = W.reshape(*windows.kernel, C, M).transpose(0, 1, 3, 2).reshape(-1, C)",
        says="the kernel is not turned by 180 degrees in dX (stride 1)",
        rule=DX_RULE,
        quantities=(DX,),
    ),
    _products(
        "conv_dx_rotated_on_one_axis",
        old=TURNED,
        new="flipped, dLdX = W.reshape(*windows.kernel, C, M)[::-1].transpose(0, 1, 3, 2).reshape(-1, C)",
        says="the kernel is turned upside down in dX but not left to right (stride 1)",
        rule=DX_RULE,
        quantities=(DX,),
    ),
    _products(
        "conv_dx_channels_not_swapped",
        old=TURNED,
        new="flipped, dLdX = W.reshape(*windows.kernel, C, M)[::-1, ::-1].reshape(-1, C)",
        says="channels in and out of the kernel are not swapped in dX (stride 1)",
        rule=DX_RULE,
        quantities=(DX,),
    ),
    _products(
        "conv_dx_padded_on_the_wrong_side",
        old="(k - 1 - low, k - 1 - high)",
        new="(k - 1 - high, k - 1 - low)",
        says="the upstream gradient is padded on the opposite sides for dX and dW, which shift where padding is uneven",
        rule=BORDER,
        quantities=(DX, DW),
    ),
    _windows(
        "conv_dx_overlap_assigned",
        old=ADDED,
        new="view[...] = columns[:, :, :, t]",
        says="col2im assigns where it should add: the last window's share alone is kept (stride above 1)",
        rule=OVERLAP,
        quantities=(DX,),
    ),
    _windows(
        "conv_dx_of_1x1_without_stride",
        old=UNDER,
        new="for t, view in enumerate((Windows((1, 1)) if self.kernel == (1, 1) else self).taps(padded, (OH, OW))):",
        says="with a 1x1 kernel dX forgets the stride: its pixels lie side by side at the top left",
        rule="A pixel between the windows has gradient 0, whatever the kernel.",
        quantities=(DX,),
    ),
    _windows(
        "conv_dx_averaged_over_windows",
        old=ADDED,
        new="view += columns[:, :, :, t] / (self.kernel[0] * self.kernel[1])",
        says="col2im takes the mean over the kernel where it should add (stride above 1)",
        rule=OVERLAP,
        quantities=(DX,),
    ),
    _windows(
        "conv_dx_of_rows_left_over",
        old=CUT,
        new="end = self.stride[0] * (OH - 1) + self.kernel[0]; padded[:, end:] = padded[:, end - 1 : end]; " + CUT,
        says="rows that the stride leaves over get a gradient, that of the last row in use",
        rule="Rows and columns left over by the stride take no part: their gradient is exactly 0.",
        quantities=(DX,),
    ),
    _windows(
        "conv_dx_padding_cut_at_the_wrong_end",
        old=CUT,
        new="return padded[:, :H, :W]",
        says="the padding of dX is cut at the bottom and right only (stride above 1)",
        rule=BORDER,
        quantities=(DX,),
    ),
    _windows(
        "conv_dx_cut_by_minus_zero",
        old=CUT,
        new="return padded[:, self.pads[0][0] : -self.pads[0][1], self.pads[1][0] : -self.pads[1][1]]",
        says="the padding of dX is cut by [pad:-pad], which is empty where the padding is 0",
        rule=BORDER,
        quantities=(DX, DW, DB),
    ),
)
