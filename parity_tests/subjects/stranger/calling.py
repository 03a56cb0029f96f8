"""How functions are called, told by looking: which order of axes gives an output of the right shape, what p means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls, conventions
from parity_tests.subjects.stranger.bags import is_bag
from parity_tests.subjects.stranger.conventions import Conventions
from parity_tests.subjects.stranger.functions import ROWS, CallingConvention, StrangerFunctions
from parity_tests.subjects.stranger.options import Options
from parity_tests.subjects.stranger.probes import output_shape, probe_case

SHARE_PROBE = (50, 40)


def calling_of(
    forward: Callable, backward: Callable | None, pair: Pair, case: Case, options: Options
) -> CallingConvention:
    """The first way in which the probe's output has the right shape; the likeliest where none has."""
    probe = probe_case(pair, case)
    has_bag = any(is_bag(parameter) for parameter in calls.parameters(forward))
    shown = of_bag(forward, pair, options) if has_bag else conventions.of_signature(forward, pair, options)
    in_columns = shown.noting(conventions.COLUMNS)
    likely = [
        replace(m, conventions=in_columns if m.columns else shown) for m in candidates(pair, probe, options, has_bag)
    ]
    whole = (m for m in likely if _works(forward, backward, pair, probe, m))
    forwards = (m for m in likely if _works(forward, None, pair, probe, m))  # backward may be what is wrong
    return next(whole, None) or next(forwards, likely[0])


def candidates(pair: Pair, probe: Case, options: Options, has_bag: bool) -> Iterator[CallingConvention]:
    """Functions with a bag are CS231n's, where images are NCHW."""
    either = ("NCHW", "NHWC") if has_bag else ("NHWC", "NCHW")
    images = (options.images,) if options.images else either if len(probe.shape) == 4 else ("NHWC",)
    weights = {"FullyConnected": axes.DENSE, "Conv2D": axes.CONVOLUTION}.get(pair.name, (None,))
    for columns, order in product(axes.standing(pair, probe.shape, options.examples), images):
        for rows in ("(n, 1)",) if columns else ROWS if pair.name == "Conv2D" else ("(n,)", "(1, n)"):
            for weight in sorted(weights, key=lambda w: order == "NCHW" and w is axes.CONVOLUTION[0]):
                yield CallingConvention(order, weight, rows, columns)


def _works(forward: Callable, backward: Callable | None, pair: Pair, probe: Case, calling: CallingConvention) -> bool:
    X, rng = np.random.default_rng(0).normal(size=probe.shape), np.random.default_rng(1)
    kernel = (3, 3, probe.shape[-1], 4) if pair.name == "Conv2D" else (probe.shape[-1], 5)
    rows = {"b": (1, kernel[-1]), "gamma": (1, probe.shape[-1]), "beta": (1, probe.shape[-1])}
    parameters = {w.ours: rng.normal(size=rows.get(w.ours, kernel)) for w in pair.weights}
    state = {entry.ours: np.ones((1, probe.shape[-1])) for entry in pair.state if entry.ours.startswith("running")}
    try:
        subject = StrangerFunctions(forward, backward, pair, probe, calling)
        subject.load(parameters, state)
        Y = subject.forward(X, training=True, masks={})
        if np.shape(Y) != output_shape(pair, probe):
            return False
        if backward is not None:
            dX = subject.backward(np.ones_like(Y))
            fits = not any(isinstance(gradient, Exception) for gradient in subject.gradients().values())
            return fits and np.shape(dX) == probe.shape
    except NotOffered:
        raise
    except Exception:
        return False
    return True


def of_bag(forward: Callable, pair: Pair, options: Options) -> Conventions:
    """In a bag momentum weighs the old statistics; p has meant both in different years, so the function is asked."""
    if pair.name == "BatchNorm":
        return Conventions(momentum_keeps=True, notes=(conventions.OLD,))
    if pair.name != "Dropout":
        return Conventions()
    keeps = options.dropout_p == "keep" if options.dropout_p else _keeps_a_fifth_of_p_02(forward, pair)
    return Conventions(p_keeps=keeps, notes=(conventions.KEEPS,) if keeps else ())


def _keeps_a_fifth_of_p_02(forward: Callable, pair: Pair) -> bool:
    """How many of 2,000 numbers are kept with p = 0.2: about a fifth, or about four fifths."""
    case = Case("share", SHARE_PROBE, {"p": 0.2})
    try:
        subject = StrangerFunctions(forward, None, pair, case, CallingConvention())
        subject.load({}, {})
        Y = subject.forward(np.ones(SHARE_PROBE), training=True, masks={})
    except Exception:
        return True
    return bool(np.count_nonzero(Y) < Y.size / 2)
