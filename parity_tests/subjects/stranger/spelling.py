"""How one class is spelt: told by building it and sending one batch through, and looking at shapes.

The probe's sizes all differ, so only one order of the axes gives an output of the right shape. No value is looked at:
a layer that computes nonsense of the right shape is spelt like one that computes the right thing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes
from parity_tests.subjects.stranger.calls import accepts
from parity_tests.subjects.stranger.slots import parameter_slot

MODES = {"max": ("max", "MAX"), "average": ("average", "avg", "mean", "AVG")}


@dataclass(frozen=True)
class Spelling:
    """images: "NHWC" or "NCHW". kernel: "pair" or "int". activation: "name", "object" or "class". mode: of pooling.

    pads: the words it understands among "valid" and "same". orders: of the axes of its weights, by our names.
    refused: what the class raised where no spelling worked; the first one stands then.
    """

    images: str = "NHWC"
    kernel: str = "pair"
    activation: str = "name"
    mode: str = "max"
    pads: tuple[str, ...] = ("valid", "same")
    orders: dict[str, Layout] = field(default_factory=dict)
    refused: Exception | None = None


def probe_case(pair: Pair, case: Case) -> Case:
    """A plain case whose sizes all differ, of as many axes as `case`, with its mode and its activation."""
    kept = {name: case[name] for name in ("mode", "activation", "p") if name in case.arguments}
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
        return (7, 4, 3, 4)
    if pair.name == "Pool2D":
        return (7, 3, 2, 3)
    if pair.name == "FullyConnected":
        return (2, 5)
    return (case.shape[0], int(np.prod(case.shape[1:]))) if pair.name == "Flatten" else case.shape


def candidates(kind: type, pair: Pair, case: Case, images: str | None) -> Iterator[Spelling]:
    """The spellings to try, the likely ones first."""
    orders = ("NHWC", "NCHW") if images is None else (images,)
    kernels = ("pair", "int") if pair.name in ("Conv2D", "Pool2D") else ("pair",)
    modes = MODES[case.get("mode", "max")] if accepts(kind, "mode") else ("max",)
    parameter = accepts(kind, "activation")
    by_object = (
        parameter is not None
        and parameter.default not in (parameter.empty, None)
        and not isinstance(parameter.default, str)
    )
    activations = ("object", "name", "class") if by_object else ("name", "object", "class")
    activations = activations if parameter is not None else ("name",)
    words = ((), ("valid",)) if pair.name == "Conv2D" else ((),)
    for pads, mode, activation, kernel, order in itertools.product(words, modes, activations, kernels, orders):
        yield Spelling(order, kernel, activation, mode, pads)


def fits(thing: Any, pair: Pair, case: Case, spelling: Spelling, Y: Any) -> dict[str, Layout] | None:
    """The orders of the weights, where output and weights have the shapes that this spelling says; else None."""
    order = axes.IMAGES[spelling.images]
    expected = output_shape(pair, case)
    theirs = tuple(expected[order.ours.index(letters)] for letters in order.theirs) if len(expected) == 4 else expected
    if np.shape(Y) != theirs:
        return None
    orders = {}
    for number, weight in enumerate(pair.weights):
        slot = parameter_slot(thing, weight.ours, number=number)
        shape = np.shape(slot.get()) if slot is not None else None
        if weight.ours == "W" and shape is not None:
            sizes = {"d": case.shape[-1], "c": case.shape[-1], "m": expected[-1], "i": 3, "j": 3}
            found = axes.weight_order(shape, sizes)
            if found is None:
                return None
            orders["W"] = found
        elif shape is not None and int(np.prod(shape)) != expected[-1]:
            return None
    return orders


def told_by_looking(kind: type, pair: Pair, case: Case, images: str | None, run) -> Spelling:
    """run(case, spelling) builds the class and sends the probe through: (object, output)."""
    probe, refused = probe_case(pair, case), None
    for spelling in candidates(kind, pair, probe, images):
        try:
            thing, Y = run(probe, spelling)
        except NotOffered:
            raise
        except Exception as error:
            refused = refused or error
            continue
        if (orders := fits(thing, pair, probe, spelling, Y)) is not None:
            return replace(spelling, orders=orders, pads=_words(spelling, pair, probe, run))
    return replace(next(candidates(kind, pair, probe, images)), pads=("same",), refused=refused)


def _words(spelling: Spelling, pair: Pair, probe: Case, run) -> tuple[str, ...]:
    """The words for padding that are understood: "same" keeps the size of the probe."""
    if pair.name != "Conv2D":
        return ()
    try:
        _, Y = run(replace(probe, arguments={**probe.arguments, "pad": "same"}), replace(spelling, pads=("same",)))
    except Exception:
        return spelling.pads
    return (*spelling.pads, "same") if sorted(np.shape(Y)) == sorted((7, 6, 5, 4)) else spelling.pads
