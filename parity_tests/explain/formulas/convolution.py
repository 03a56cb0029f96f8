"""Convolution, plainly. Letters: A the windows of the padded X, (N, OH, OW, kh, kw, C).

Z = Σ A W + b over i, j, c     dW = Σ A dZ over n, y, x     parts = dZ Wᵀ, added up under the windows: dX
"""

from __future__ import annotations

import numpy as np

from parity_tests.explain.formulas.dense import Affine
from parity_tests.explain.formulas.plain import step
from parity_tests.explain.formulas.windows import Windows, two
from parity_tests.pair import Case


def pads_of(case: Case) -> tuple:
    """((top, bottom), (left, right)) of a case, of an even kernel with the extra row at the bottom."""
    pad, kernel = case.get("pad", "same"), two(case["kernel"])
    if isinstance(pad, str):
        return tuple(((k - 1) // 2, k // 2) if pad == "same" else (0, 0) for k in kernel)
    return pad if isinstance(pad, tuple) and isinstance(pad[0], tuple) else tuple((p, p) for p in two(pad))


class Convolution(Affine):
    kernel = step(lambda s: two(s.case["kernel"]))
    stride = step(lambda s: two(s.case.get("stride", 1)))
    pads = step(lambda s: pads_of(s.case))
    windows = step(lambda s: Windows(s.kernel, s.stride, s.pads))
    padded = step(lambda s: s.windows.padded(s.X))
    A = step(lambda s: s.windows.of(s.padded))
    W_forward = step(lambda s: s.W)
    W_back = step(lambda s: s.W)
    product = step(lambda s: np.tensordot(s.A, s.W_forward, 3))
    own_dW = step(lambda s: np.tensordot(s.A, s.dZ_of_W, ((0, 1, 2), (0, 1, 2))))
    parts = step(lambda s: np.tensordot(s.dZ_of_X, s.W_back, ((3,), (3,))))
    dpadded = step(lambda s: s.windows.added(s.parts, s.padded.shape))
    dX = step(lambda s: s.windows.cut(s.dpadded, s.X.shape))
