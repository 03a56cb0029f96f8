"""Mistakes of pooling. Letters: A the values of each window, (N, OH, OW, T, C), T = kh kw places in row-major order;
share, of A's shape, says how much of its window's gradient each place gets: all to the first maximum, or 1 / divisor.
"""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.plain import PlainLayer, mistake, step
from parity_tests.explain.formulas.windows import Two, Windows, two
from parity_tests.explain.source import Reference


def counts_of(s: Pooling) -> Two:
    """Windows a axis, rounded up in ceil mode as long as the last one starts inside the image or its left border."""
    counts = []
    for size, k, stride, p in zip(s.X.shape[1:3], s.kernel, s.stride, s.pad, strict=True):
        up = (stride - 1) if s.ceil_mode else 0
        count = (size + 2 * p - k + up) // stride + 1
        counts.append(count - 1 if s.ceil_mode and (count - 1) * stride >= size + p else count)
    return tuple(counts)


def pads_of(s: Pooling) -> tuple[Two, Two]:
    spans = ((count - 1) * stride + k for count, stride, k in zip(s.counts, s.stride, s.kernel, strict=True))
    sizes = zip(spans, s.X.shape[1:3], s.pad, strict=True)
    return tuple((p, max(p, span - size - p)) for span, size, p in sizes)


class Pooling(PlainLayer):
    average = step(lambda s: s.case.get("mode", "max") == "average")
    kernel = step(lambda s: two(s.case["kernel"]))
    stride = step(lambda s: s.kernel if s.case.get("stride", None) is None else two(s.case["stride"]))
    pad = step(lambda s: two(s.case.get("pad", 0)))
    ceil_mode = step(lambda s: s.case.get("ceil_mode", False))
    count_include_pad = step(lambda s: s.case.get("count_include_pad", True))
    counts = step(counts_of)
    windows = step(lambda s: Windows(s.kernel, s.stride, pads_of(s)))
    fill = step(lambda s: 0.0 if s.average else -np.inf)
    padded = step(lambda s: s.windows.padded(s.X, s.fill))
    A = step(lambda s: s.values(s.padded))
    inside = step(lambda s: s.values(s.windows.padded(np.ones(s.X.shape))) > 0)
    hits = step(lambda s: s.inside & ((s.A == s.best) | np.isnan(s.A)))  # where a maximum (or NaN) stands
    best = step(lambda s: s.A.max(axis=3, keepdims=True))
    winner = step(lambda s: np.where(np.isnan(s.best[..., 0, :]), s.last, s.first))
    first = step(lambda s: s.hits.argmax(axis=3))
    last = step(lambda s: s.hits.shape[3] - 1 - s.hits[..., ::-1, :].argmax(axis=3))
    area = step(lambda s: s.kernel[0] * s.kernel[1])
    divisor = step(lambda s: divisors(s))
    share = step(lambda s: np.broadcast_to(1 / s.divisor, s.A.shape) if s.average else s.only(s.winner))
    Y = step(lambda s: s.A.sum(axis=3) / s.divisor[:, :, :, 0] if s.average else s.best[..., 0, :])
    parts = step(lambda s: (s.dY[:, :, :, None] * s.share).reshape(*s.dY.shape[:3], *s.kernel, -1))
    dpadded = step(lambda s: s.windows.added(clean_parts(s), s.padded.shape))
    dX = step(lambda s: s.windows.cut(s.dpadded, s.X.shape))

    def values(self, padded: np.ndarray) -> np.ndarray:
        if min(self.counts) < 1:  # no window fits
            return np.empty((len(padded), *np.maximum(self.counts, 0), self.area, padded.shape[3]))
        windows = self.windows.of(padded)[:, : self.counts[0], : self.counts[1]]
        return windows.reshape(*windows.shape[:3], -1, padded.shape[3])

    def only(self, place: np.ndarray) -> np.ndarray:
        return (np.arange(self.A.shape[3])[:, None] == place[:, :, :, None]).astype(float)


def divisors(s: Pooling) -> np.ndarray:
    """Pixels counted in each window, (1, OH, OW, 1, 1): those inside the image, or inside its declared padding."""
    border = s.pad if s.count_include_pad else (0, 0)
    sides = []
    for count, stride, k, p, size, b in zip(s.counts, s.stride, s.kernel, s.pad, s.X.shape[1:3], border, strict=True):
        start = np.arange(count) * stride - p
        sides.append(np.minimum(start + k, size + b) - np.maximum(start, -b))
    return np.multiply.outer(*sides)[None, :, :, None, None].astype(float)


