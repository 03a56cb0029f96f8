"""Faults in Pool2D: what the padding holds, where ties go, what an average divides by, which windows there are."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

OUT, DX = "output", "input_gradient"

_fault = partial(Mutant, pair="Pool2D", file="pool.py")

MAXIMUM = "self._first_maximum(self._over.pad(X, -np.inf), Y, self._winner[some])"
TIES = (
    "Y[...] = np.maximum.reduce(taps := list(self._over.taps(self._over.pad(X, -np.inf), self._counts)));"
    ' self._winner = type("AllMaxima", (), {"__getitem__": lambda all, _: all,'
    ' "__eq__": lambda _, t: (taps[t] == Y) | np.isnan(taps[t])})()'
)
COLUMN_BY_COLUMN = (
    "q, p = divmod(i * kw + j, kh); yield padded[:, p : p + sh * (OH - 1) + 1 : sh, q : q + sw * (OW - 1) + 1 : sw]"
)
FIRST = "The gradient goes whole to the first maximum in row-major order."
BORDER = "Maximum pooling pads with -inf, so that the padding never wins."
COUNTED = "An average divides by the pixels of the window, padding included: 4/9 at the corner of a padded 2x2 of ones."
OVERLAP = "A pixel's gradient is the sum over all windows that it lies in."
WHICH = "A window must start inside the image or its left or top padding."
NAN_WINS = "NaN wins every maximum, and takes the gradient."
PAIRS = "A pair is (height, width)."

MUTANTS = (
    _fault(
        "pool_padded_with_zeros",
        old="self._over.pad(X, -np.inf)",
        new="self._over.pad(X)",
        says="the padding of a maximum holds zeros, which win over negative numbers",
        rule=BORDER,
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_gradient_to_every_tie",
        old=MAXIMUM,
        new=TIES,
        says="every maximum that ties gets the whole gradient",
        rule=FIRST,
        quantities=(DX,),
    ),
    _fault(
        "pool_gradient_to_the_last_tie",
        old="np.greater, Y",
        new="np.greater_equal, Y",
        says="at a tie the last maximum gets the gradient",
        rule=FIRST,
        quantities=(DX,),
    ),
    Mutant(
        "pool_ties_in_column_order",
        pair="Pool2D",
        file="windows.py",
        old="yield padded[:, i : i + sh * (OH - 1) + 1 : sh, j : j + sw * (OW - 1) + 1 : sw]",
        new=COLUMN_BY_COLUMN,
        says="at a tie the first maximum in column order gets the gradient",
        rule=FIRST,
        quantities=(DX,),
    ),
    _fault(
        "pool_gradient_at_nan_lost",
        old="if np.isnan(Y).any():",
        new="if False:",
        says="a NaN that wins does not get the gradient",
        rule=NAN_WINS,
        quantities=(DX,),
    ),
    _fault(
        "pool_nan_loses",
        old="np.maximum(Y, x, out=Y)",
        new="np.fmax(Y, x, out=Y)",
        says="NaN is passed over",
        rule=NAN_WINS,
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_maximum_from_minus_100",
        old="Y[...], winner[...] = first, self._first_taps",
        new="Y[...], winner[...] = np.maximum(first, -100), self._first_taps",
        says="the maximum starts from -100, which wins where all pixels of a window are below it",
        rule="A maximum starts from -inf.",
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_overlap_assigned",
        old="view[...] = view + of_tap if overlap else of_tap",
        new="view[...] = of_tap",
        says="overlapping windows assign their gradient where they should add it",
        rule=OVERLAP,
        quantities=(DX,),
    ),
    _fault(
        "pool_average_without_padding",
        old="low, high = (-p, size + p) if self.count_include_pad else (0, size)",
        new="low, high = (0, size)",
        says="the average divides by the pixels inside the image, the padding not counted",
        rule=COUNTED,
        quantities=(OUT, DX),
        convention="TensorFlow, Keras and ONNX's default",
    ),
    _fault(
        "pool_average_by_the_kernel",
        old="np.minimum(start + k, high) - np.maximum(start, low)",
        new="np.full_like(start, k)",
        says="the average always divides by the kernel's size, also at a border that does not count",
        rule="What ceil_mode adds beyond the padding is never counted, and no padding without count_include_pad.",
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_average_gradient_not_divided",
        old="share = dLdY / self._divisor",
        new="share = dLdY",
        says="the average's gradient is not divided by the window",
        rule="Every pixel of an average gets dy / divisor.",
        quantities=(DX,),
    ),
    _fault(
        "pool_stride_of_1",
        old="self.stride = self.kernel if stride is None",
        new="self.stride = (1, 1) if stride is None",
        says="the stride is 1 where none is given",
        rule="The stride is the kernel's where none is given.",
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_one_stride_for_both_axes",
        old='int_pair("Pool2D", "stride", stride, 1)',
        new='int_pair("Pool2D", "stride", stride, 1)[:1] * 2',
        says="the stride of the height is used for the width as well",
        rule=PAIRS,
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_kernel_width_first",
        old='self.kernel = int_pair("Pool2D", "kernel_shape", kernel_shape, 1)',
        new='self.kernel = int_pair("Pool2D", "kernel_shape", kernel_shape, 1)[::-1]',
        says="height and width of the kernel are swapped",
        rule=PAIRS,
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_output_size_rounded_up",
        old="(span + (s - 1 if self.ceil_mode else 0)) // s + 1",
        new="(span + s - 1) // s + 1",
        says="the output size is rounded up although ceil_mode is off",
        rule="Without ceil_mode the output size is rounded down; rows left over take no part.",
        quantities=(OUT, DX),
        convention="Keras and TensorFlow with 'same' padding, and Caffe",
    ),
    _fault(
        "pool_output_size_rounded_down",
        old="(span + (s - 1 if self.ceil_mode else 0)) // s + 1",
        new="span // s + 1",
        says="ceil_mode is ignored: the output size is rounded down",
        rule="With ceil_mode a last window may hang over the bottom or right edge.",
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_last_window_outside",
        old="count -= 1",
        new="count -= 0",
        says="with ceil_mode a last window may start beyond the image",
        rule=WHICH,
        quantities=(OUT, DX),
    ),
    _fault(
        "pool_padding_cut_at_the_wrong_end",
        old="dLdX[...] = self._over.unpad(padded, *dLdX.shape[1:3])",
        new="dLdX[...] = padded[:, : dLdX.shape[1], : dLdX.shape[2]]",
        says="the padding of dX is cut at the bottom and right only",
        rule="dX is the gradient of the pixels inside the padding, which is cut off on every side.",
        quantities=(DX,),
    ),
    _fault(
        "pool_too_much_padding_accepted",
        old="p > k // 2",
        new="p > k",
        says="padding above half the kernel is accepted",
        rule="PyTorch refuses padding of more than half the kernel.",
        quantities=(),
    ),
)
