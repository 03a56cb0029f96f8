"""Probes: one plain case for each pair, whose sizes all differ, so that shapes tell the order of axes."""

from __future__ import annotations

import numpy as np

from parity_tests.pair import Case, Pair

KEPT = ("mode", "activation", "p")  # of the case that is to be run, for the spelling may depend on it


def probe_case(pair: Pair, case: Case) -> Case:
    """Of as many axes as `case`, with its mode and its activation."""
    kept = {name: case[name] for name in KEPT if name in case.arguments}
    if pair.name == "Conv2D":
        return Case("probe", (7, 6, 5, 2), {"kernel": 3, "n_out": 4, "pad": 0, **kept})
    if pair.name == "Pool2D":
        return Case("probe", (7, 6, 4, 3), {"kernel": 2, **kept})
    if pair.name == "FullyConnected":
        return Case("probe", (2, 3), {"n_out": 5, **kept})
    sizes = {2: (5, 3), 4: (7, 4, 5, 3)}.get(len(case.shape), case.shape)
    return Case("probe", sizes, kept)


def output_shape(pair: Pair, case: Case) -> tuple[int, ...]:
    """Of the probe's output, in our layout."""
    if pair.name == "Conv2D":
        return (7, 6, 5, 4) if case["pad"] == "same" else (7, 4, 3, 4)
    if pair.name == "Pool2D":
        return (7, 3, 2, 3)
    if pair.name == "FullyConnected":
        return (2, 5)
    return (case.shape[0], int(np.prod(case.shape[1:]))) if pair.name == "Flatten" else case.shape
