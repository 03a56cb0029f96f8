"""The settings of a case as canonical arguments, in one of the spellings that strangers have for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger.calls import Settings
from parity_tests.subjects.stranger.spelling import Spelling

Activation = Callable[[str], Any]  # the name of an activation's pair -> what a constructor is given for it


def of_case(pair: Pair, case: Case, spelling: Spelling, activation: Activation) -> Settings:
    """In this spelling; `activation` makes what a constructor is given for one."""
    return BUILDERS.get(pair.name, _nothing)(case, spelling, activation)


def unusual(pair: Pair, case: Case) -> str:
    """What a class may well refuse in this case, without being wrong; '' where nothing is out of the ordinary."""
    kernel, stride, pad = (case.get(name, 1) for name in ("kernel", "stride", "pad"))
    said = {
        f"a kernel of {kernel}": isinstance(kernel, tuple) and kernel[0] != kernel[1],
        f"stride {stride}": isinstance(stride, tuple) and stride[0] != stride[1],
        f"pad {pad}": isinstance(pad, tuple) or (pad == "same" and not odd(kernel)),
        "ceil_mode": case.get("ceil_mode", False),
        "count_include_pad": "count_include_pad" in case.arguments,
        "momentum None": "momentum" in case.arguments and case["momentum"] is None,
        f"arrays of {len(case.shape)} axes": len(case.shape) != 2 and pair.name not in ("Conv2D", "Pool2D", "Flatten"),
        f"p = {case.get('p', 0)}": case.get("p", 0.5) in (0.0, 1.0),
    }
    return " and ".join(what for what, is_so in said.items() if is_so)


def odd(kernel: int | tuple[int, int]) -> bool:
    return all(k % 2 for k in as_pair(kernel))


def as_pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def spelt(value: int | tuple[int, int], kind: str) -> int | tuple[int, int]:
    """An int as a pair, or a pair of equal numbers as an int, where that is how the class is spelt."""
    height, width = as_pair(value)
    return height if kind == "int" and height == width else (height, width)


def _weighted(case: Case, activation: Activation) -> tuple[dict, dict, dict]:
    """n_out, the activation where the case names one, and what a constructor may insist on."""
    name = case.get("activation", "Linear")
    fused = {"activation": activation(name)}
    needed = {"n_out": case["n_out"], **(fused if name != "Linear" else {})}
    useful = {"n_in": case.shape[-1], "rng": np.random.default_rng(0), "seed": 0, "weight_init": "xavier_uniform"}
    return needed, fused if name == "Linear" else {}, {**useful, "name": "layer"}


def padding(case: Case, spelling: Spelling) -> str | int | tuple:
    """The case's padding in a word that the class understands, else in numbers."""
    pad = case.get("pad", "same")
    if pad == "valid" or pad == 0:
        return "valid" if "valid" in spelling.pads else 0
    if pad != "same" or "same" in spelling.pads:
        return pad
    if not odd(case["kernel"]):
        raise NotOffered('pad="same" of an even kernel, which one number a side cannot tell')
    height, width = ((k - 1) // 2 for k in as_pair(case["kernel"]))
    return height if height == width else (height, width)


def _dense(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed, neutral, useful = _weighted(case, activation)
    return Settings(needed, {}, useful | neutral)


def _convolution(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed, neutral, useful = _weighted(case, activation)
    stride, pad = case.get("stride", 1), padding(case, spelling)
    needed["kernel"] = spelt(case["kernel"], spelling.kernel)
    (neutral if stride == 1 else needed)["stride"] = stride
    (neutral if pad in (0, "valid") else needed)["pad"] = pad
    useful |= {name: neutral.pop(name) for name in ("activation",) if name in neutral}
    return Settings(needed, neutral, useful)


def _pooling(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed = {"kernel": spelt(case["kernel"], spelling.kernel)}
    needed |= {
        name: case[name] for name in ("stride", "pad", "ceil_mode", "count_include_pad") if name in case.arguments
    }
    neutral = {"mode": spelling.mode, "pad": 0} if needed.get("pad", 0) == 0 else {"mode": spelling.mode}
    needed = {name: value for name, value in needed.items() if (name, value) != ("pad", 0)}
    return Settings(needed, neutral, {"stride": spelt(case["kernel"], spelling.kernel), "name": "layer"})


def _norm(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed = {name: case[name] for name in ("eps", "momentum") if name in case.arguments}
    return Settings(needed, {}, {"features": case.shape[-1], "name": "layer", "eps": 1e-5, "momentum": 0.1})


def _dropout(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    return Settings({"p": case["p"]}, {}, {"rng": np.random.default_rng(0), "seed": 0, "name": "layer"})


def _leaky(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    needed = {"slope": case["slope"]} if "slope" in case.arguments else {}
    return Settings(needed, {}, {"slope": 0.01, "name": "layer"})


def _nothing(case: Case, spelling: Spelling, activation: Activation) -> Settings:
    return Settings(useful={"name": "layer"})


BUILDERS = {
    "FullyConnected": _dense,
    "Conv2D": _convolution,
    "Pool2D": _pooling,
    "BatchNorm": _norm,
    "Dropout": _dropout,
    "LeakyReLU": _leaky,
}