def for_maximum(formula):
    """The wrong step where a case takes the maximum, the right one where it averages."""
    return lambda s: s.right.share if s.average else formula(s)


def in_columns(s: Pooling) -> np.ndarray:
    """The first maximum in column-major order."""
    kh, kw = s.kernel
    hits = s.hits.reshape(*s.hits.shape[:3], kh, kw, -1).swapaxes(3, 4).reshape(s.hits.shape)
    place = hits.argmax(axis=3)
    return s.only(place % kh * kw + place // kh)


def clean_parts(s: Pooling) -> np.ndarray:
    """What each place gets, exactly 0 where it has no share, whatever the gradient is."""
    return np.where(s.share.reshape(s.parts.shape) == 0, 0, s.parts)


def assigned_winners(s: Pooling) -> np.ndarray:
    """Only the pixel that wins is written, window after window."""
    total, (kh, kw), (sh, sw) = np.zeros(s.padded.shape), s.kernel, s.stride
    parts = clean_parts(s)
    for y, x in np.ndindex(parts.shape[1:3]):
        under = total[:, y * sh : y * sh + kh, x * sw : x * sw + kw]
        under[...] = np.where(s.share.reshape(parts.shape)[:, y, x] != 0, parts[:, y, x], under)
    return total


AREA = lambda s: np.full(s.right.divisor.shape, float(s.area))  # noqa: E731
CEIL = Reference(
    "ceil_mode rounds the output size up; a last window that starts in the padding at the bottom or right is left out.",
    "pool.py", "count = (span + (s - 1 if self.ceil_mode else 0)) // s + 1")  # fmt: skip
MAXIMUM = (
    mistake(Pooling, "pool_zero_padding", "the border is padded with zeros, which win where all is negative",
            fill=lambda s: 0.0, inside=lambda s: s.average | np.ones(s.A.shape, bool)),
    mistake(Pooling, "pool_all_ties", "every tied maximum gets the whole gradient",
            share=for_maximum(lambda s: s.hits.astype(float))),
    mistake(Pooling, "pool_ties_share", "tied maxima share the gradient",
            share=for_maximum(lambda s: s.hits / s.hits.sum(axis=3, keepdims=True)),
            convention="JAX and other libraries that differentiate max, which shares the gradient of a tie"),
    mistake(Pooling, "pool_last_maximum", "the last of tied maxima gets the gradient, not the first",
            share=for_maximum(lambda s: s.only(s.last))),
    mistake(Pooling, "pool_ties_in_columns", "tied maxima are searched in column order: the first one down, not across",
            share=for_maximum(in_columns)),
    mistake(Pooling, "pool_winner_in_columns", "the maximum's number in its window is counted down, not across: the "
            "gradient goes to the place in its row and column exchanged",
            share=for_maximum(lambda s: s.only(s.winner % s.kernel[0] * s.kernel[1] + s.winner // s.kernel[0]))),
    mistake(Pooling, "pool_nan_ignored", "NaN loses against every number",
            A=lambda s: np.where(np.isnan(s.values(s.padded)), -np.inf, s.values(s.padded))),
    mistake(Pooling, "pool_minimum", "the minimum of the window is taken, not its maximum",
            fill=lambda s: 0.0 if s.average else np.inf, best=lambda s: s.A.min(axis=3, keepdims=True)),
    mistake(Pooling, "pool_gradient_to_minimum", "the gradient goes to the minimum of the window, not to its maximum",
            share=for_maximum(lambda s: s.only(np.where(s.inside, s.A, np.inf).argmin(axis=3)))),
    mistake(Pooling, "pool_first_place", "the maximum's gradient goes to the first place of the window",
            share=for_maximum(lambda s: s.only(np.zeros_like(s.winner)))),
    mistake(Pooling, "pool_average_forward", "forward takes the average of the window, not its maximum",
            Y=lambda s: s.right.Y if s.average else np.where(s.inside, s.A, 0).mean(axis=3)),
    mistake(Pooling, "pool_maximum_spread", "the maximum's gradient is spread over the whole window, as an average's",
            share=for_maximum(lambda s: np.full(s.A.shape, 1 / s.area))),
    mistake(Pooling, "pool_gradient_over_area", "the maximum's gradient is divided by the window's area",
            share=for_maximum(lambda s: s.right.share / s.area)),
)  # fmt: skip
BOTH = (
    mistake(Pooling, "pool_assigned", "overlapping windows overwrite each other in dX: the last place in the kernel "
            "wins, where all must be added",
            dpadded=lambda s: s.windows.assigned_by_tap(clean_parts(s), s.padded.shape)),
    mistake(Pooling, "pool_assigned_by_window", "overlapping windows overwrite each other in dX: the last window "
            "wins, where all must be added",
            dpadded=lambda s: s.windows.assigned_by_window(clean_parts(s), s.padded.shape)),
    mistake(Pooling, "pool_winner_assigned", "a pixel that wins in several windows keeps the last one's gradient, "
            "where all must be added", dpadded=assigned_winners),
    mistake(Pooling, "pool_stride_1", "the stride is 1 by default, not the kernel's size",
            stride=lambda s: two(s.case.get("stride", None) or 1)),
    mistake(Pooling, "pool_stride_2", "the stride is 2 by default, not the kernel's size",
            stride=lambda s: two(s.case.get("stride", None) or 2)),
    mistake(Pooling, "pool_stride_is_kernel", "the stride is always the kernel's size", stride=lambda s: s.kernel),
    mistake(Pooling, "pool_stride_of_height_for_both", "the vertical stride is used on both axes",
            stride=lambda s: (s.right.stride[0],) * 2),
    mistake(Pooling, "pool_stride_of_width_for_both", "the horizontal stride is used on both axes",
            stride=lambda s: (s.right.stride[1],) * 2),
    mistake(Pooling, "pool_stride_swapped", "the strides of height and width are swapped",
            stride=lambda s: s.right.stride[::-1]),
    mistake(Pooling, "pool_kernel_swapped", "height and width of the kernel are swapped",
            kernel=lambda s: two(s.case["kernel"])[::-1]),
    mistake(Pooling, "pool_pads_swapped", "the padding of height and width is swapped",
            pad=lambda s: two(s.case.get("pad", 0))[::-1]),
    mistake(Pooling, "pool_pad_0", "the padding is ignored", pad=lambda s: (0, 0)),
    mistake(Pooling, "pool_rounded_up", "the output size is rounded up", ceil_mode=lambda s: True, convention="Caffe",
            reference=CEIL),
    mistake(Pooling, "pool_rounded_up_always", "the output size is rounded up, even to a window beyond the image",
            counts=lambda s: tuple(-(-(n + 2 * p - k) // step) + 1 for n, k, step, p in zip(
                s.X.shape[1:3], s.kernel, s.stride, s.pad, strict=True)), reference=CEIL),
    mistake(Pooling, "pool_rounded_down", "ceil_mode is not applied, so that sizes are rounded down",
            ceil_mode=lambda s: False, reference=CEIL),
    mistake(Pooling, "pool_padding_not_cut", "the padding is not cut from dX", dX=lambda s: s.dpadded),
    mistake(Pooling, "pool_padding_cut_on_one_side", "the padding is cut from dX at the bottom and right only",
            dX=lambda s: s.dpadded[:, : s.X.shape[1], : s.X.shape[2]]),
    mistake(Pooling, "pool_modes_swapped", "maximum and average are mixed up",
            average=lambda s: s.case.get("mode", "max") != "average"),
)  # fmt: skip
AVERAGE = (
    mistake(Pooling, "pool_padding_not_counted", "the average does not count the zeros of the padding",
            count_include_pad=lambda s: False, convention="Keras and TensorFlow, and ONNX by default"),
    mistake(Pooling, "pool_padding_counted", "the average counts the zeros of the padding though asked not to",
            count_include_pad=lambda s: True),
    mistake(Pooling, "pool_divisor_is_area", "the average is always divided by the whole kernel", divisor=AREA),
    mistake(Pooling, "pool_divisor_is_area_forward", "the average is always divided by the whole kernel in forward",
            Y=lambda s: s.A.sum(axis=3) / s.area if s.average else s.right.Y),
    mistake(Pooling, "pool_divisor_is_area_backward", "the average's gradient is always divided by the whole kernel",
            share=lambda s: np.full(s.A.shape, 1 / s.area) if s.average else s.right.share),
    mistake(Pooling, "pool_average_not_divided_backward", "the average's gradient is not divided by the window",
            share=lambda s: np.ones(s.A.shape) if s.average else s.right.share),
    mistake(Pooling, "pool_sum", "the window is summed, not averaged",
            divisor=lambda s: np.ones(s.right.divisor.shape)),
    mistake(Pooling, "pool_sum_forward", "the window is summed, not averaged, in forward",
            Y=lambda s: s.A.sum(axis=3) if s.average else s.right.Y),
)  # fmt: skip
MISTAKES = {"Pool2D": (*MAXIMUM, *BOTH, *AVERAGE)}
