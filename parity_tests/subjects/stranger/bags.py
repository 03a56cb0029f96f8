"""The settings of a function: arguments by themselves, stride=1 or kernel_size=2, or all in one dict, the bag.

    conv_param = {"stride", "pad"}                   pool_param = {"pool_height", "pool_width", "stride"}, or {"f"}
    bn_param = {"mode", "eps", "momentum", "running_mean", "running_var"}         dropout_param = {"p", "mode"}

The bag of a batch norm also keeps the running statistics from one call to the next. A key that nobody knows is looked
for in vain, and the case is not offered.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import settings
from parity_tests.subjects.stranger.conventions import Conventions
from parity_tests.subjects.stranger.names import ARGUMENTS

ENDINGS = ("param", "params", "config", "cfg", "settings", "options", "hparameters", "hparams")
BY_THEMSELVES = ("kernel_height", "kernel_width", "kernel", "stride", "pad", "eps", "momentum", "p", "keep", "slope",
                 "training", "mode")  # fmt: skip
IN_A_BAG = {
    "kernel_height": ("pool_height",),
    "kernel_width": ("pool_width",),
    "kernel": ("f", *ARGUMENTS["kernel"]),
    **{name: (name,) for name in ("stride", "pad", "eps", "momentum", "p", "mode")},
}


def is_bag(parameter: inspect.Parameter) -> bool:
    """Told by its name: conv_param, bn_params, config."""
    return parameter.name.rsplit("_", 1)[-1] in ENDINGS


class Unknown(NotOffered, KeyError):
    """A key of a bag that has no value here. Who catches a KeyError and has a value of its own goes on with that."""

    __str__ = Exception.__str__


class Values(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        raise Unknown(f"its settings have no {key!r} here, but {', '.join(self)}: call it one of these")


class Bag:
    """One dict for all calls of a layer."""

    def __init__(self, statistics: Mapping[str, np.ndarray]) -> None:
        self.values = Values()
        self._statistics = statistics

    def with_settings(self, values: Mapping[str, Any]) -> dict[str, Any]:
        self.values |= {key: value for name, value in values.items() for key in IN_A_BAG.get(name, ())}
        for key, array in self._statistics.items():
            self.values.setdefault(key, array)
        return self.values


def values_of(pair: Pair, case: Case, conventions: Conventions) -> dict[str, Any]:
    """By canonical names. A setting that has no form here makes the case not offered."""
    if case.get("activation", "Linear") != "Linear":
        raise NotOffered("an activation fused into a function")
    return {"Conv2D": _convolution, "Pool2D": _pooling, "BatchNorm": _norm, "Dropout": _dropout}.get(
        pair.name, lambda case, conventions: {name: case[name] for name in ("slope",) if name in case.arguments}
    )(case, conventions)


def _convolution(case: Case, conventions: Conventions) -> dict[str, Any]:
    stride, pad = case.get("stride", 1), case.get("pad", "same")
    if isinstance(stride, tuple) or isinstance(pad, tuple):
        raise NotOffered(f"stride {stride} and pad {pad}: a function is given one number for each")
    height, width = settings.as_pair(case["kernel"])
    if pad == "same" and (height != width or not height % 2):
        raise NotOffered(f"pad 'same' of a {height} x {width} kernel: one number for padding")
    return {"stride": stride, "pad": {"same": (height - 1) // 2, "valid": 0}.get(pad, pad)}


def _pooling(case: Case, conventions: Conventions) -> dict[str, Any]:
    """The stride is always given: these functions ask for it."""
    (height, width), stride = settings.as_pair(case["kernel"]), case.get("stride", None)
    down, right = settings.as_pair(case["kernel"] if stride is None else stride)
    odd = [name for name in ("ceil_mode", "count_include_pad") if name in case.arguments]
    if down != right or isinstance(case.get("pad", 0), tuple) or odd:
        raise NotOffered(f"{' and '.join(odd) or 'two strides or pads'}: a function is given one number for each")
    kernel = height if height == width else (height, width)
    sizes = {"kernel_height": height, "kernel_width": width, "kernel": kernel}
    return {**sizes, "stride": down, **({"pad": case["pad"]} if case.get("pad", 0) else {})}


def _norm(case: Case, conventions: Conventions) -> dict[str, Any]:
    share = case.get("momentum", 0.1)
    if share is None:
        raise NotOffered("momentum None: an average over all batches")
    return {"eps": case.get("eps", 1e-5), "momentum": 1 - share if conventions.momentum_keeps else share}


def _dropout(case: Case, conventions: Conventions) -> dict[str, Any]:
    return {"p": 1 - case["p"] if conventions.p_keeps else case["p"], "keep": 1 - case["p"]}
