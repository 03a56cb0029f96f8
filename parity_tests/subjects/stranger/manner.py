"""The manner of functions, told by looking: which order of axes gives an output of the right shape, what p means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes, calls
from parity_tests.subjects.stranger.functions import SETTINGS_ENDINGS, Manner, StrangerFunctions
from parity_tests.subjects.stranger.options import Options
from parity_tests.subjects.stranger.spelling import output_shape, probe_case

SHARE_PROBE = (50, 40)


def manner_of(forward: Callable, backward: Callable | None, pair: Pair, case: Case, options: Options) -> Manner:
    """The first manner in which the probe's output has the right shape; the likeliest where none has."""
    probe = probe_case(pair, case)
    likely = list(candidates(forward, pair, probe, options))
    whole = (m for m in likely if _works(forward, backward, pair, probe, m))
    forwards = (m for m in likely if _works(forward, None, pair, probe, m))  # backward may be what is wrong
    found = next(whole, None) or next(forwards, likely[0])
    if pair.name == "Dropout":
        found = replace(found, p_keeps=_p_keeps(forward, pair, found, options))
    return found


def candidates(forward: Callable, pair: Pair, probe: Case, options: Options) -> Iterator[Manner]:
    """Functions with a dict of settings are CS231n's, where images are NCHW and momentum weighs the old."""
    has_bag = any(p.name.rsplit("_", 1)[-1] in SETTINGS_ENDINGS for p in calls.parameters(forward))
    momentum = calls.accepts(forward, "momentum")
    keeps = has_bag or (momentum is not None and isinstance(momentum.default, float) and momentum.default >= 0.5)
    images = (options.images,) if options.images else ("NCHW", "NHWC") if len(probe.shape) == 4 else ("NHWC",)
    weights = {"FullyConnected": axes.DENSE, "Conv2D": axes.CONVOLUTION}.get(pair.name, (None,))
    for order in images:
        for rows in ("(n,)", "(1, n)"):
            for weight in sorted(weights, key=lambda w: order == "NCHW" and w is axes.CONVOLUTION[0]):
                yield Manner(order, weight, rows, momentum_keeps=keeps)


def _works(forward: Callable, backward: Callable | None, pair: Pair, probe: Case, manner: Manner) -> bool:
    X, rng = np.random.default_rng(0).normal(size=probe.shape), np.random.default_rng(1)
    kernel = (3, 3, probe.shape[-1], 4) if pair.name == "Conv2D" else (probe.shape[-1], 5)
    rows = {"b": (1, kernel[-1]), "gamma": (1, probe.shape[-1]), "beta": (1, probe.shape[-1])}
    parameters = {w.ours: rng.normal(size=rows.get(w.ours, kernel)) for w in pair.weights}
    state = {entry.ours: np.ones((1, probe.shape[-1])) for entry in pair.state if entry.ours.startswith("running")}
    try:
        subject = StrangerFunctions(forward, backward, pair, probe, manner)
        subject.load(parameters, state)
        Y = subject.forward(X, training=True, masks={})
        if np.shape(Y) != output_shape(pair, probe):
            return False
        if backward is not None:
            subject.backward(np.ones_like(Y))
            return not any(isinstance(gradient, Exception) for gradient in subject.gradients().values())
    except NotOffered:
        raise
    except Exception:
        return False
    return True


def _p_keeps(forward: Callable, pair: Pair, manner: Manner, options: Options) -> bool:
    """Whether p is the probability of keeping: of 2,000 numbers about a fifth is kept with p = 0.2, or dropped."""
    if options.dropout_p is not None:
        return options.dropout_p == "keep"
    has_bag = any(p.name.rsplit("_", 1)[-1] in SETTINGS_ENDINGS for p in calls.parameters(forward))
    if not has_bag:
        return False
    case = Case("share", SHARE_PROBE, {"p": 0.2})
    try:
        subject = StrangerFunctions(forward, None, pair, case, manner)
        subject.load({}, {})
        Y = subject.forward(np.ones(SHARE_PROBE), training=True, masks={})
    except Exception:
        return True
    return bool(np.count_nonzero(Y) < Y.size / 2)
